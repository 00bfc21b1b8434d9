/** An error as the Storage service words it: the meaning is in the body, the HTTP status is nearly always 400. */
export class StorageFailure extends Error {
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
    readonly error: string = code,
    readonly httpStatus: number = 400,
  ) {
    super(message);
  }
}

export const noSuchBucket = () => new StorageFailure(404, "NoSuchBucket", "Bucket not found", "Bucket not found");
export const noSuchKey = () => new StorageFailure(404, "NoSuchKey", "Object not found", "not_found");
export const invalidKey = (key: string) => new StorageFailure(400, "InvalidKey", `Invalid key: ${key}`);
export const invalidBucketName = () =>
  new StorageFailure(400, "InvalidBucketName", "Bucket name invalid", "Invalid Input");
export const alreadyExists = (code: "KeyAlreadyExists" | "BucketAlreadyExists") =>
  new StorageFailure(409, code, "The resource already exists", "Duplicate");
export const notEmpty = () =>
  new StorageFailure(409, "ResourceNotEmpty", "The bucket you tried to delete is not empty");
export const tooLarge = () =>
  new StorageFailure(413, "EntityTooLarge", "The object exceeded the maximum allowed size", "Payload too large");
export const invalidMimeType = (type: string) =>
  new StorageFailure(415, "InvalidMimeType", `mime type ${type} is not supported`, "invalid_mime_type");
export const accessDenied = (message: string) => new StorageFailure(403, "AccessDenied", message, "Unauthorized");
export const invalidSignature = () => new StorageFailure(400, "InvalidSignature", "Invalid signature");
export const invalidJwt = (message: string) => new StorageFailure(400, "InvalidJWT", message);
export const invalidRange = () =>
  new StorageFailure(416, "InvalidRange", "invalid range provided", "invalid_range", 416);
/** What the service's schema validation says. */
export const invalidRequest = (message: string) => new StorageFailure(400, "InvalidRequest", message, "Error");

/** What the database refused, in the service's words. */
function fromDatabase(error: { code?: unknown; message: string }): StorageFailure | undefined {
  const { code } = error;
  if (typeof code !== "string") return undefined;
  if (code === "42501") {
    return accessDenied(
      error.message.startsWith("new row violates row-level security policy")
        ? "new row violates row-level security policy"
        : error.message,
    );
  }
  if (code === "23503") return new StorageFailure(404, "InvalidRequest", "The related resource does not exist");
  if (code === "57014") {
    const message = "The connection to the database timed out";
    return new StorageFailure(544, "DatabaseTimeout", message, "DatabaseTimeout", 544);
  }
  return new StorageFailure(500, "DatabaseError", error.message, "DatabaseError", 500);
}

/** The answer to a failure; unknown ones are thrown on, for they are faults of the double. */
export function renderFailure(error: unknown): Response {
  const failure =
    error instanceof StorageFailure ? error : error instanceof Error ? fromDatabase(error as Error) : undefined;
  if (!failure) throw error;
  const { statusCode, code, message, httpStatus } = failure;
  return Response.json({ statusCode: String(statusCode), error: failure.error, message, code }, { status: httpStatus });
}

/** An unknown route, in Fastify's shape: the status is a number here. */
export const unknownRoute = (method: string, path: string): Response =>
  Response.json({ message: `Route ${method}:${path} not found`, error: "Not Found", statusCode: 404 }, { status: 404 });
