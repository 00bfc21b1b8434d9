import type { Context } from "hono";
import { VigiaError } from "../../../kit/errors.ts";
import type { ServerEnv } from "../../../server/env.ts";
import { inLogContext } from "../../../server/log-context.ts";
import { HttpProblem } from "../../../server/problem.ts";
import type { LiveAnalysis, LiveList, LiveOrigin } from "../live.ts";
import { LiveLimitError } from "../live-budget.ts";
import type { TickerAnalysisView } from "../views.ts";

/** Codes of what will not be there later either: 404. Anything else may work again: 503. */
const LASTING = new Set(["unknown_ticker", "not_offered", "unknown_symbol"]);
/** When to ask again after a source had nothing; a failed analysis is not kept. */
const RETRY_AFTER_SECONDS = 60;

/** One live analysis; its refusals as problems: 404, 429 with `Retry-After`, 503 when there is nothing to say. */
export function analyzeLive(
  context: Context<ServerEnv>,
  live: LiveAnalysis,
  ticker: string,
): Promise<TickerAnalysisView> {
  return inLogContext(context, () => live.analyze(ticker)).catch(rethrowAsProblem);
}

/** A live analysis of every ticker of today. Problems: as above; 503 also when not one of them has a result. */
export async function analyzeAllLive(
  context: Context<ServerEnv>,
  live: LiveAnalysis,
  origin: LiveOrigin = "live",
): Promise<LiveList> {
  const list = await inLogContext(context, () => live.analyzeAll(origin)).catch(rethrowAsProblem);
  const [failed] = list.failed;
  if (list.items.length === 0 && failed)
    throw unavailable("live_unavailable", `No ticker could be analysed; the first one said: ${failed.reason}`);
  return list;
}

function rethrowAsProblem(thrown: unknown): never {
  if (!(thrown instanceof VigiaError)) throw thrown;
  const detail = [thrown.message, thrown.hint].filter(Boolean).join(" ");
  if (thrown instanceof LiveLimitError)
    throw new HttpProblem(429, thrown.code, detail, {
      headers: { "Retry-After": String(thrown.retryAfterSeconds) },
      cause: thrown,
    });
  if (LASTING.has(thrown.code)) throw new HttpProblem(404, thrown.code, detail, { cause: thrown });
  throw unavailable(thrown.code, detail, thrown);
}

const unavailable = (code: string, detail: string, cause?: unknown) =>
  new HttpProblem(503, code, detail, { headers: { "Retry-After": String(RETRY_AFTER_SECONDS) }, cause });
