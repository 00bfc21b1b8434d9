import type { Permit } from "./breaker.ts";
import type { CallContext } from "./call-context.ts";
import { type AttemptFailure, mayHelp } from "./retry.ts";
import { closureOf } from "./run-closures.ts";

/** The peer answered, wanted or not: its breaker closes, and a status may be worth remembering. */
export async function learnFromAnswer(call: CallContext, permit: Permit, status: number | undefined): Promise<void> {
  permit.succeeded();
  if (status !== undefined) await rememberStatus(call, status);
}

/** The call failed after all its attempts. */
export async function learnFromFailure(call: CallContext, permit: Permit, failure: AttemptFailure): Promise<void> {
  const { closures, peer, request } = call;
  const { code, status } = failure;
  if (code === "aborted") return;
  if (status === 429) closures.close(peer.name, status);
  else if (status !== undefined && peer.opensOn?.includes(status))
    closures.close(closureOf(peer, request.kind), status);
  if (!mayHelp(peer, failure)) return learnFromAnswer(call, permit, status);
  if (permit.failed()) await rememberBreaker(call, status);
  if (status !== undefined) await rememberStatus(call, status);
}

/** An open breaker survives a restart: a process that keeps dying must not knock on a dead door each time. */
async function rememberBreaker({ label, peer, tools }: CallContext, status: number | undefined): Promise<void> {
  if (!peer.breaker) return;
  const until = new Date(tools.clock.now().getTime() + peer.breaker.openMs);
  const reason = "its last calls failed";
  tools.log.warn("http.breaker_open", `${peer.name}: ${reason}; not asked until ${until.toISOString()}.`, {
    ...label,
    status,
    until: until.toISOString(),
  });
  await tools.memory.remember({ peer: peer.name, subject: "", kind: "breaker", reason, status, until });
}

async function rememberStatus({ peer, request, tools }: CallContext, status: number): Promise<void> {
  const rule = peer.remembers?.find((candidate) => candidate.status === status);
  if (!rule) return;
  const subject = rule.scope === "peer" ? "" : request.subject;
  // Without a subject there is nothing that the refusal could be about.
  if (subject === undefined) return;
  const { lasts } = rule;
  const until = "forMs" in lasts ? new Date(tools.clock.now().getTime() + lasts.forMs) : tools.ledger.resetsAt();
  const reason = `it answered ${status} (${request.kind})`;
  await tools.memory.remember({ peer: peer.name, subject, kind: rule.kind, reason, status, until });
}
