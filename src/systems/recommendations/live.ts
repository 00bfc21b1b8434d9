import type { Database } from "../../db/index.ts";
import type { Clock } from "../../kit/clock.ts";
import { dateInZone } from "../../kit/dates.ts";
import { days, hours, minutes, seconds } from "../../kit/duration.ts";
import { VigiaError } from "../../kit/errors.ts";
import { forEachConcurrent } from "../../kit/for-each-concurrent.ts";
import type { Market } from "../../market/market.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Settings } from "../../settings.ts";
import type { ScoredAnalysis } from "./analysis.ts";
import { type AnalysisContext, analyzeCountry, analyzeTicker, failureOf } from "./analyze-ticker.ts";
import type { Sources, Ticker } from "./facts.ts";
import { createLiveBudget, LiveLimitError } from "./live-budget.ts";
import type { DataAge } from "./store.ts";
import { loadTickersOn } from "./tickers.ts";
import { byTotalThenTicker, type RecommendationView, renderRated, type TickerAnalysisView } from "./views.ts";

export interface LiveDeps {
  settings: Settings;
  db: Database;
  clock: Clock;
  market: Market;
  sources: Sources;
  http: HttpClient;
}

export type LiveOrigin = "live" | "live-fallback";

export interface LiveList {
  /** By total descending, then by ticker. */
  items: RecommendationView[];
  failed: { ticker: string; code: string; reason: string }[];
}

/** Analyses made for a caller who waits, inside a budget. Nothing of them is stored as a recommendation. */
export interface LiveAnalysis {
  /**
   * Callers of one ticker share one analysis, and its result for `CACHE_EXPIRY_MINUTES`. Errors: `unknown_ticker`,
   * `LiveLimitError` (answer 429 with `Retry-After`), and those of `analyzeTicker` when there is nothing to say.
   */
  analyze(ticker: string, origin?: LiveOrigin): Promise<TickerAnalysisView>;
  /** Every ticker of today; those without a result are named. Errors: `LiveLimitError` when not all fit into the budget. */
  analyzeAll(origin?: LiveOrigin): Promise<LiveList>;
  /** Whether stored data are so old that whoever asks for them gets a live analysis instead. */
  fallbackWanted(age: Pick<DataAge, "age_seconds">): boolean;
}

/** Stored data older than this may be replaced by a live analysis. */
const FALLBACK_AGE_SECONDS = hours(36) / seconds(1);
/** A caller waits: sources that hang are given up before most clients do. */
const TIME_LIMIT_MS = minutes(1);
/** Requests that a batch makes of one source for one ticker: three of FMP, or prices, fundamentals and news of Yahoo. */
const REQUESTS_PER_TICKER = 3;

interface Shared<Value> {
  begunAtMs: number;
  settled: boolean;
  value: Promise<Value>;
}

