import { linkAbort } from "./abort.ts";
import { allowedAddress } from "./address.ts";
import type { Permit } from "./breaker.ts";
import { type CallContext, type CallPlace, type CallTools, createCallContext } from "./call-context.ts";
import { attemptFailure, callError, failureError, toAnswer } from "./call-errors.ts";
import type { HttpAnswer, HttpRequest } from "./client.ts";
import type { Answered, Ended } from "./exchange.ts";
import { HttpCallError } from "./http-call-error.ts";
import { learnFromAnswer, learnFromFailure } from "./lessons.ts";
import { checkRefusals, refuseForBreaker, refuseHost } from "./refusals.ts";
import { waitBeforeRetry } from "./retry.ts";
import { sendFollowing } from "./send.ts";

/** One call: admission, attempts with their waits, and what the peer's answers teach for later calls. */
export async function makeCall(tools: CallTools, place: CallPlace, request: HttpRequest): Promise<HttpAnswer> {
  const controller = new AbortController();
  const call = createCallContext(tools, place, request, controller.signal);
  const unlink = linkAbort(controller, [request.signal, tools.closing]);
  try {
    return await admit(call);
  } catch (thrown) {
    if (call.signal.aborted && !(thrown instanceof HttpCallError)) throw callError(call, "aborted", "was aborted");
    throw thrown;
  } finally {
    unlink();
  }
}

async function admit(call: CallContext): Promise<HttpAnswer> {
  const url = allowedAddress(call.peer, call.request.url);
  if (!url) throw await refuseHost(call, call.request.url);
  await checkRefusals(call);
  const permit = call.breaker.ask();
  if (!permit) throw await refuseForBreaker(call);
  try {
    return await makeAttempts(call, url, permit);
  } finally {
    permit.released();
  }
}

async function makeAttempts(call: CallContext, url: URL, permit: Permit): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    // What an attempt teaches is noted inside the gate, so that the calls waiting behind it know before they start.
    const result = await call.gate.enter(() => makeAttempt(call, { url, permit, attempt }), call.signal);
    if ("answer" in result) return result.answer;
    await call.tools.clock.sleep(result.waitMs, call.signal);
  }
}

async function makeAttempt(
  call: CallContext,
  { url, permit, attempt }: { url: URL; permit: Permit; attempt: number },
): Promise<{ answer: HttpAnswer } | { waitMs: number }> {
  await checkRefusals(call);
  if (permit.revoked) throw await refuseForBreaker(call);
  const end = await sendOnce(call, url, permit, attempt);
  const failure = attemptFailure(call, end);
  if (failure === undefined) {
    await learnFromAnswer(call, permit, end.status);
    return { answer: toAnswer(call, end as Answered) };
  }
  const waitMs = waitBeforeRetry(call.peer, failure, {
    attempt,
    repeatable: call.method === "GET" || (call.request.idempotent ?? false),
    random: call.tools.random,
  });
  if (waitMs !== undefined) return { waitMs };
  await learnFromFailure(call, permit, failure);
  throw failureError(call, failure, end);
}

/** A redirect that may not be followed is an answer too, as far as the breaker is concerned. */
async function sendOnce(call: CallContext, url: URL, permit: Permit, attempt: number): Promise<Ended> {
  try {
    return await sendFollowing(call, url, attempt);
  } catch (thrown) {
    const isBadRedirect =
      thrown instanceof HttpCallError && ["host_not_allowed", "too_many_redirects"].includes(thrown.code);
    if (isBadRedirect) await learnFromAnswer(call, permit, undefined);
    throw thrown;
  }
}
