import { and, asc, desc, eq, getTableColumns, gt, gte, inArray, lt, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import type { DataSource } from "../../db/schema/market.ts";
import {
  type AnalysisType,
  analysisDetails,
  dailyRecommendations,
  type Recommendation,
  recTickers,
} from "../../db/schema/recommendations.ts";
import type { IsoDate } from "../../kit/dates.ts";
import { createLatestCache, isBatch, type LatestRecommendations } from "./latest.ts";
import { type RatedTicker, type RowOrigin, saveRecommendations } from "./save.ts";
import {
  type AnalysisDetailView,
  type AnalysisHistoryItem,
  byTotalThenTicker,
  type RecommendationRow,
  type RecommendationView,
  renderHistoryItem,
  renderRecommendation,
  statusesOfDetails,
  type TickerAnalysisView,
} from "./views.ts";

/** Place after which the next page of a list starts: both parts never change, so pages are stable while rows come in. */
export interface HistoryPosition {
  analysis_date: IsoDate;
  ticker: string;
}

export interface HistoryQuery {
  from: IsoDate;
  to: IsoDate;
  ticker?: string;
  recommendation?: Recommendation;
  limit: number;
  after?: HistoryPosition;
}

export interface TickerHistoryQuery {
  from: IsoDate;
  to: IsoDate;
  /** Adds the details of this analysis to each item. */
  type?: AnalysisType;
  limit: number;
  after?: HistoryPosition;
}

export interface HistoryPage<Item> {
  items: Item[];
  /** Null on the last page. */
  next: HistoryPosition | null;
}

export interface StoreCounts {
  rows: number;
  dates: number;
  tickers: number;
}

export interface DataAge {
  latest_analysis_date: IsoDate | null;
  age_seconds: number | null;
  rows: number;
}

/** What is stored of the recommendations: everything that HTTP, the command line and the dashboard read. */
export interface RecommendationStore {
  /** The newest complete date, rendered once per change of the data. Undefined when nothing is stored. */
  latest(): Promise<LatestRecommendations | undefined>;
  /** Newest date first, then by ticker. */
  history(query: HistoryQuery): Promise<HistoryPage<RecommendationView>>;
  /** What is behind `latest`, in its order. */
  latestAnalyses(): Promise<TickerAnalysisView[]>;
  /**
   * The newest recommendation of one ticker with its details, in the order of preference of `latest` (source in use,
   * batches before backfills); undefined for one without rows.
   */
  tickerLatest(ticker: string): Promise<TickerAnalysisView | undefined>;
  /** Newest date first. Undefined for a ticker without any row. */
  tickerHistory(ticker: string, query: TickerHistoryQuery): Promise<HistoryPage<AnalysisHistoryItem> | undefined>;
  counts(): Promise<StoreCounts>;
  dataAge(now: Date): Promise<DataAge>;
  /** Tickers with a row of `date` from `dataSource` that was written at or after `writtenSince`. */
  writtenTickers(date: IsoDate, dataSource: DataSource, writtenSince?: string): Promise<Set<string>>;
  /** Writes recommendations with their details in one transaction. */
  save(rated: readonly RatedTicker[], origin: (rated: RatedTicker) => RowOrigin): Promise<void>;
  /** Tells that stored rows, or the state of their runs, changed. */
  invalidate(): void;
}

const columns = { ...getTableColumns(dailyRecommendations), statuses: statusesOfDetails };

/** `dataSource`: the source in use; the rows of another one are only the latest while there are none of it. */
export function createRecommendationStore(db: Database, dataSource: DataSource): RecommendationStore {
  const latest = createLatestCache(db, dataSource);
  const rowsWhere = (where: SQL | undefined, limit: number): Promise<RecommendationRow[]> =>
    db.read
      .select(columns)
      .from(dailyRecommendations)
      .where(where)
      .orderBy(desc(dailyRecommendations.analysisDate), asc(dailyRecommendations.ticker))
      .limit(limit);
  const analysesOf = async (rows: readonly RecommendationRow[]): Promise<TickerAnalysisView[]> => {
    if (rows.length === 0) return [];
    const tickers = rows.map(({ ticker }) => ticker);
    const listed = await db.read.select().from(recTickers).where(inArray(recTickers.ticker, tickers));
    const sectors = new Map(listed.map(({ ticker, sector }) => [ticker, sector]));
    const details = await loadDetails(
      db,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      recommendation: renderRecommendation(row),
      sector: sectors.get(row.ticker) ?? null,
      details: details.get(row.id) ?? {},
    }));
  };

  return {
    latest: latest.load,
    invalidate: latest.invalidate,
    async history({ from, to, ticker, recommendation, limit, after }) {
      const where = and(
        between(from, to),
        ticker ? eq(dailyRecommendations.ticker, ticker) : undefined,
        recommendation ? eq(dailyRecommendations.recommendation, recommendation) : undefined,
        afterPosition(after),
      );
      return pageOf(await rowsWhere(where, limit + 1), limit, renderRecommendation);
    },
    async latestAnalyses() {
      const newest = await latest.load();
      if (!newest) return [];
      const { analysisDate, dataSource: source } = newest;
      const ofDate = and(
        eq(dailyRecommendations.analysisDate, analysisDate),
        eq(dailyRecommendations.dataSource, source),
      );
      const analyses = await analysesOf(await rowsWhere(ofDate, newest.items.length));
      return analyses.sort((left, right) => byTotalThenTicker(left.recommendation, right.recommendation));
    },
    async tickerLatest(ticker) {
      const isTicker = eq(dailyRecommendations.ticker, ticker);
      const inUse = and(isTicker, eq(dailyRecommendations.dataSource, dataSource));
      for (const condition of [and(inUse, isBatch), inUse, isTicker]) {
        const [analysis] = await analysesOf(await rowsWhere(condition, 1));
        if (analysis) return analysis;
      }
      return undefined;
    },
    async tickerHistory(ticker, { from, to, type, limit, after }) {
      const isTicker = eq(dailyRecommendations.ticker, ticker);
      const rows = await rowsWhere(and(isTicker, between(from, to), afterPosition(after)), limit + 1);
      if (rows.length === 0 && (await rowsWhere(isTicker, 1)).length === 0) return undefined;
      if (!type) return pageOf(rows, limit, renderHistoryItem);
      const ids = rows.slice(0, limit).map((row) => row.id);
      const details = await loadDetails(db, ids, type);
      return pageOf(rows, limit, (row) => ({ ...renderHistoryItem(row), details: details.get(row.id) ?? {} }));
    },
    async counts() {
      const [counted] = await db.read
        .select({
          rows: sql<number>`count(*)`,
          dates: sql<number>`count(distinct ${dailyRecommendations.analysisDate})`,
          tickers: sql<number>`count(distinct ${dailyRecommendations.ticker})`,
        })
        .from(dailyRecommendations);
      return counted!;
    },
    async dataAge(now) {
      const newest = await latest.load();
      const rows = await db.read.$count(dailyRecommendations);
      return {
        latest_analysis_date: newest?.analysisDate ?? null,
        age_seconds: newest ? computeAgeSeconds(newest, now) : null,
        rows,
      };
    },
    async writtenTickers(date, source, writtenSince) {
      const rows = await db.read
        .select({ ticker: dailyRecommendations.ticker })
        .from(dailyRecommendations)
        .where(
          and(
            eq(dailyRecommendations.analysisDate, date),
            eq(dailyRecommendations.dataSource, source),
            sql`${dailyRecommendations.trigger} <> 'backfill'`,
            writtenSince ? gte(dailyRecommendations.updatedAt, writtenSince) : undefined,
          ),
        );
      return new Set(rows.map((row) => row.ticker));
    },
    async save(rated, origin) {
      await db.write((tx) => saveRecommendations(tx, rated, origin));
      latest.invalidate();
    },
  };
}

