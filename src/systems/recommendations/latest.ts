import { and, asc, desc, eq, getTableColumns, ne, sql } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import type { DataSource } from "../../db/schema/market.ts";
import { dailyRecommendations } from "../../db/schema/recommendations.ts";
import type { IsoDate } from "../../kit/dates.ts";
import { DAILY_ANALYSIS } from "./job-names.ts";
import { type RecommendationView, renderRecommendation, statusesOfDetails } from "./views.ts";

/** The recommendations of one date, as they are served. */
export interface LatestRecommendations {
  analysisDate: IsoDate;
  dataSource: DataSource;
  /** Run that wrote the newest of the rows. */
  jobRunId: number | null;
  /** Changes whenever a row of the date changes (run id and sum of the revisions): for `ETag`. */
  version: string;
  /** When the newest row was written. */
  updatedAt: string;
  /** By total descending, then by ticker. Shared between readers: never change it. */
  items: readonly RecommendationView[];
  /** `items` as JSON text, ready to be sent. */
  json: string;
}

export interface LatestCache {
  load(): Promise<LatestRecommendations | undefined>;
  /** The next `load` reads the database again. */
  invalidate(): void;
}

/** Keeps the rendered newest date in memory, because every reader wants it and it changes a few times a day. */
export function createLatestCache(db: Database, dataSource: DataSource): LatestCache {
  let cached: Promise<LatestRecommendations | undefined> | undefined;
  return {
    load() {
      if (cached) return cached;
      const loading = loadLatest(db, dataSource);
      cached = loading;
      loading.catch(() => {
        if (cached === loading) cached = undefined;
      });
      return loading;
    },
    invalidate() {
      cached = undefined;
    },
  };
}

async function loadLatest(db: Database, dataSource: DataSource): Promise<LatestRecommendations | undefined> {
  const newest = await findLatestDate(db, dataSource);
  if (!newest) return undefined;
  const rows = await db.read
    .select({ ...getTableColumns(dailyRecommendations), statuses: statusesOfDetails })
    .from(dailyRecommendations)
    .where(
      and(
        eq(dailyRecommendations.analysisDate, newest.analysisDate),
        eq(dailyRecommendations.dataSource, newest.dataSource),
      ),
    )
    .orderBy(desc(dailyRecommendations.totalScore), asc(dailyRecommendations.ticker));
  const items = rows.map(renderRecommendation);
  const jobRunId = rows.reduce<number | null>((run, row) => Math.max(run ?? 0, row.jobRunId ?? 0) || null, null);
  const revisions = rows.reduce((sum, row) => sum + row.revision, 0);
  return {
    ...newest,
    jobRunId,
    version: `${jobRunId ?? 0}.${revisions}`,
    updatedAt: rows
      .map((row) => row.updatedAt)
      .sort()
      .at(-1)!,
    items,
    json: JSON.stringify(items),
  };
}

/**
 * The date to serve: rows of the source in use before rows of another one (both are labelled, never mixed), batches
 * before backfills, a date whose run completed before one that is still being written; then the newest. One question
 * after the other, because the first one nearly always finds its row at the end of the index.
 */
async function findLatestDate(db: Database, dataSource: DataSource) {
  const inUse = eq(dailyRecommendations.dataSource, dataSource);
  const conditions = [
    and(inUse, isBatch, isComplete),
    and(inUse, isBatch),
    inUse,
    and(isBatch, isComplete),
    isBatch,
    undefined,
  ];
  for (const condition of conditions) {
    const [found] = await db.read
      .select({ analysisDate: dailyRecommendations.analysisDate, dataSource: dailyRecommendations.dataSource })
      .from(dailyRecommendations)
      .where(condition)
      .orderBy(desc(dailyRecommendations.analysisDate))
      .limit(1);
    if (found) return found;
  }
  return undefined;
}

export const isBatch = ne(dailyRecommendations.trigger, "backfill");

/**
 * The run that wrote the row completed, or has been forgotten, or some run completed the row's date (a retry that found
 * nothing left to do writes no row).
 */
const isComplete = sql`(
  ${dailyRecommendations.jobRunId} is null
  or exists (select 1 from job_runs r where r.id = ${dailyRecommendations.jobRunId} and r.status = 'completed')
  or exists (select 1 from job_runs r where r.job_name = ${DAILY_ANALYSIS} and r.status = 'completed'
    and json_extract(r.log_data, '$.analysis_date') = ${dailyRecommendations.analysisDate}))`;
