import { and, eq, gte, lte } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { dailyRecommendations } from "../../db/schema/recommendations.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import { addDays, type IsoDate } from "../../kit/dates.ts";
import { type Bars, sliceBars } from "../../market/bars.ts";
import type { Market } from "../../market/market.ts";
import { lastCompleteDate } from "../../market/session.ts";
import { rulesOf } from "../../market/symbol.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Settings } from "../../settings.ts";
import { currentPriceOf, failureOf, scoringRules } from "./analyze-ticker.ts";
import type { Ticker } from "./facts.ts";
import type { RatedTicker } from "./save.ts";
import { analyzeTechnical } from "./scoring/analyze-technical.ts";
import { computeVerdict } from "./scoring/engine.ts";
import { renderUnavailable } from "./scoring/scored.ts";
import type { RecommendationStore } from "./store.ts";
import { isValidOn, loadAllTickers } from "./tickers.ts";

export interface BackfillDeps {
  settings: Settings;
  db: Database;
  market: Market;
  store: RecommendationStore;
}

export interface BackfillRequest {
  from: IsoDate;
  to: IsoDate;
  now: Date;
  http: HttpClient;
  signal: AbortSignal;
  jobRunId: number | null;
  /** Called when a ticker is done. */
  progress?(ticker: string, done: number, total: number): void;
}

export interface BackfillTicker {
  ticker: string;
  written: number;
  /** Dates that have a row already: of a batch, or the same one of an earlier backfill. */
  kept: number;
  /** Sessions too early in the series for a score, or with bad prices. */
  unscored: number;
  /** Why its bars could not be brought up to date, and the code of that; stored ones were used. */
  problem?: string;
  code?: string;
}

export interface BackfillResult {
  from: IsoDate;
  to: IsoDate;
  written: number;
  tickers: BackfillTicker[];
}

/** Rows of one write transaction: some 8 ms, which readers of the API wait for. Fifty doubled their 99th percentile. */
const CHUNK = 20;

/**
 * Fills history from stored bars: for each session between `from` and `to` that lies between a ticker's dates, the
 * technical analysis as it was knowable at that session's end, and nothing else (today's ratios and news know the future).
 * Rows are marked `trigger: backfill`; a row of a batch is never touched, and neither is one that would stay the same.
 */
export async function backfill(request: BackfillRequest, deps: BackfillDeps): Promise<BackfillResult> {
  const tickers = await loadAllTickers(deps.db, deps.settings.recommendationTickers);
  const result: BackfillResult = { from: request.from, to: request.to, written: 0, tickers: [] };
  for (const ticker of tickers) {
    request.signal.throwIfAborted();
    const done = await backfillTicker(ticker, request, deps);
    result.tickers.push(done);
    result.written += done.written;
    request.progress?.(ticker.ticker, result.tickers.length, tickers.length);
    await yieldToEventLoop();
  }
  return result;
}

async function backfillTicker(ticker: Ticker, request: BackfillRequest, deps: BackfillDeps): Promise<BackfillTicker> {
  const { bars, currency, failure } = await loadBars(ticker, request, deps);
  const existing = await loadExisting(ticker.ticker, request, deps.db);
  const counts = { written: 0, kept: 0, unscored: 0 };
  let chunk: RatedTicker[] = [];
  const flush = async () => {
    request.signal.throwIfAborted();
    if (chunk.length > 0) await deps.store.save(chunk, originOf(request));
    counts.written += chunk.length;
    chunk = [];
    await yieldToEventLoop();
  };
  for (let index = 0; index < bars.length; index++) {
    const date = bars.date[index]!;
    if (date < request.from || !isValidOn(ticker, date)) continue;
    const known = existing.get(date);
    if (known && known.trigger !== "backfill") {
      counts.kept++;
      continue;
    }
    const rated = rateSession(ticker, windowEndingAt(bars, index, deps.settings.priceHistoryDays), currency, deps);
    if (!rated) counts.unscored++;
    else if (known && isSame(rated, known)) counts.kept++;
    else chunk.push(rated);
    if (chunk.length === CHUNK) await flush();
  }
  await flush();
  return { ticker: ticker.ticker, ...counts, ...failure };
}

