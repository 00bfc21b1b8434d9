import { toError, VigiaError } from "../../kit/errors.ts";
import type { ConnectionProfile } from "./profile.ts";

/** Postgres refused, or could not be reached. `sqlState` is the server's code, when it was the server that spoke. */
export class RemoteError extends VigiaError {
  override readonly name: string = "RemoteError";
  readonly sqlState: string | undefined;

  constructor(message: string, options: { hint?: string; retryable?: boolean; sqlState?: string; cause: unknown }) {
    super("postgres_failed", message, options);
    this.sqlState = options.sqlState;
  }
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** The five characters of a server's error; undefined for an error of the way to it. */
export function sqlStateOf(thrown: unknown): string | undefined {
  if (thrown instanceof RemoteError) return thrown.sqlState;
  const code = codeOf(thrown);
  return code !== undefined && SQL_STATE.test(code) ? code : undefined;
}

/** Statement timeout, or cancelled by the server. */
export const isStatementTimeout = (thrown: unknown): boolean => sqlStateOf(thrown) === "57014";

const LOST = new Set(["CONNECTION_CLOSED", "CONNECTION_DESTROYED", "CONNECTION_ENDED", "CONNECT_TIMEOUT"]);
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EPIPE",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** The way to the server broke: what was under way there is undone, unless it had been committed. */
export function isLost(thrown: unknown): boolean {
  const code = codeOf(thrown) ?? "";
  return LOST.has(code) || UNREACHABLE.has(code);
}

/** Another attempt may find the server again: lost connections, a server that stops or is full, deadlocks. */
export function isPassing(thrown: unknown): boolean {
  if (thrown instanceof VigiaError && !(thrown instanceof RemoteError)) return thrown.retryable;
  const state = sqlStateOf(thrown);
  if (state) return /^(08|53|57P0[123]|40001|40P01|25P03)/.test(state);
  return isLost(thrown);
}

const HINTS: Readonly<Record<string, string>> = {
  "28P01": "Check user and password of the address: Database settings of the project, `postgres.<ref>` at a pooler.",
  "28000": "Check user and password of the address, and whether the server demands TLS.",
  "42501": "The user of the address may not do this: connect as the owner of the tables (postgres).",
  "55P03": "Something else holds the lock: try again when it has ended.",
  "57014": "The statement took longer than its limit.",
  "53300": "The server has no connection left: lower POSTGRES_POOL_SIZE, or end other clients.",
  XX000: "At a Supabase pooler the user is `postgres.<ref>`, with the ref of the project.",
};

/** Says what happened at which host; never with the address's password, which no part of this is made of. */
export function toRemoteError(thrown: unknown, profile: ConnectionProfile): VigiaError {
  if (thrown instanceof VigiaError) return thrown;
  const error = toError(thrown);
  const where = `${profile.host}:${profile.port}`;
  const sqlState = sqlStateOf(error);
  if (sqlState)
    return new RemoteError(`Postgres at ${where} says: ${error.message} (${sqlState})`, {
      ...(HINTS[sqlState] ? { hint: HINTS[sqlState] } : {}),
      retryable: isPassing(error),
      sqlState,
      cause: error,
    });
  const code = codeOf(error) ?? error.name;
  return new RemoteError(`Postgres at ${where} cannot be used (${code}).`, {
    hint: hintOfWay(code),
    retryable: isPassing(error),
    cause: error,
  });
}

/** A hostile or careless server may repeat in any text of its error what it was sent. Returns the same error. */
export function maskTexts(thrown: unknown, mask: (text: string) => string): unknown {
  if (!(thrown instanceof Error)) return thrown;
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(thrown)))
    if (typeof value === "string") Object.defineProperty(thrown, name, { value: mask(value) });
  return thrown;
}

function hintOfWay(code: string): string {
  if (/CERT|SELF_SIGNED|TLS|SSL|UNABLE_TO_VERIFY/.test(code))
    return "The certificate is not vouched for: set SUPABASE_CA_CERT_FILE to the project's, or POSTGRES_SSL=require.";
  if (code === "ENOTFOUND") return "There is no such host: copy the address from the project's Connect page.";
  if (code === "CONNECTION_CLOSED")
    return "It hung up. Check host and port, whether the project is paused, and whether POSTGRES_SSL fits a server without TLS.";
  return "Check host and port. db.<ref>.supabase.co has IPv6 only: the session pooler on 5432 has IPv4.";
}

function codeOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}
