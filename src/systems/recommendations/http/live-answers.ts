import { errorCode, toError, VigiaError } from "../../../kit/errors.ts";
import { HttpProblem } from "../../../server/problem.ts";
import type { LiveAnalysis, LiveList, LiveOrigin } from "../live.ts";
import { LiveLimitError } from "../live-budget.ts";
import type { TickerAnalysisView } from "../views.ts";

/** One live analysis; its refusals as problems: 404, 429 with `Retry-After`, 503 when there is nothing to say. */
export function analyzeLive(live: LiveAnalysis, ticker: string): Promise<TickerAnalysisView> {
  return live.analyze(ticker).catch(rethrowAsProblem);
}

/** A live analysis of every ticker of today. */
export function analyzeAllLive(live: LiveAnalysis, origin: LiveOrigin = "live"): Promise<LiveList> {
  return live.analyzeAll(origin).catch(rethrowAsProblem);
}

function rethrowAsProblem(thrown: unknown): never {
  if (thrown instanceof LiveLimitError)
    throw new HttpProblem(429, thrown.code, thrown.message, {
      headers: { "Retry-After": String(Math.max(1, Math.ceil(thrown.retryAfterSeconds))) },
      cause: thrown,
    });
  if (!(thrown instanceof VigiaError)) throw thrown;
  const status = errorCode(thrown) === "unknown_ticker" ? 404 : 503;
  throw new HttpProblem(status, thrown.code, toError(thrown).message, { cause: thrown });
}