export function createLiveAnalysis(deps: LiveDeps): LiveAnalysis {
  const { settings, db, clock, http, market } = deps;
  const budget = createLiveBudget(settings.liveMaxPerHour, clock);
  /** Holds at most the tickers of the universe. */
  const shared = new Map<string, Shared<TickerAnalysisView>>();
  let country: Shared<ScoredAnalysis> | undefined;

  const today = () => dateInZone(clock.now(), settings.dailyAnalysisTimezone);
  const universe = () => loadTickersOn(db, today(), settings.recommendationTickers);
  const isUsable = (entry: Shared<unknown> | undefined) =>
    entry !== undefined &&
    (!entry.settled || clock.monotonicMs() - entry.begunAtMs < minutes(settings.cacheExpiryMinutes));

  function share<Value>(value: Promise<Value>, forget: (entry: Shared<Value>) => void): Shared<Value> {
    const entry = { begunAtMs: clock.monotonicMs(), settled: false, value };
    value.then(
      () => {
        entry.settled = true;
      },
      () => forget(entry),
    );
    return entry;
  }

  /** Shares the analyses that are there and begins those that are missing, all of them or none. */
  async function ensure(tickers: readonly Ticker[], universeSize: number): Promise<Promise<TickerAnalysisView>[]> {
    const missing = () => tickers.filter(({ ticker }) => !isUsable(shared.get(ticker)));
    const reserve = universeSize * REQUESTS_PER_TICKER;
    await checkYahooBudget(missing().length, reserve);
    // No await from here on: two callers must not both find a ticker missing.
    const wanted = missing();
    if (wanted.length > 0) {
      budget.take(wanted.length);
      begin(wanted, reserve);
    }
    return tickers.map(({ ticker }) => shared.get(ticker)!.value);
  }

  async function checkYahooBudget(count: number, reserve: number): Promise<void> {
    if (count === 0 || market.source !== "yahoo") return;
    const left = await http.budgetLeft("yahoo");
    if (left - reserve >= count * REQUESTS_PER_TICKER) return;
    const message = "The rest of today's Yahoo requests is kept for the next daily analysis.";
    throw new LiveLimitError(message, secondsToUtcMidnight(clock.now()));
  }

  function begin(tickers: readonly Ticker[], reserve: number): void {
    const finished = new AbortController();
    const context = { ...deps, signal: timeLimit(clock, finished.signal), now: clock.now(), asOf: today(), reserve };
    if (!isUsable(country)) {
      country = share(analyzeCountry(context), () => {
        country = undefined;
      });
    }
    const macro = country!.value;
    const jobs = tickers.map((ticker) => ({ ticker, ...Promise.withResolvers<TickerAnalysisView>() }));
    for (const { ticker, promise } of jobs) {
      const entry = share(promise, (failed) => {
        if (shared.get(ticker.ticker) === failed) shared.delete(ticker.ticker);
      });
      shared.set(ticker.ticker, entry);
    }
    void forEachConcurrent(jobs, settings.analysisConcurrency, ({ ticker, resolve, reject }) =>
      analyzeOne(ticker, macro, context).then(resolve, reject),
    ).finally(() => finished.abort());
  }

  async function analyzeOne(ticker: Ticker, macro: Promise<ScoredAnalysis>, context: AnalysisContext) {
    const rated = await analyzeTicker(ticker, await macro, context);
    const view = renderRated(rated, { analysisDate: context.asOf, at: clock.now().toISOString(), source: "live" });
    return { ...view, sector: ticker.sector };
  }

  return {
    async analyze(name, origin = "live") {
      const tickers = await universe();
      const ticker = tickers.find((one) => one.ticker === name);
      if (!ticker) throw unknownTicker(name);
      const [analysis] = await ensure([ticker], tickers.length);
      return relabel(await analysis!, origin);
    },
    async analyzeAll(origin = "live") {
      const tickers = await universe();
      const outcomes = await Promise.allSettled(await ensure(tickers, tickers.length));
      const list: LiveList = { items: [], failed: [] };
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.status === "fulfilled") list.items.push(relabel(outcome.value, origin).recommendation);
        else list.failed.push({ ticker: tickers[index]!.ticker, ...failureOf(outcome.reason) });
      }
      list.items.sort(byTotalThenTicker);
      return list;
    },
    fallbackWanted: ({ age_seconds: age }) =>
      settings.liveFallbackEnabled && (age === null || age > FALLBACK_AGE_SECONDS),
  };
}

function relabel(view: TickerAnalysisView, source: LiveOrigin): TickerAnalysisView {
  return { ...view, recommendation: { ...view.recommendation, source } };
}

/** Aborts after the time limit, unless `finished` aborts before. */
function timeLimit(clock: Clock, finished: AbortSignal): AbortSignal {
  const limit = new AbortController();
  clock.sleep(TIME_LIMIT_MS, finished).then(
    () => limit.abort(new VigiaError("live_timeout", "The sources did not answer in time.", { retryable: true })),
    () => undefined,
  );
  return limit.signal;
}

function secondsToUtcMidnight(now: Date): number {
  return (days(1) - (now.getTime() % days(1))) / seconds(1);
}

const unknownTicker = (name: string) =>
  new VigiaError("unknown_ticker", `${name} is not one of the tickers that are rated.`, {
    hint: "GET /api/recommendations/latest lists them.",
  });
