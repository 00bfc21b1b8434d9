import { and, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import type { DataSource } from "../../db/schema/market.ts";
import { dailyRecommendations, recommendationOutcomes, recTickers } from "../../db/schema/recommendations.ts";
import type { JobContext, JobResult } from "../../jobs/define.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import { addDays, type IsoDate } from "../../kit/dates.ts";
import { errorCode } from "../../kit/errors.ts";
import { type Bars, cutBarsAt } from "../../market/bars.ts";
import type { Market } from "../../market/market.ts";
import { lastCompleteDate } from "../../market/session.ts";
import { rulesOf } from "../../market/symbol.ts";
import { describe } from "./load-prices.ts";
import { type Benchmark, computeOutcomes, type Horizon, type Outcome } from "./outcomes.ts";
import { computeTrackRecord, type JudgedRecommendation, type TrackRecordReport } from "./track-record-report.ts";

/** What every recommendation is measured against: an investor's plain alternative in the currency of the ADRs. */
export const BENCHMARK_SYMBOL = "SPY";
/** The benchmark may have no bar on the very first date, but has one within a long weekend before it. */
const DAYS_BEFORE = 7;
/** Rows of one write transaction. */
const CHUNK = 50;

interface TrackRecordDeps {
  db: Database;
  market: Market;
}

/**
 * Judges every stored recommendation whose horizons have passed, by the bars as they are now: an outcome whose prices were
 * rewritten (a split, a dividend) is corrected. Only recommendations made on the source of prices in use are judged,
 * because the bars of another one are not stored.
 */
export async function runTrackRecord(context: JobContext, { db, market }: TrackRecordDeps): Promise<JobResult> {
  const { signal, progress, log } = context;
  const tickers = await loadRatedTickers(db, market.source);
  const bars = createBarLoader(context, market);
  const oldest = tickers.map(({ firstBar }) => firstBar).sort()[0];
  const benchmarkBars = oldest === undefined ? undefined : await bars.load(BENCHMARK_SYMBOL, oldest);
  const benchmark: Benchmark | undefined =
    benchmarkBars && benchmarkBars.length > 0 ? { symbol: BENCHMARK_SYMBOL, bars: benchmarkBars } : undefined;
  if (oldest !== undefined && !benchmark)
    log.warn("track_record.no_benchmark", `There are no bars of ${BENCHMARK_SYMBOL}: raw returns decide.`);

  progress.total(tickers.length);
  let written = 0;
  let failed = 0;
  for (const { ticker, symbol, firstBar } of tickers) {
    signal.throwIfAborted();
    const prices = await bars.load(symbol, firstBar);
    if (prices.length === 0) failed++;
    else written += await judgeTicker({ db, ticker, prices, benchmark, context, dataSource: market.source });
    progress.advance(1, ticker);
    await yieldToEventLoop();
  }
  const outcome = failed === 0 ? "ok" : failed < tickers.length ? "partial" : "failed";
  return {
    outcome,
    unitsWritten: written,
    errors: failed,
    logData: {
      benchmark: benchmark?.symbol ?? null,
      data_source: market.source,
      tickers: tickers.length,
      problems: bars.problems,
    },
    ...(failed === 0 ? {} : { message: `${failed} of ${tickers.length} tickers have no bars to be judged by.` }),
  };
}

/** The report on everything judged so far; read ticker by ticker, so that others get their turn. */
export async function loadTrackRecord(db: Database): Promise<TrackRecordReport> {
  const tickers = await db.read.selectDistinct({ ticker: dailyRecommendations.ticker }).from(dailyRecommendations);
  const judged: JudgedRecommendation[] = [];
  let computedAt: string | null = null;
  for (const { ticker } of tickers) {
    for (const { trigger, computedAt: at, ...row } of await loadJudged(db, ticker)) {
      const origin = trigger === "backfill" ? "backfill" : "batch";
      judged.push({ ...row, origin, horizon: row.horizon as Horizon, hit: row.hit ?? false });
      if (computedAt === null || at > computedAt) computedAt = at;
    }
    await yieldToEventLoop();
  }
  return computeTrackRecord(judged, computedAt);
}

function loadJudged(db: Database, ticker: string) {
  return db.read
    .select({
      trigger: dailyRecommendations.trigger,
      dataSource: dailyRecommendations.dataSource,
      profile: dailyRecommendations.scoringProfile,
      ticker: dailyRecommendations.ticker,
      recommendation: dailyRecommendations.recommendation,
      totalScore: dailyRecommendations.totalScore,
      confidence: dailyRecommendations.confidence,
      barDate: recommendationOutcomes.barDate,
      horizon: recommendationOutcomes.horizon,
      returnFraction: recommendationOutcomes.returnFraction,
      excessReturn: recommendationOutcomes.excessReturn,
      benchmark: recommendationOutcomes.benchmark,
      hit: recommendationOutcomes.hit,
      computedAt: recommendationOutcomes.computedAt,
    })
    .from(recommendationOutcomes)
    .innerJoin(dailyRecommendations, eq(dailyRecommendations.id, recommendationOutcomes.recommendationId))
    .where(eq(dailyRecommendations.ticker, ticker));
}

interface RatedSymbol {
  ticker: string;
  symbol: string;
  /** Oldest bar that a recommendation of the ticker was made on. */
  firstBar: IsoDate;
}

async function loadRatedTickers(db: Database, dataSource: DataSource): Promise<RatedSymbol[]> {
  const { ticker, barDate } = dailyRecommendations;
  return db.read
    .select({
      ticker,
      symbol: sql<string>`coalesce(${recTickers.quoteSymbol}, ${ticker})`,
      firstBar: sql<string>`min(${barDate})`,
    })
    .from(dailyRecommendations)
    .leftJoin(recTickers, eq(recTickers.ticker, ticker))
    .where(and(eq(dailyRecommendations.dataSource, dataSource), sql`${barDate} is not null`))
    .groupBy(ticker)
    .orderBy(ticker);
}

/**
 * Bars complete by now. The market is asked to bring them up to date, which costs no request where the daily job did so; a
 * source that does not answer is noted, not thrown.
 */
function createBarLoader({ clock, http, signal }: JobContext, market: Market) {
  const problems: Record<string, string> = {};
  async function load(symbol: string, firstBar: IsoDate): Promise<Bars> {
    const now = clock.now();
    const from = addDays(firstBar, -DAYS_BEFORE);
    try {
      await market.refresh(symbol, { interval: "1d", from, now, http, signal });
    } catch (thrown) {
      signal.throwIfAborted();
      problems[symbol] = `${errorCode(thrown)}: ${describe(thrown)}`;
    }
    const bars = await market.load(symbol, "1d", { from });
    return cutBarsAt(bars, lastCompleteDate(rulesOf(symbol, await market.instrument(symbol)), now));
  }
  return { problems, load };
}

interface Judging {
  db: Database;
  ticker: string;
  prices: Bars;
  benchmark: Benchmark | undefined;
  context: JobContext;
  dataSource: DataSource;
}

async function judgeTicker({ db, ticker, prices, benchmark, context, dataSource }: Judging): Promise<number> {
  const rows = await db.read
    .select({
      id: dailyRecommendations.id,
      barDate: dailyRecommendations.barDate,
      recommendation: dailyRecommendations.recommendation,
    })
    .from(dailyRecommendations)
    .where(and(eq(dailyRecommendations.ticker, ticker), eq(dailyRecommendations.dataSource, dataSource)));
  const known = await loadOutcomes(db, ticker);
  const changed = rows.flatMap(({ id, barDate, recommendation }) =>
    barDate === null
      ? []
      : computeOutcomes(recommendation, barDate, prices, benchmark)
          .filter((outcome) => !isSame(outcome, known.get(`${id} ${outcome.horizon}`)))
          .map((outcome) => ({ recommendationId: id, ...outcome })),
  );
  for (let start = 0; start < changed.length; start += CHUNK) {
    context.signal.throwIfAborted();
    await saveOutcomes(db, changed.slice(start, start + CHUNK), context.clock.now().toISOString());
    await yieldToEventLoop();
  }
  return changed.length;
}

type StoredOutcome = typeof recommendationOutcomes.$inferSelect;

async function loadOutcomes(db: Database, ticker: string): Promise<Map<string, StoredOutcome>> {
  const ofTicker = db.read
    .select({ id: dailyRecommendations.id })
    .from(dailyRecommendations)
    .where(eq(dailyRecommendations.ticker, ticker));
  const rows = await db.read
    .select()
    .from(recommendationOutcomes)
    .where(inArray(recommendationOutcomes.recommendationId, ofTicker));
  return new Map(rows.map((row) => [`${row.recommendationId} ${row.horizon}`, row]));
}

/** Differences of returns below this are binary noise, or an adjustment that moved both prices alike. */
const SAME_RETURN = 1e-9;

function isSame(outcome: Outcome, stored: StoredOutcome | undefined): boolean {
  if (!stored) return false;
  const near = (a: number | null, b: number | null) =>
    a === null || b === null ? a === b : Math.abs(a - b) < SAME_RETURN;
  return (
    stored.barDate === outcome.barDate &&
    stored.endDate === outcome.endDate &&
    stored.hit === outcome.hit &&
    near(stored.returnFraction, outcome.returnFraction) &&
    near(stored.benchmarkReturn, outcome.benchmarkReturn)
  );
}

type NewOutcome = Outcome & { recommendationId: number };

async function saveOutcomes(db: Database, outcomes: readonly NewOutcome[], computedAt: string): Promise<void> {
  const taken = (column: string) => sql.raw(`excluded.${column}`);
  await db.write(async (tx) => {
    await tx
      .insert(recommendationOutcomes)
      .values(outcomes.map((outcome) => ({ ...outcome, computedAt })))
      .onConflictDoUpdate({
        target: [recommendationOutcomes.recommendationId, recommendationOutcomes.horizon],
        set: {
          barDate: taken("bar_date"),
          startPrice: taken("start_price"),
          endDate: taken("end_date"),
          endPrice: taken("end_price"),
          returnFraction: taken("return_fraction"),
          benchmark: taken("benchmark"),
          benchmarkReturn: taken("benchmark_return"),
          excessReturn: taken("excess_return"),
          hit: taken("hit"),
          computedAt: taken("computed_at"),
        },
      });
  });
}
