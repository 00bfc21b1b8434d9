import type { Database } from "../../db/index.ts";
import type { JobContext, JobResult } from "../../jobs/define.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import { forEachConcurrent } from "../../kit/for-each-concurrent.ts";
import type { Market } from "../../market/market.ts";
import type { Settings } from "../../settings.ts";
import type { ScoredAnalysis } from "./analysis.ts";
import { type AnalysisMoment, analysisMoment } from "./analysis-moment.ts";
import { type AnalysisContext, analyzeCountry, analyzeTicker, failureOf } from "./analyze-ticker.ts";
import type { Sources, Ticker } from "./facts.ts";
import type { RatedTicker } from "./save.ts";
import { type CountingClient, countCalls, readQuota } from "./source-calls.ts";
import type { RecommendationStore } from "./store.ts";
import { countFailedAnalyses, type RunTally, startTally, summarizeRun, type TickerReport } from "./summary-of-run.ts";
import { loadTickersOn } from "./tickers.ts";

/** Event: stored scores changed. Data: `analysis_date, data_source, tickers, outcome`. */
export const SCORES_UPDATED = "scores.updated";

export interface DailyAnalysisDeps {
  settings: Settings;
  db: Database;
  market: Market;
  sources: Sources;
  store: RecommendationStore;
}

/**
 * Rates every ticker of the day and stores each one as soon as it is done, so that whatever stops the run leaves the rows
 * that were finished. A ticker that fails is data, not an exception; only an abort and bad parameters throw.
 * A second attempt leaves alone what the slot's earlier attempts wrote.
 */
export async function runDailyAnalysis(context: JobContext, deps: DailyAnalysisDeps): Promise<JobResult> {
  const { run, clock, signal, progress } = context;
  const { settings, store, market } = deps;
  const now = clock.now();
  const moment = analysisMoment(run, now, settings.dailyAnalysisTimezone);
  const tickers = await loadTickersOn(deps.db, moment.analysisDate, settings.recommendationTickers);
  const earlier = run.attempt > 1 ? await writtenBefore(run.slotAt, moment, deps) : new Set<string>();
  const counted = countCalls(context.http);
  const analysis: AnalysisContext = {
    settings,
    market,
    sources: deps.sources,
    http: counted.http,
    signal,
    now,
    asOf: moment.asOf,
  };
  const tally = startTally(moment.analysisDate, market.source);
  progress.total(tickers.length);

  if (tickers.some(({ ticker }) => !earlier.has(ticker))) {
    const macro = await analyzeCountry(analysis);
    countFailedAnalyses(tally, [macro]);
    await forEachConcurrent(tickers, settings.analysisConcurrency, async (ticker) => {
      signal.throwIfAborted();
      const report = earlier.has(ticker.ticker)
        ? ({ ticker: ticker.ticker, status: "already_written", ms: 0 } satisfies TickerReport)
        : await rate(ticker, { context, analysis, macro, moment, tally, store });
      tally.perTicker.push(report);
      progress.advance(1, ticker.ticker);
      await yieldToEventLoop();
    });
  } else {
    tally.perTicker.push(...tickers.map(({ ticker }) => ({ ticker, status: "already_written" as const, ms: 0 })));
    progress.advance(tickers.length);
  }
  return finish(context, { tally, tickers, counted, deps });
}

/** Rows of this slot: of its date, and not written before it was due (a run of the same date by hand may be older). */
function writtenBefore(slotAt: Date | null, { analysisDate }: AnalysisMoment, { store, market }: DailyAnalysisDeps) {
  return store.writtenTickers(analysisDate, market.source, slotAt?.toISOString());
}

interface Rating {
  context: JobContext;
  analysis: AnalysisContext;
  macro: ScoredAnalysis;
  moment: AnalysisMoment;
  tally: RunTally;
  store: RecommendationStore;
}

async function rate(ticker: Ticker, rating: Rating): Promise<TickerReport> {
  const { context, analysis, macro, tally } = rating;
  const startedAtMs = context.clock.monotonicMs();
  const elapsedMs = () => Math.round(context.clock.monotonicMs() - startedAtMs);
  try {
    const rated = await analyzeTicker(ticker, macro, analysis);
    analysis.signal.throwIfAborted();
    await save(rated, rating);
    const own = rated.analyses.filter(({ type }) => type !== "macro");
    countFailedAnalyses(tally, own);
    const { coverage } = rated.verdict;
    return { ticker: ticker.ticker, status: "written", ms: elapsedMs(), coverage, bar_date: rated.barDate };
  } catch (thrown) {
    analysis.signal.throwIfAborted();
    if (!(thrown instanceof VigiaError))
      context.log.error("ticker.failed", `${ticker.ticker} failed unexpectedly.`, { error: thrown });
    const { code, reason } = failureOf(thrown);
    context.log.warn("ticker.not_rated", reason, { ticker: ticker.ticker, code });
    if (code === "not_offered")
      return { ticker: ticker.ticker, status: "skipped", ms: elapsedMs(), error: code, reason };
    if (code !== "low_coverage") tally.errorsByAnalysis.technical++;
    return { ticker: ticker.ticker, status: "failed", ms: elapsedMs(), error: code, reason };
  }
}

/** One short transaction: the row and its details, or nothing. */
function save(rated: RatedTicker, { context, moment, store }: Rating): Promise<void> {
  const { run, clock } = context;
  return store.save([rated], () => ({
    analysisDate: moment.analysisDate,
    trigger: run.trigger,
    jobRunId: run.id,
    writtenAt: clock.now().toISOString(),
  }));
}

interface Finish {
  tally: RunTally;
  tickers: readonly Ticker[];
  counted: CountingClient;
  deps: DailyAnalysisDeps;
}

async function finish(context: JobContext, { tally, tickers, counted, deps }: Finish): Promise<JobResult> {
  const place = new Map(tickers.map(({ ticker }, index) => [ticker, index]));
  tally.perTicker.sort((a, b) => place.get(a.ticker)! - place.get(b.ticker)!);
  const sourceCalls = counted.calls();
  const result = summarizeRun(tally, {
    minSuccessRatio: deps.settings.jobMinSuccessRatio,
    sourceCalls,
    quota: await readQuota(context.http, deps.settings, Object.keys(sourceCalls)),
  });
  if (result.message) context.log.warn("analysis.incomplete", result.message);
  if (result.unitsWritten > 0) {
    const { analysisDate: analysis_date, dataSource: data_source } = tally;
    const data = { analysis_date, data_source, tickers: result.unitsWritten, outcome: result.outcome };
    context.emit({ type: SCORES_UPDATED, public: true, data });
  }
  return result;
}