const originOf =
  ({ now, jobRunId }: BackfillRequest) =>
  ({ barDate }: RatedTicker) => ({
    analysisDate: barDate,
    trigger: "backfill",
    jobRunId,
    writtenAt: now.toISOString(),
  });

/** All bars of a ticker that any window needs; asked for once, so that the first window is as long as the others. */
async function loadBars(ticker: Ticker, request: BackfillRequest, { market, settings }: BackfillDeps) {
  const { now, http, signal } = request;
  const symbol = ticker.quoteSymbol;
  const from = addDays(request.from, -settings.priceHistoryDays);
  let failure: { code: string; problem: string } | undefined;
  try {
    await market.refresh(symbol, { interval: "1d", from, now, http, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, reason } = failureOf(thrown);
    failure = { code, problem: reason };
  }
  const instrument = await market.instrument(symbol);
  const complete = lastCompleteDate(rulesOf(symbol, instrument), now);
  const to = [complete, request.to].sort()[0]!;
  const bars = await market.load(symbol, "1d", { from, to });
  return { bars, currency: instrument?.currency ?? ticker.quoteCurrency, failure };
}

/** The bars that a run at the end of session `index` would have loaded. */
function windowEndingAt(bars: Bars, index: number, historyDays: number): Bars {
  const oldest = addDays(bars.date[index]!, -historyDays);
  let start = index;
  while (start > 0 && bars.date[start - 1]! >= oldest) start--;
  return sliceBars(bars, start, index + 1);
}

function rateSession(ticker: Ticker, bars: Bars, currency: string, deps: BackfillDeps): RatedTicker | undefined {
  const { settings, market } = deps;
  const profile = settings.scoringProfile;
  const technical = analyzeTechnical(bars, profile, { source: market.source, fetchedAt: null });
  const analyses = {
    technical,
    fundamental: renderUnavailable("fundamental", NOT_ASKED),
    macro: renderUnavailable("macro", NOT_ASKED),
    sentiment: renderUnavailable("sentiment", NOT_ASKED),
  };
  const result = computeVerdict({ profile, analyses, ...scoringRules(settings), dataSource: market.source });
  if ("refused" in result) return undefined;
  return {
    ticker: ticker.ticker,
    companyName: ticker.companyName,
    currency,
    barDate: bars.date.at(-1)!,
    currentPrice: currentPriceOf(technical),
    dataSource: market.source,
    verdict: result.verdict,
    analyses: [technical],
  };
}

const NOT_ASKED = { status: "missing", source: null, reason: "A backfill uses prices only." } as const;

type ExistingRow = Pick<
  typeof dailyRecommendations.$inferSelect,
  | "analysisDate"
  | "trigger"
  | "totalScore"
  | "confidence"
  | "currentPrice"
  | "scoringProfile"
  | "dataSource"
  | "summary"
>;

async function loadExisting(ticker: string, { from, to }: BackfillRequest, db: Database) {
  const { analysisDate, trigger, totalScore, confidence, currentPrice, scoringProfile, dataSource, summary } =
    dailyRecommendations;
  const rows: ExistingRow[] = await db.read
    .select({ analysisDate, trigger, totalScore, confidence, currentPrice, scoringProfile, dataSource, summary })
    .from(dailyRecommendations)
    .where(and(eq(dailyRecommendations.ticker, ticker), gte(analysisDate, from), lte(analysisDate, to)));
  return new Map(rows.map((row) => [row.analysisDate, row]));
}

function isSame({ verdict, currentPrice, dataSource }: RatedTicker, stored: ExistingRow): boolean {
  return (
    stored.totalScore === verdict.totalScore &&
    stored.confidence === verdict.confidence &&
    stored.currentPrice === currentPrice &&
    stored.scoringProfile === verdict.profile &&
    stored.dataSource === dataSource &&
    stored.summary === verdict.summary
  );
}
