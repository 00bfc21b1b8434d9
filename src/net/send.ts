import { errorCode } from "../kit/errors.ts";
import { allowedAddress, headersForOtherHost, maskAddress } from "./address.ts";
import { type CallContext, isWanted } from "./call-context.ts";
import { callError } from "./call-errors.ts";
import { type Ended, type Exchange, exchange } from "./exchange.ts";
import { refuseHost, takeBudget } from "./refusals.ts";
import type { BudgetUnit, StatusClass } from "./usage.ts";

const DEFAULT_MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/** One attempt: the request and, for GET, up to three redirects within the peer's hosts, each counted and spaced. */
export async function sendFollowing(call: CallContext, start: URL, attempt: number): Promise<Ended> {
  let url = start;
  let headers = call.headers;
  let limitMs = call.request.timeoutMs ?? call.peer.timeoutMs ?? call.tools.defaultTimeoutMs;
  for (let redirects = 0; ; redirects++) {
    const end = await send(call, { url, headers, limitMs, attempt });
    if (end.ended !== "redirected") return end;
    const next = allowedAddress(call.peer, end.location, url);
    if (!next) throw await refuseHost(call, URL.parse(end.location, url.href)?.href ?? "");
    if (redirects === MAX_REDIRECTS) {
      const sentence = `redirected more than ${MAX_REDIRECTS} times`;
      throw callError(call, "too_many_redirects", sentence, { status: end.status });
    }
    if (next.origin !== url.origin) headers = headersForOtherHost(headers);
    next.username = "";
    next.password = "";
    limitMs = Math.max(1, limitMs - end.durationMs);
    url = next;
  }
}

interface Sending {
  url: URL;
  headers: Headers;
  limitMs: number;
  attempt: number;
}

async function send(call: CallContext, sending: Sending): Promise<Exchange> {
  const { gate, method, peer, request, signal, tools } = call;
  const unit = await takeBudget(call);
  try {
    await gate.turn(signal);
  } catch (thrown) {
    await tools.ledger.refund(unit);
    throw thrown;
  }
  call.requestsSent++;
  const end = await exchange({
    fetch: tools.fetch,
    clock: tools.clock,
    url: sending.url,
    method,
    headers: sending.headers,
    body: request.body,
    limitMs: sending.limitMs,
    maxBodyBytes: peer.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    signal,
    isWanted: (status) => isWanted(request, status),
  });
  logExchange(call, sending, end);
  await countExchange(call, unit, sending, end);
  return end;
}

async function countExchange(call: CallContext, unit: BudgetUnit, { attempt }: Sending, end: Exchange): Promise<void> {
  const { label, tools } = call;
  const { bytes, durationMs, status } = end;
  const statusClass = statusClassOf(end);
  const error = isError(call, end);
  const retry = attempt > 1;
  tools.observe({
    ...label,
    status,
    statusClass,
    outcome: error || statusClass === "aborted" ? "failed" : "ok",
    durationMs,
    bytes,
    bytesSent: call.request.body === undefined ? 0 : Buffer.byteLength(call.request.body),
    retries: retry ? 1 : 0,
  });
  try {
    await tools.ledger.settle(unit, { statusClass, retry, error, bytes, durationMs });
  } catch (thrown) {
    // The answer is worth more than its counter; the unit stays counted as `open`.
    tools.log.warn("http.usage_failed", "A request could not be counted.", { ...label, error: errorCode(thrown) });
  }
}

function logExchange(call: CallContext, { attempt, url }: Sending, end: Exchange): void {
  const { label, method, peer, redactor, tools } = call;
  const fields = {
    ...label,
    method,
    url: redactor.text(maskAddress(peer, url.href)),
    status: end.status,
    duration_ms: Math.round(end.durationMs),
    attempt,
    ...(end.ended === "failed" ? { cause: end.cause } : {}),
  };
  const result = end.ended === "failed" ? end.reason : end.status;
  tools.log[isError(call, end) ? "warn" : "debug"]("http.call", `${peer.name}: ${result} (${label.kind})`, fields);
}

/** What the caller aborted is not the peer's error. */
function isError({ request }: CallContext, end: Exchange): boolean {
  if (end.ended === "failed") return end.reason !== "aborted";
  return end.ended === "answered" && !isWanted(request, end.status);
}

function statusClassOf(end: Exchange): StatusClass {
  if (end.ended === "failed" && end.reason !== "too_large") return end.reason;
  return `${Math.floor((end.status ?? 200) / 100)}xx` as StatusClass;
}
