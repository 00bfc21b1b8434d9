import type { HttpCallError } from "../../net/http-call-error.ts";

/**
 * What an answer of the other side means for what was sent:
 * `rejected` one of the rows is bad · `too_large`, `slow` the batch is too big · `unknown_column` with its name · `blocked` the
 * table is not as it has to be · `broken` the table fails by itself, or does not do what was asked · `refused` the key does not
 * count · `unavailable` try again later.
 */
export type FailureKind =
  | "rejected"
  | "too_large"
  | "slow"
  | "unknown_column"
  | "blocked"
  | "broken"
  | "refused"
  | "unavailable"
  | "aborted";

export interface RemoteFailure {
  kind: FailureKind;
  /** SQLSTATE, PostgREST's or Storage's code, or the door's. */
  code: string;
  /** Without keys or addresses. */
  message: string;
  /** Of `unknown_column`. */
  column?: string;
}

/** As it came: a gateway in the project's place may put anything into these fields. */
interface ApiError {
  code?: unknown;
  message?: unknown;
}

/** Whether the other side may still do what was sent, or has done it: no answer of its own came back. */
export const isUnclear = ({ kind, code }: RemoteFailure): boolean =>
  kind === "unavailable" || kind === "aborted" || (kind === "slow" && code !== "57014");

/** What a gateway, a wrong address or a proxy answers in the project's place may look like success. */
export const notConfirmed = (message: string): RemoteFailure => ({
  kind: "unavailable",
  code: "not_confirmed",
  message: withRemedy(message, CHECK_ADDRESS),
});

const UNKNOWN_COLUMN = /Could not find the '([^']+)' column/;

/**
 * Meaning of an error of PostgREST (`status` 0: no answer came, `cause` says why). Its `details` are left out: they repeat the
 * refused row, and for calls without an answer they are a stack trace of the client.
 */
export function restFailure(status: number, error: ApiError, cause: HttpCallError | undefined): RemoteFailure {
  const own = typeof error.code === "string" ? error.code.slice(0, 100) : "";
  const said = spelled(error.message);
  const column = UNKNOWN_COLUMN.exec(said)?.[1];
  const kind = kindOf(status, own, cause);
  const code = own || cause?.code || (status > 0 ? `http_${status}` : "network");
  const isPage = said.trimStart().startsWith("<") || (status >= 200 && status < 300);
  const answered = isPage ? `The project answered ${status} with a page, not with JSON.` : withoutValues(own, said);
  const message = (cause && status === 0 ? cause.message : answered) || `The project answered ${status}.`;
  return {
    kind,
    code,
    message: withRemedy(message, restRemedy(kind, code, isPage || status === 404)),
    ...(column && own === "PGRST204" ? { column } : {}),
  };
}

/** Postgres repeats a value that it cannot read in double quotes; it stays in the letter's payload alone. */
const withoutValues = (code: string, message: string): string =>
  code.startsWith("22") ? message.replace(/".*"/s, '"…"') : message;

export const CHECK_KEY = "Check SUPABASE_SERVICE_ROLE_KEY: it has to be the service key of this project.";
export const CHECK_ADDRESS = "Check SUPABASE_URL: it has to be the address of the project's API.";
const CHECK_RIGHTS = "The service role has no right to do this: `vigia db check` says what is missing.";

function restRemedy(kind: FailureKind, code: string, isElsewhere: boolean): string | undefined {
  if (kind === "refused") return CHECK_KEY;
  if (kind === "blocked" && code === "42501") return CHECK_RIGHTS;
  return kind === "unavailable" && isElsewhere ? CHECK_ADDRESS : undefined;
}

/** A message and what to do about it; a person who has read the second knows the first. */
export const withRemedy = (message: string, remedy: string | undefined): string =>
  remedy === undefined ? message.slice(0, 2_000) : `${message.slice(0, 1_800).replace(/\.$/, "")}. ${remedy}`;

/** Text of a field that should be text. */
export function spelled(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : (JSON.stringify(value) ?? "").slice(0, 500);
}

function kindOf(status: number, code: string, cause: HttpCallError | undefined): FailureKind {
  if (status === 414 || status === 431) return "too_large";
  if (status === 0 || cause) return cause?.code === "aborted" ? "aborted" : kindWithoutAnswer(status, cause);
  if (status === 413) return "too_large";
  if (code === "57014") return "slow";
  if (code === "PGRST204") return "unknown_column";
  // Integrity (23), bad values (22), a trigger's own refusal (P0), a key twice in one batch (21), a value too long or too deep
  // (54), JSON that it cannot read.
  if (/^(21|22|23|54|P0)[0-9A-Z]{3}$/.test(code) || code === "PGRST102") return "rejected";
  if (status === 401 || /^PGRST30\d$/.test(code)) return "refused";
  if (/^(42|3F|0A)[0-9A-Z]{3}$/.test(code) || /^PGRST(1|2)\d\d$/.test(code)) return "blocked";
  return /^[0-9A-Z]{5}$/.test(code) && !ABOUT_THE_WAY.test(code) ? "broken" : "unavailable";
}

/** Classes of SQLSTATE that concern every table: connection, a database that only reads, login, resources, operator, system. */
const ABOUT_THE_WAY = /^(08|25|28|53|57|58)/;

/** A write that ran out of time may have been too big; everything else is the way there. */
function kindWithoutAnswer(status: number, cause: HttpCallError | undefined): FailureKind {
  if (cause?.code === "timeout") return "slow";
  return status === 413 ? "too_large" : "unavailable";
}
