import type { RestCaller } from "./handler.ts";

/** An answer of PostgREST other than success. Thrown inside the transaction it also takes the transaction back. */
export class RestError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: string | null;
  readonly hint: string | null;

  constructor(status: number, code: string, message: string, more: { details?: string; hint?: string } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details ?? null;
    this.hint = more.hint ?? null;
  }
}

/** What PostgREST may well do and this double does not: loud, so that no test passes on a guess. */
export const unsupported = (what: string): RestError =>
  new RestError(501, "DOUBLE", `the PostgREST double does not support ${what}`);

export const parseError = (kind: string, text: string, details: string): RestError =>
  new RestError(400, "PGRST100", `"failed to parse ${kind} (${text})" (line 1, column 1)`, { details });

/** Anything thrown while a request was served, as the response that PostgREST gives. */
export function renderError(error: unknown, caller: RestCaller, method: string): Response {
  const { status, code, message, details, hint } = error instanceof RestError ? error : fromDatabase(error, caller);
  const headers = new Headers({
    "content-type": "application/json; charset=utf-8",
    "proxy-status": `PostgREST; error=${code}`,
  });
  if (status === 401) headers.set("www-authenticate", "Bearer");
  const body = method === "HEAD" ? null : JSON.stringify({ code, details, hint, message });
  return new Response(body, { status, headers });
}

interface DatabaseError {
  code: string;
  message: string;
  detail?: string;
  hint?: string;
}

function fromDatabase(error: unknown, caller: RestCaller): RestError {
  const { code, message, detail, hint } = error as DatabaseError;
  if (typeof code !== "string") throw error;
  // Codes of postgres.js and of the socket are words, an SQLSTATE has five characters.
  if (!/^[0-9A-Z]{5}$/.test(code)) {
    return new RestError(503, "PGRST001", "Database client error. Retrying the connection.", { details: message });
  }
  if (code === "3D000") {
    return new RestError(503, "PGRST000", "Database connection error. Retrying the connection.", { details: message });
  }
  const more = { ...(detail === undefined ? {} : { details: detail }), ...(hint === undefined ? {} : { hint }) };
  return new RestError(statusOf(code, message, caller), code, message, more);
}

/** T 3.5, from PostgREST's `pgErrorStatus`: the first row whose prefix fits. */
const STATUSES: [prefix: string, status: number][] = [
  ["08", 503],
  ["09", 500],
  ["0L", 403],
  ["0P", 403],
  ["23503", 409],
  ["23505", 409],
  ["25006", 405],
  ["25", 500],
  ["28", 403],
  ["2D", 500],
  ["38", 500],
  ["39", 500],
  ["3B", 500],
  ["40", 500],
  ["42883", 404],
  ["42P01", 404],
  ["42P17", 500],
  ["53400", 500],
  ["53", 503],
  ["54", 500],
  ["55", 500],
  ["57P01", 503],
  ["57", 500],
  ["58", 500],
  ["F0", 500],
  ["HV", 500],
  ["P0001", 400],
  ["P0", 500],
  ["XX", 500],
];

function statusOf(code: string, message: string, caller: RestCaller): number {
  if (code === "42501") return caller.role === "anon" ? 401 : 403;
  if (code === "21000") return message.endsWith("requires a WHERE clause") ? 400 : 500;
  if (code === "22023" && /^role .* does not exist$/.test(message)) return 401;
  const raised = /^PT([1-5]\d\d)$/.exec(code);
  if (raised) return Number(raised[1]);
  return STATUSES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400;
}
