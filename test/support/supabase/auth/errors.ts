/** The version from which the Auth service puts its error code into `code`. */
const VERSION = "2024-01-01";

export class AuthFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

export const noAuthorization = () =>
  new AuthFailure(401, "no_authorization", "This endpoint requires a valid Bearer token");
export const badJwt = (reason: string) => new AuthFailure(403, "bad_jwt", `invalid JWT: ${reason}`);
export const notAdmin = () => new AuthFailure(403, "not_admin", "User not allowed");
export const userNotFound = (status: 403 | 404) =>
  status === 404
    ? new AuthFailure(404, "user_not_found", "User not found")
    : new AuthFailure(403, "user_not_found", "User from sub claim in JWT does not exist");
export const emailExists = () =>
  new AuthFailure(422, "email_exists", "A user with this email address has already been registered");
export const invalid = (message: string) => new AuthFailure(400, "validation_failed", message);

/** The answer to a failure, in the form that the client's API version expects; unknown ones are thrown on. */
export function renderFailure(error: unknown, request: Request): Response {
  if (!(error instanceof AuthFailure)) throw error;
  const { status, code, message, details } = error;
  const asked = request.headers.get("x-supabase-api-version");
  const current = asked !== null && asked >= VERSION;
  return Response.json(
    current ? { code, message, ...details } : { code: status, error_code: code, msg: message, ...details },
    { status, headers: { "x-sb-error-code": code, ...(current ? { "x-supabase-api-version": VERSION } : {}) } },
  );
}
