import { and, desc, eq, inArray, ne } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { jobRuns } from "../../db/schema/jobs.ts";
import type { AlertBook } from "../../jobs/alerts.ts";
import type { Settings } from "../../settings.ts";
import { DAILY_ANALYSIS } from "./job-names.ts";
import { runsEveryDay } from "./schedule.ts";
import type { RecommendationStore } from "./store.ts";

/** Age of the newest recommendations from which `data.stale` fires; longer when weekends have no run (specification 10.5). */
const STALE_HOURS = 36;
const STALE_HOURS_WEEKDAYS = 72;
/** Runs in a row that a source must be down. */
const RUNS_DOWN = 3;

interface DataAlertDeps {
  settings: Settings;
  db: Database;
  store: RecommendationStore;
}

/** Raises and clears `data.stale`. Before the first analysis there is nothing that could be old. */
export async function judgeDataAge(book: AlertBook, { settings, store }: DataAlertDeps, now: Date): Promise<void> {
  const { age_seconds: age, latest_analysis_date: date } = await store.dataAge(now);
  const limit = runsEveryDay(settings) ? STALE_HOURS : STALE_HOURS_WEEKDAYS;
  const hours = age === null ? 0 : Math.floor(age / 3_600);
  if (age === null || age <= limit * 3_600) return book.clear("data.stale");
  return book.raise({
    rule: "data.stale",
    level: "warning",
    message: `The newest recommendations are of ${date}, ${hours} hours old.`,
    value: hours,
    threshold: limit,
  });
}

/** Raises `source.down` for each source that gave nothing in three runs in a row; clears it at its first answer. */
export async function judgeSources(book: AlertBook, { db }: DataAlertDeps, current: SourcesOfRun): Promise<void> {
  const earlier = await loadEarlierRuns(db, current.runId);
  for (const source of current.called) {
    const isDown = (run: SourcesOfRun) => run.down.includes(source);
    if (!isDown(current)) await book.clear("source.down", source);
    else if (earlier.length === RUNS_DOWN - 1 && earlier.every(isDown)) {
      const message = `${source} gave no answer in ${RUNS_DOWN} runs in a row.`;
      await book.raise({ rule: "source.down", subject: source, level: "warning", message, threshold: RUNS_DOWN });
    }
  }
}

export interface SourcesOfRun {
  runId: number;
  called: readonly string[];
  down: readonly string[];
}

/** `log_data` of a daily run, as far as it is read here. */
interface DailyLogData {
  source_calls?: Record<string, number>;
  sources_down?: string[];
}

async function loadEarlierRuns(db: Database, runId: number): Promise<SourcesOfRun[]> {
  const rows = await db.read
    .select({ id: jobRuns.id, logData: jobRuns.logData })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.jobName, DAILY_ANALYSIS),
        ne(jobRuns.id, runId),
        ne(jobRuns.trigger, "backfill"),
        inArray(jobRuns.outcome, ["ok", "partial", "failed"]),
      ),
    )
    .orderBy(desc(jobRuns.id))
    .limit(RUNS_DOWN - 1);
  return rows.map(({ id, logData }) => {
    const { source_calls = {}, sources_down = [] } = (logData ?? {}) as DailyLogData;
    return { runId: id, called: Object.keys(source_calls), down: sources_down };
  });
}
