import { lt, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../../db/index.ts";
import { assetAnalyses, portfolioAlerts, portfolioResults, radarScans } from "../../db/schema/portfolio.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import { addDays, utcDate } from "../../kit/dates.ts";
import { days } from "../../kit/duration.ts";

/** A row per user and cycle: thousands of users would fill a disk with how well they were served. */
const RESULT_DAYS = 7;
/** Like usage and audit (concordance 3). */
const ALERT_DAYS = 400;

export interface RetentionRules {
  /** Analyses and scans are kept as long as recommendations; 0 = for ever. */
  retentionRecommendationsDays: number;
}

/** Rows deleted. */
export interface Swept {
  results: number;
  alerts: number;
  analyses: number;
  /** Their candidates go with them, uncounted. */
  scans: number;
}

/** Forgets results, alerts, and, where the settings say so, analyses and scans. */
export async function sweepPortfolio(db: Database, rules: RetentionRules, now: Date): Promise<Swept> {
  const today = utcDate(now);
  const resultsBefore = new Date(now.getTime() - days(RESULT_DAYS)).toISOString();
  const swept = {
    results: await deleteInChunks(db, portfolioResults, lt(portfolioResults.createdAt, resultsBefore)),
    alerts: await deleteInChunks(db, portfolioAlerts, lt(portfolioAlerts.barDate, addDays(today, -ALERT_DAYS))),
  };
  const keptDays = rules.retentionRecommendationsDays;
  if (keptDays === 0) return { ...swept, analyses: 0, scans: 0 };
  const keptFrom = addDays(today, -keptDays);
  return {
    ...swept,
    analyses: await deleteInChunks(db, assetAnalyses, lt(assetAnalyses.asOf, keptFrom)),
    scans: await deleteInChunks(db, radarScans, lt(radarScans.asOf, keptFrom)),
  };
}

/** Rows of one transaction: other writers and readers of the API get their turn in between. */
const ROWS_A_CHUNK = 1_000;

async function deleteInChunks(db: Database, table: SQLiteTable, where: SQL): Promise<number> {
  const rows = sql`rowid in (select rowid from ${table} where ${where} limit ${ROWS_A_CHUNK})`;
  let deleted = 0;
  for (;;) {
    const { rowsAffected } = await db.write(async (tx) => tx.delete(table).where(rows));
    deleted += rowsAffected;
    if (rowsAffected < ROWS_A_CHUNK) return deleted;
    await yieldToEventLoop();
  }
}
