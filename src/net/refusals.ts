import { maskAddress } from "./address.ts";
import type { CallContext } from "./call-context.ts";
import { callError } from "./call-errors.ts";
import type { HttpCallCode, HttpCallDetails, HttpCallError } from "./http-call-error.ts";
import { closureOf } from "./run-closures.ts";
import type { BudgetUnit } from "./usage.ts";

/** Throws what is known without asking: refusals of earlier calls, remembered or of this run. */
export async function checkRefusals(call: CallContext): Promise<void> {
  const { closures, peer, request, signal, tools } = call;
  signal.throwIfAborted();
  const remembered = await tools.memory.recall(peer.name, request.subject ?? "");
  if (remembered) {
    const isBreaker = remembered.kind === "breaker";
    const sentence = `is not asked until ${remembered.until.toISOString()}: ${remembered.reason}`;
    throw await refuse(call, isBreaker ? "breaker_open" : "remembered_refusal", sentence, {
      retryAt: remembered.until,
      status: remembered.status,
      retryable: isBreaker,
    });
  }
  const closure = closures.find(peer.name) ?? closures.find(closureOf(peer, request.kind));
  if (closure) {
    const span = closure.until ? `until ${closure.until.toISOString()}` : "for the rest of this run";
    throw await refuse(call, "breaker_open", `is not asked ${span}, because it answered ${closure.status}`, {
      retryAt: closure.until,
      status: closure.status,
    });
  }
}

export function refuseForBreaker(call: CallContext): Promise<HttpCallError> {
  const retryAt = new Date(call.tools.clock.now().getTime() + call.breaker.opensInMs);
  return refuse(call, "breaker_open", "is not asked, because its last calls failed", { retryAt, retryable: true });
}

export function refuseHost(call: CallContext, address: string): Promise<HttpCallError> {
  const { label, peer, redactor, system, tools } = call;
  const host = URL.parse(address)?.host ?? "(not an address)";
  tools.log.warn("http.refused", `${system} may not reach ${host} as ${peer.name}.`, {
    ...label,
    url: redactor.text(maskAddress(peer, address)),
    hosts: peer.hosts,
  });
  return refuse(call, "host_not_allowed", `may not be reached at ${host}`, {
    hint: `Allowed are ${peer.hosts.join(", ")}, over https; the system's declaration names them.`,
  });
}

/** A unit of today's budget, counted already. */
export async function takeBudget(call: CallContext): Promise<BudgetUnit> {
  const { label, peer, request, system } = call;
  const { isFirstNotice, ledger, log } = call.tools;
  const decision = await ledger.reserve(label, peer.dailyLimit, request.reserve ?? 0);
  if (decision.granted) return decision.unit;
  const retryAt = ledger.resetsAt();
  const hint = "The budget begins anew at 00:00 UTC.";
  if (decision.reason === "reserved") {
    const sentence = "has only the requests left today that are kept for the next batch";
    throw await refuse(call, "budget_reserved", sentence, { retryAt, retryable: true, hint });
  }
  if (isFirstNotice(`${system}/${peer.name}`)) {
    log.warn("http.budget_exhausted", `${peer.name}: the ${peer.dailyLimit} requests of today are used.`, {
      ...label,
      limit: peer.dailyLimit,
      resets_at: retryAt.toISOString(),
    });
  }
  const sentence = `has no requests left today (${peer.dailyLimit} a day)`;
  throw await refuse(call, "budget_exhausted", sentence, { retryAt, retryable: true, hint });
}

/** Counts what never left, and gives the error to throw. */
async function refuse(
  call: CallContext,
  code: HttpCallCode,
  sentence: string,
  details: Partial<HttpCallDetails>,
): Promise<HttpCallError> {
  const { label, peer, tools } = call;
  tools.observe({
    ...label,
    status: undefined,
    statusClass: "refused",
    outcome: "refused",
    durationMs: 0,
    bytes: 0,
    bytesSent: 0,
    retries: 0,
  });
  tools.log.debug("http.not_sent", `${peer.name}: ${code} (${label.kind})`, { ...label, code });
  await tools.ledger.refused(label);
  return callError(call, code, sentence, details);
}
