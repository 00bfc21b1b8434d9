import { and, desc, eq, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import type { Database, Reader, Writer } from "../../../db/index.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import { type AnalysisPeriod, assetAnalyses } from "../../../db/schema/portfolio.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import type { Interval } from "../../../market/bars.ts";
import { ANALYSIS_PROFILE, type AssetAnalysis, type Verdict } from "../analysis/asset-analysis.ts";

export interface NewAnalysis {
  symbol: string;
  period: AnalysisPeriod;
  interval: Interval;
  analysis: AssetAnalysis;
}

export interface StoredAnalysis {
  symbol: string;
  period: AnalysisPeriod;
  interval: Interval;
  asOf: IsoDate;
  profile: string;
  dataSource: DataSource;
  recommendation: string;
  priority: string;
  price: number;
  payload: unknown;
  computedAt: string;
}

/** Rows of one transaction: readers of the API get their turn in between. */
const ROWS_A_TRANSACTION = 50;

/** Stores analyses by the date of their data. A row whose content is the same stays as it is, its age included. */
export async function saveAnalyses(
  db: Database,
  analyses: readonly NewAnalysis[],
  { dataSource, computedAt }: { dataSource: DataSource; computedAt: string },
): Promise<void> {
  for (let start = 0; start < analyses.length; start += ROWS_A_TRANSACTION) {
    const rows = analyses.slice(start, start + ROWS_A_TRANSACTION).map((one) => toRow(one, dataSource, computedAt));
    await db.write((tx) => upsert(tx, rows));
  }
}

async function upsert(tx: Writer, rows: readonly (typeof assetAnalyses.$inferInsert)[]): Promise<void> {
  await tx
    .insert(assetAnalyses)
    .values([...rows])
    .onConflictDoUpdate({
      target: [
        assetAnalyses.symbol,
        assetAnalyses.period,
        assetAnalyses.interval,
        assetAnalyses.asOf,
        assetAnalyses.profile,
      ],
      set: {
        dataSource: sql`excluded.data_source`,
        recommendation: sql`excluded.recommendation`,
        priority: sql`excluded.priority`,
        price: sql`excluded.price`,
        payload: sql`excluded.payload`,
        computedAt: sql`excluded.computed_at`,
      },
      setWhere: sql`${assetAnalyses.payload} <> excluded.payload or ${assetAnalyses.dataSource} <> excluded.data_source`,
    });
}

function toRow({ symbol, period, interval, analysis }: NewAnalysis, dataSource: DataSource, computedAt: string) {
  const { signals, data_as_of } = analysis;
  return {
    symbol,
    period,
    interval,
    asOf: data_as_of,
    profile: ANALYSIS_PROFILE,
    dataSource,
    recommendation: signals.recommendation,
    priority: signals.priority,
    price: signals.price_current,
    payload: analysis,
    computedAt,
  };
}

export interface PreviousAnalysis {
  asOf: IsoDate;
  recommendation: Verdict;
  price: number;
}

/** The newest daily analysis before `asOf` from the same source: what a report compares with. */
export async function loadPrevious(
  { client }: Database,
  { symbol, asOf, dataSource }: { symbol: string; asOf: IsoDate; dataSource: DataSource },
): Promise<PreviousAnalysis | undefined> {
  const { rows } = await client.execute({
    sql: `select as_of, recommendation, price from asset_analyses
          where symbol = ? and period = '1y' and interval = '1d' and profile = ? and data_source = ? and as_of < ?
          order by as_of desc limit 1`,
    args: [symbol, ANALYSIS_PROFILE, dataSource, asOf],
  });
  const [row] = rows;
  return row && { asOf: String(row[0]), recommendation: String(row[1]) as Verdict, price: Number(row[2]) };
}

export interface AnalysisFilter {
  symbol: string;
  interval?: Interval;
  from?: IsoDate;
  to?: IsoDate;
  /** Only older ones: where a page goes on. */
  before?: IsoDate;
  dataSource: DataSource;
}

/** Stored analyses of a symbol, newest first. */
export function loadAnalyses(read: Reader, filter: AnalysisFilter, limit: number): Promise<StoredAnalysis[]> {
  const { symbol, interval = "1d", from, to, before, dataSource } = filter;
  const conditions: (SQL | undefined)[] = [
    eq(assetAnalyses.symbol, symbol),
    eq(assetAnalyses.interval, interval),
    eq(assetAnalyses.dataSource, dataSource),
    from === undefined ? undefined : gte(assetAnalyses.asOf, from),
    to === undefined ? undefined : lte(assetAnalyses.asOf, to),
    before === undefined ? undefined : lt(assetAnalyses.asOf, before),
  ];
  return read
    .select()
    .from(assetAnalyses)
    .where(and(...conditions))
    .orderBy(desc(assetAnalyses.asOf))
    .limit(limit);
}
