import { createRedactor } from "../../kit/redact.ts";
import type { HttpCallError } from "../../net/http-call-error.ts";
import {
  CHECK_ADDRESS,
  CHECK_KEY,
  type FailureKind,
  notConfirmed,
  type RemoteFailure,
  spelled,
  withRemedy,
} from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";

/** What Storage's codes say of a request of ours; nearly all of them come with HTTP 400. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  InvalidKey: "rejected",
  EntityTooLarge: "rejected",
  NoSuchBucket: "blocked",
  InvalidBucketName: "blocked",
  InvalidMimeType: "blocked",
  AccessDenied: "refused",
  Unauthorized: "refused",
  InvalidJWT: "refused",
  ResourceLocked: "unavailable",
  SlowDown: "unavailable",
  // A 404 that nobody at Storage wrote.
  wrong_address: "unavailable",
};

const REMEDIES: Readonly<Record<string, string>> = {
  NoSuchBucket: "The next run makes the bucket.",
  InvalidMimeType: "Allow application/json and text/markdown in the bucket's settings.",
  EntityTooLarge: "Raise the bucket's size limit.",
};

/** What the client gives for an answer that is an error, or for none: a gateway may have put anything into it. */
interface StorageError {
  message: unknown;
  /** HTTP's. */
  status?: number | undefined;
  /** The body's, as text. */
  statusCode?: string | undefined;
  code?: unknown;
}

const remedyOf = (kind: FailureKind, silent: boolean): string | undefined =>
  kind === "refused" ? CHECK_KEY : silent ? CHECK_ADDRESS : undefined;

const NO_ANSWER = "What came back is no answer of Storage.";

/** Error bodies may repeat the request, and with it the key; a configured one that has no known form is masked at the door. */
const redactor = createRedactor();

/**
 * Meaning of an error of Storage: by the code and the `statusCode` in the body, which stand for what HTTP statuses usually say.
 * A real 4xx status without them counts the same. `cause`: what kept an answer from coming.
 */
export function storageFailure(error: StorageError, cause: HttpCallError | undefined): RemoteFailure {
  const own = typeof error.code === "string" ? error.code.slice(0, 100) : "";
  // Nothing came, or nothing that the client could read; its own words speak of parsers and sockets.
  const silent = error.status === undefined && cause === undefined;
  const code = own || error.statusCode || cause?.code || "not_confirmed";
  const message = redactor.text(
    silent ? NO_ANSWER : (cause?.status === undefined ? cause?.message : undefined) || spelled(error.message),
  );
  const kind = kindOf(own, error, cause);
  return { kind, code, message: withRemedy(message, REMEDIES[own] ?? remedyOf(kind, silent)) };
}

function kindOf(code: string, error: StorageError, cause: HttpCallError | undefined): FailureKind {
  if (cause) return cause.code === "aborted" ? "aborted" : "unavailable";
  const known = KINDS[code];
  if (known) return known;
  const meant = Number(error.statusCode);
  const status = Number.isInteger(meant) ? meant : error.status;
  if (status === undefined || status >= 500 || [408, 409, 425, 429].includes(status)) return "unavailable";
  if (status === 401 || status === 403) return "refused";
  // One object alone is too large; anything else that is wrong with a request is wrong with all of them.
  return status === 413 ? "rejected" : "blocked";
}

/** What came of a call to Storage; the client throws when an answer is no object at all. */
export async function askStorage<T>(
  { door }: Supabase,
  call: () => PromiseLike<{ data: T | null; error: StorageError | null }>,
): Promise<{ data: T | null } | { failure: RemoteFailure }> {
  try {
    const { data, error } = await call();
    return error ? { failure: storageFailure(error, door.failure) } : { data };
  } catch {
    return { failure: notConfirmed(NO_ANSWER) };
  }
}
