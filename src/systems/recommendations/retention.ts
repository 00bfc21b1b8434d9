import { and, inArray, isNotNull, lt } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { analysisDetails, dailyRecommendations } from "../../db/schema/recommendations.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import { utcDate } from "../../kit/dates.ts";
import { days } from "../../kit/duration.ts";

export interface RetentionRules {
  /** 0 = for ever. */
  retentionDetailsDays: number;
  /** 0 = for ever. */
  retentionRecommendationsDays: number;
}

export interface Swept {
  detailsThinned: number;
  recommendationsDeleted: number;
}

/** Rows of one transaction. */
const CHUNK = 200;

/**
 * Forgets what is older than the rules say: the raw data of an analysis (its score, numbers and origin stay), and whole
 * recommendations with their details and outcomes.
 */
export async function sweepRecommendations(db: Database, rules: RetentionRules, now: Date): Promise<Swept> {
  const before = (daysKept: number) => new Date(now.getTime() - days(daysKept));
  const { retentionDetailsDays, retentionRecommendationsDays } = rules;
  return {
    recommendationsDeleted:
      retentionRecommendationsDays === 0
        ? 0
        : await deleteRecommendations(db, utcDate(before(retentionRecommendationsDays))),
    detailsThinned: retentionDetailsDays === 0 ? 0 : await thinDetails(db, before(retentionDetailsDays).toISOString()),
  };
}

function thinDetails(db: Database, createdBefore: string): Promise<number> {
  return inChunks(async () => {
    const old = await db.read
      .select({ id: analysisDetails.id })
      .from(analysisDetails)
      .where(and(isNotNull(analysisDetails.rawData), lt(analysisDetails.createdAt, createdBefore)))
      .limit(CHUNK);
    const ids = old.map(({ id }) => id);
    if (ids.length > 0)
      await db.write(async (tx) => {
        await tx.update(analysisDetails).set({ rawData: null }).where(inArray(analysisDetails.id, ids));
      });
    return ids.length;
  });
}

function deleteRecommendations(db: Database, datesBefore: string): Promise<number> {
  return inChunks(async () => {
    const old = await db.read
      .select({ id: dailyRecommendations.id })
      .from(dailyRecommendations)
      .where(lt(dailyRecommendations.analysisDate, datesBefore))
      .limit(CHUNK);
    const ids = old.map(({ id }) => id);
    if (ids.length > 0)
      await db.write(async (tx) => {
        await tx.delete(dailyRecommendations).where(inArray(dailyRecommendations.id, ids));
      });
    return ids.length;
  });
}

async function inChunks(sweepChunk: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const swept = await sweepChunk();
    total += swept;
    if (swept < CHUNK) return total;
    await yieldToEventLoop();
  }
}
