import { and, asc, desc, eq, getTableColumns, gte, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database, Reader, Writer } from "../../../db/index.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import { assetAnalyses, portfolioAlerts } from "../../../db/schema/portfolio.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import { ANALYSIS_PROFILE, isFailed } from "../analysis/asset-analysis.ts";
import type { ReportAsset } from "../files/user-report.ts";

export type AlertRow = typeof portfolioAlerts.$inferSelect;
type NewAlert = typeof portfolioAlerts.$inferInsert;

/** High-priority signals of a user's assets as rows. */
export function highAlerts(
  assets: readonly ReportAsset[],
  { userId, runId, createdAt }: { userId: string; runId: number; createdAt: string },
): NewAlert[] {
  return assets.flatMap(({ symbol, entry }) =>
    isFailed(entry)
      ? []
      : entry.signals.alerts
          .filter(({ priority }) => priority === "HIGH")
          .map(({ type, description, priority }) => ({
            userId,
            symbol,
            type,
            barDate: entry.data_as_of,
            priority,
            description,
            recommendation: entry.signals.recommendation,
            price: entry.signals.price_current,
            runId,
            createdAt,
          })),
  );
}

/** Adds those that are new by (user, symbol, type, bar date): the same signal is told once, however often a cycle meets it. */
export async function insertAlerts(tx: Writer, alerts: readonly NewAlert[]): Promise<void> {
  if (alerts.length > 0)
    await tx
      .insert(portfolioAlerts)
      .values([...alerts])
      .onConflictDoNothing();
}

export interface AlertFilter {
  userId: string;
  symbol?: string;
  from?: IsoDate;
  to?: IsoDate;
  /** The last row of the page before. */
  after?: { barDate: IsoDate; symbol: string; type: string };
}

/** `dataSource` is that of the analysis behind it; null once that is forgotten. */
export type SourcedAlert = AlertRow & { dataSource: DataSource | null };

/** A user's alerts, newest bar first, then by symbol and type. */
export function loadAlerts(read: Reader, filter: AlertFilter, limit: number): Promise<SourcedAlert[]> {
  const { userId, symbol, from, to, after } = filter;
  const conditions: (SQL | undefined)[] = [
    eq(portfolioAlerts.userId, userId),
    symbol === undefined ? undefined : eq(portfolioAlerts.symbol, symbol),
    from === undefined ? undefined : gte(portfolioAlerts.barDate, from),
    to === undefined ? undefined : lte(portfolioAlerts.barDate, to),
    after &&
      or(
        sql`${portfolioAlerts.barDate} < ${after.barDate}`,
        sql`${portfolioAlerts.barDate} = ${after.barDate} and (${portfolioAlerts.symbol}, ${portfolioAlerts.type}) > (${after.symbol}, ${after.type})`,
      ),
  ];
  return read
    .select({ ...getTableColumns(portfolioAlerts), dataSource: assetAnalyses.dataSource })
    .from(portfolioAlerts)
    .leftJoin(assetAnalyses, analysisBehind)
    .where(and(...conditions))
    .orderBy(desc(portfolioAlerts.barDate), asc(portfolioAlerts.symbol), asc(portfolioAlerts.type))
    .limit(limit);
}

/** Portfolios are analysed by day over a year. */
const analysisBehind = and(
  eq(assetAnalyses.symbol, portfolioAlerts.symbol),
  eq(assetAnalyses.period, "1y"),
  eq(assetAnalyses.interval, "1d"),
  eq(assetAnalyses.asOf, portfolioAlerts.barDate),
  eq(assetAnalyses.profile, ANALYSIS_PROFILE),
);

/** Alerts that nobody was told about, of bars not older than `since`, oldest first. */
export function loadUndelivered(read: Reader, since: IsoDate, limit: number): Promise<AlertRow[]> {
  return read
    .select()
    .from(portfolioAlerts)
    .where(
      and(
        isNull(portfolioAlerts.deliveredAt),
        gte(portfolioAlerts.barDate, since),
        // What a look back found is no news.
        sql`not exists (select 1 from job_runs where job_runs.id = ${portfolioAlerts.runId}
            and json_extract(job_runs.params, '$.as_of') is not null)`,
      ),
    )
    .orderBy(asc(portfolioAlerts.createdAt))
    .limit(limit);
}

export async function markDelivered(
  db: Database,
  { userId, symbol, type, barDate }: AlertRow,
  deliveredAt: string,
): Promise<void> {
  await db.write(async (tx) => {
    await tx
      .update(portfolioAlerts)
      .set({ deliveredAt })
      .where(
        and(
          eq(portfolioAlerts.userId, userId),
          eq(portfolioAlerts.symbol, symbol),
          eq(portfolioAlerts.type, type),
          eq(portfolioAlerts.barDate, barDate),
        ),
      );
  });
}
