import { VigiaError } from "../../../kit/errors.ts";
import { HttpCallError } from "../../../net/http-call-error.ts";
import type { Unavailable } from "../facts.ts";

export interface Failure {
  /** HTTP status of the answer that was a refusal, now or as remembered. */
  status: number | null;
  /** One sentence without addresses and keys. */
  reason: string;
}

/**
 * What went wrong in a call, as data. An aborted run is no fault of a source: that is thrown on, so that nothing is
 * stored for it.
 */
export function describeFailure(thrown: unknown, source: string, signal: AbortSignal): Failure {
  signal.throwIfAborted();
  const status = thrown instanceof HttpCallError ? (thrown.status ?? null) : null;
  return { status, reason: `${source}: ${explain(thrown)}` };
}

/** Only messages of our own errors are shown: others may hold addresses with keys. */
function explain(thrown: unknown): string {
  if (thrown instanceof HttpCallError && thrown.code === "http_status") return `answered ${thrown.status}`;
  return thrown instanceof VigiaError ? thrown.message : "could not be read";
}

export const missing = (source: string | null, reason: string): Unavailable => ({ status: "missing", source, reason });

export const failed = (source: string, reason: string): Unavailable => ({ status: "error", source, reason });

/** One answer for a chain of sources that all gave nothing: an error when one of them failed, with every reason. */
export function combineUnavailable(tried: readonly Unavailable[]): Unavailable {
  const error = tried.find(({ status }) => status === "error");
  return {
    status: error ? "error" : "missing",
    source: error?.source ?? tried.at(-1)?.source ?? null,
    reason: tried.map(({ reason }) => reason).join("; "),
  };
}
