import { type CallContext, isWanted } from "./call-context.ts";
import type { HttpAnswer } from "./client.ts";
import type { Answered, Ended } from "./exchange.ts";
import { type HttpCallCode, type HttpCallDetails, HttpCallError } from "./http-call-error.ts";
import { type AttemptFailure, mayHelp, parseRetryAfter } from "./retry.ts";

const EXCERPT_CHARACTERS = 200;
/** More of an error's body is never looked at for its excerpt. */
const EXCERPT_SOURCE_CHARACTERS = 4_000;

/** `sentence` goes on from the peer's name: "fmp answered 402 (ratios)." */
export function callError(
  { label, requestsSent }: CallContext,
  code: HttpCallCode,
  sentence: string,
  details: Partial<HttpCallDetails> = {},
): HttpCallError {
  const { kind, peer } = label;
  const after = requestsSent > 1 ? `, ${requestsSent} requests` : "";
  const message = `${peer} ${sentence} (${kind}${after}).`;
  return new HttpCallError(code, message, { ...details, peer, kind, attempts: requestsSent });
}

/** What went wrong; undefined when the caller wants the answer. */
export function attemptFailure({ request, tools }: CallContext, end: Ended): AttemptFailure | undefined {
  if (end.ended === "failed") return { code: end.reason, status: end.status, sent: end.sent };
  const wanted = isWanted(request, end.status);
  if (wanted && !request.retryIf?.(end.status, end.text)) return undefined;
  const retryAfterMs = parseRetryAfter(end.headers.get("retry-after"), tools.clock.now());
  return { code: "http_status", status: end.status, sent: true, retryAfterMs, passing: wanted };
}

export function failureError(call: CallContext, failure: AttemptFailure, end: Ended): HttpCallError {
  const { code, status, retryAfterMs } = failure;
  const retryAt = retryAfterMs === undefined ? undefined : new Date(call.tools.clock.now().getTime() + retryAfterMs);
  return callError(call, code, sentenceOf(call, failure, end), {
    status,
    retryAt,
    retryable: mayHelp(call.peer, failure),
    ...(end.ended === "failed" ? { cause: end.cause } : { bodyExcerpt: excerpt(call, end.text) }),
  });
}

export function toAnswer(call: CallContext, { status, headers, text }: Answered): HttpAnswer {
  const json = (): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      const isMarkup = /^\s*</.test(text);
      const sentence = isMarkup ? "sent HTML or XML instead of JSON" : "sent JSON that is broken or cut";
      throw callError(call, "bad_body", sentence, { status, retryable: true, bodyExcerpt: excerpt(call, text) });
    }
  };
  return { status, headers, text, json };
}

function sentenceOf({ peer }: CallContext, { code, status }: AttemptFailure, end: Ended): string {
  if (code === "timeout") return "did not answer within its time limit";
  if (code === "too_large")
    return `sent a body larger than allowed${peer.maxBodyBytes ? ` (${peer.maxBodyBytes} bytes)` : ""}`;
  if (code === "http_status") return `answered ${status}`;
  if (code === "aborted") return "was aborted";
  return `could not be reached (${end.ended === "failed" ? end.cause : "unknown"})`;
}

/** Redacted before it is cut, so that half a key cannot slip through. */
function excerpt({ redactor }: CallContext, text: string): string {
  return redactor.text(text.slice(0, EXCERPT_SOURCE_CHARACTERS)).slice(0, EXCERPT_CHARACTERS);
}
