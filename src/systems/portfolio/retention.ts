import { lt } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { assetAnalyses, portfolioAlerts, radarScans } from "../../db/schema/portfolio.ts";
import { addDays, utcDate } from "../../kit/dates.ts";
import { days } from "../../kit/duration.ts";
import { sweepResults } from "./store/results.ts";

/** A row per user and cycle: thousands of users would fill a disk with how well they were served. */
const RESULT_DAYS = 7;
/** Like usage and audit (concordance 3). */
const ALERT_DAYS = 400;

export interface RetentionRules {
  /** Analyses and scans are kept as long as recommendations; 0 = for ever. */
  retentionRecommendationsDays: number;
}

/** Forgets results, alerts, and, where the settings say so, analyses and scans. */
export async function sweepPortfolio(db: Database, rules: RetentionRules, now: Date): Promise<void> {
  await sweepResults(db, new Date(now.getTime() - days(RESULT_DAYS)).toISOString());
  const today = utcDate(now);
  await db.write(async (tx) => {
    await tx.delete(portfolioAlerts).where(lt(portfolioAlerts.barDate, addDays(today, -ALERT_DAYS)));
  });
  const keptDays = rules.retentionRecommendationsDays;
  if (keptDays === 0) return;
  await db.write(async (tx) => {
    await tx.delete(assetAnalyses).where(lt(assetAnalyses.asOf, addDays(today, -keptDays)));
    await tx.delete(radarScans).where(lt(radarScans.asOf, addDays(today, -keptDays)));
  });
}