/**
 * Seconds since the newest recommendations were made. A row written long after its date (a replay, `as_of`) is as old as
 * the end of that date.
 */
export function computeAgeSeconds(
  latest: Pick<LatestRecommendations, "analysisDate" | "updatedAt">,
  now: Date,
): number {
  const endOfDateMs = Date.parse(`${latest.analysisDate}T23:59:59Z`);
  const madeAtMs = Math.min(Date.parse(latest.updatedAt), endOfDateMs);
  return Math.max(0, Math.floor((now.getTime() - madeAtMs) / 1_000));
}

const between = (from: IsoDate, to: IsoDate) =>
  and(gte(dailyRecommendations.analysisDate, from), lte(dailyRecommendations.analysisDate, to));

function afterPosition(position: HistoryPosition | undefined): SQL | undefined {
  if (!position) return undefined;
  const { analysisDate, ticker } = dailyRecommendations;
  return or(
    lt(analysisDate, position.analysis_date),
    and(eq(analysisDate, position.analysis_date), gt(ticker, position.ticker)),
  );
}

/** `rows` were loaded with one more than `limit`: the extra one tells that there is a next page. */
function pageOf<Item>(
  rows: readonly RecommendationRow[],
  limit: number,
  render: (row: RecommendationRow) => Item,
): HistoryPage<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? { analysis_date: last.analysisDate, ticker: last.ticker } : null;
  return { items: shown.map(render), next };
}

async function loadDetails(db: Database, ids: readonly number[], type?: AnalysisType) {
  const byRecommendation = new Map<number, Partial<Record<AnalysisType, AnalysisDetailView>>>();
  if (ids.length === 0) return byRecommendation;
  const wanted = inArray(analysisDetails.recommendationId, [...ids]);
  const rows = await db.read
    .select()
    .from(analysisDetails)
    .where(type ? and(wanted, eq(analysisDetails.analysisType, type)) : wanted);
  for (const row of rows) {
    const details = byRecommendation.get(row.recommendationId) ?? {};
    const { score, indicators, rawData, metadata } = row;
    details[row.analysisType] = { score, indicators, raw_data: rawData, metadata };
    byRecommendation.set(row.recommendationId, details);
  }
  return byRecommendation;
}
