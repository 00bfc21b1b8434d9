import { and, desc, eq, ne } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { jobRuns } from "../../db/schema/jobs.ts";
import type { AnalysisType } from "../../db/schema/recommendations.ts";
import { DAILY_ANALYSIS } from "./job-names.ts";
import type { RecommendationStore } from "./store.ts";

/** Whether each part of the analysis works, keys in the old API's order. */
export type Services = Record<"technical" | "fundamental" | "sentiment" | "macro", boolean>;

/** From what the last finished run met, without a question to any source: a part works when some ticker had data of it. */
export async function loadServices(db: Database, store: Pick<RecommendationStore, "latest">): Promise<Services> {
  const [newest, wroteNothing] = await Promise.all([store.latest(), lastRunWroteNothing(db)]);
  const items = wroteNothing ? [] : (newest?.items ?? []);
  const works = (type: AnalysisType) => items.some((item) => item.data_quality[type] !== "missing");
  return {
    technical: works("technical"),
    fundamental: works("fundamental"),
    sentiment: works("sentiment"),
    macro: works("macro"),
  };
}

async function lastRunWroteNothing(db: Database): Promise<boolean> {
  const [last] = await db.read
    .select({ status: jobRuns.status, written: jobRuns.tickersProcessed })
    .from(jobRuns)
    .where(and(eq(jobRuns.jobName, DAILY_ANALYSIS), ne(jobRuns.status, "running")))
    .orderBy(desc(jobRuns.startTime))
    .limit(1);
  return last?.status === "failed" && last.written === 0;
}
