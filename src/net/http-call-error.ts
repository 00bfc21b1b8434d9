import { VigiaError } from "../kit/errors.ts";

export type HttpCallCode =
  | "host_not_allowed"
  | "timeout"
  | "network"
  | "http_status"
  | "too_large"
  | "bad_body"
  | "breaker_open"
  | "budget_exhausted"
  | "budget_reserved"
  | "remembered_refusal"
  | "aborted"
  | "too_many_redirects";

export interface HttpCallDetails {
  peer: string;
  kind: string;
  status?: number | undefined;
  /** Requests that left; 0 when the call was refused before. */
  attempts: number;
  /** When the same call may succeed, where somebody said so. */
  retryAt?: Date | undefined;
  /** Start of the answer, redacted: for logs, not for readers. */
  bodyExcerpt?: string | undefined;
  retryable?: boolean;
  hint?: string;
  /** Code of the system's error (`ECONNRESET`). The error itself is left out: its `path` holds the whole address. */
  cause?: string | undefined;
}

/** A call that did not bring what was asked for. Message and fields are free of addresses' queries and keys. */
export class HttpCallError extends VigiaError {
  override readonly name = "HttpCallError";
  declare readonly code: HttpCallCode;
  readonly peer: string;
  readonly kind: string;
  readonly status: number | undefined;
  readonly attempts: number;
  readonly retryAt: Date | undefined;
  readonly bodyExcerpt: string | undefined;

  constructor(code: HttpCallCode, message: string, details: HttpCallDetails) {
    super(code, message, {
      retryable: details.retryable ?? false,
      ...(details.hint === undefined ? {} : { hint: details.hint }),
      ...(details.cause === undefined ? {} : { cause: details.cause }),
    });
    this.peer = details.peer;
    this.kind = details.kind;
    this.status = details.status;
    this.attempts = details.attempts;
    this.retryAt = details.retryAt;
    this.bodyExcerpt = details.bodyExcerpt;
  }
}
