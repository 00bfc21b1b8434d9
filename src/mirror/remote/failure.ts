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

interface ApiError {
  code?: string | undefined;
  message: string;
  details?: string | null;
}

/** Whether the other side may still do what was sent, or has done it: no answer of its own came back. */
export const isUnclear = ({ kind, code }: RemoteFailure): boolean =>
  kind === "unavailable" || kind === "aborted" || (kind === "slow" && code !== "57014");

/** What a gateway, a wrong address or a proxy answers in the project's place may look like success. */
export const notConfirmed = (message: string): RemoteFailure => ({
  kind: "unavailable",
  code: "not_confirmed",
  message,
});

const UNKNOWN_COLUMN = /Could not find the '([^']+)' column/;

/** Meaning of an error of PostgREST (`status` 0: no answer came, `cause` says why). */
export function restFailure(status: number, error: ApiError, cause: HttpCallError | undefined): RemoteFailure {
  const code = error.code || cause?.code || (status > 0 ? `http_${status}` : "network");
  const message = (cause && status === 0 ? cause.message : error.message) || `The project answered ${status}.`;
  const column = UNKNOWN_COLUMN.exec(error.message)?.[1];
  return {
    kind: kindOf(status, error.code ?? "", cause),
    code,
    message: error.details ? `${message} (${error.details})`.slice(0, 2_000) : message.slice(0, 2_000),
    ...(column && error.code === "PGRST204" ? { column } : {}),
  };
}

function kindOf(status: number, code: string, cause: HttpCallError | undefined): FailureKind {
  if (status === 0 || cause) return cause?.code === "aborted" ? "aborted" : kindWithoutAnswer(status, cause);
  if (status === 413) return "too_large";
  if (code === "57014") return "slow";
  if (code === "PGRST204") return "unknown_column";
  // Integrity (23), bad values (22), a trigger's own refusal (P0), a key twice in one batch (21), a value too long for its index
  // (54000), JSON that it cannot read.
  if (/^(21|22|23|P0)[0-9A-Z]{3}$/.test(code) || code === "54000" || code === "PGRST102") return "rejected";
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
