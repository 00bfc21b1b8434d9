import { and, desc, eq, inArray, isNull, lt, ne, notInArray, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../db/index.ts";
import { alerts, jobRuns, jobSlots } from "../db/schema/jobs.ts";
import { runLogs } from "../db/schema/run-logs.ts";
import { yieldToEventLoop } from "../kit/clock.ts";
import { days, minutes } from "../kit/duration.ts";
import { errorCode } from "../kit/errors.ts";
import { defineJob, type JobContext, type JobDefinition } from "./define.ts";

export interface RetentionOptions {
  db: Database;
  logs: Database;
  /** RETENTION_JOB_RUNS_DAYS; 0 keeps runs for ever (up to `MAX_RUNS_PER_JOB`). */
  jobRunsDays: number;
  /** What else is swept: the systems' tables, counters of outgoing calls. Returns the rows deleted when it counts them. */
  sweeps?: readonly { name: string; sweep: (now: Date) => Promise<unknown> }[];
}

/** A minute job that always does something fills this in three and a half days. */
export const MAX_RUNS_PER_JOB = 5_000;
export const SLOT_DAYS = 30;
/** The slots of a minute job in 30 days are 43,200: more comes from a clock that was wrong. */
export const MAX_SLOTS_PER_JOB = 45_000;
export const LOG_LINE_DAYS = 14;
export const MAX_LOG_LINES = 50_000;
/** Resolved alerts are few and tell a year's story. */
export const ALERT_DAYS = 400;
/** Rows of one transaction: others get their turn between two. */
const ROWS_A_BATCH = 500;

/** The daily sweep by age and count. Its parts are independent: one that fails leaves the others and makes it `partial`. */
export function retentionJob(options: RetentionOptions): JobDefinition {
  return defineJob({
    name: "retention",
    about: "Deletes runs, slots, log lines and resolved alerts that are older than the settings say.",
    schedule: { cron: "15 4 * * *", timezone: "UTC" },
    overlap: "skip",
    catchUp: { mode: "none" },
    timeoutMs: minutes(15),
    retries: { times: 0, delaysMs: [] },
    async run(context) {
      const parts = [...ownParts(options), ...(options.sweeps ?? [])];
      context.progress.total(parts.length);
      const deleted: Record<string, number | null> = {};
      const failures: string[] = [];
      for (const { name, sweep } of parts) {
        context.signal.throwIfAborted();
        try {
          const count = await sweep(context.clock.now(), context);
          deleted[name] = typeof count === "number" ? count : null;
        } catch (thrown) {
          context.signal.throwIfAborted();
          failures.push(name);
          context.log.error("retention.failed", `Sweeping ${name} failed.`, { part: name, error: errorCode(thrown) });
        }
        context.progress.advance(1, name);
      }
      const total = Object.values(deleted).reduce<number>((sum, count) => sum + (count ?? 0), 0);
      context.log.info("retention.swept", `${total} rows deleted.`, { deleted });
      return {
        outcome: failures.length === 0 ? "ok" : failures.length < parts.length ? "partial" : "failed",
        unitsWritten: total,
        errors: failures.length,
        logData: { deleted, failures },
        ...(failures.length > 0 ? { message: `Not swept: ${failures.join(", ")}.` } : {}),
      };
    },
  });
}

interface Part {
  name: string;
  /** Resolves with the rows deleted when it counts them. */
  sweep: (now: Date, context: JobContext) => Promise<unknown>;
}

function ownParts({ db, logs, jobRunsDays }: RetentionOptions): Part[] {
  const before = (now: Date, count: number) => new Date(now.getTime() - days(count)).toISOString();
  return [
    {
      name: "job_runs",
      sweep: async (now, context) => {
        const old = jobRunsDays > 0 ? sweepRuns(db, lt(jobRuns.startTime, before(now, jobRunsDays)), context) : 0;
        return (await old) + (await sweepSurplusRuns(db, context));
      },
    },
    {
      name: "job_slots",
      sweep: async (now, context) => {
        const old = await sweepSlots(db, lt(jobSlots.slotAt, before(now, SLOT_DAYS)), context);
        return old + (await sweepSurplusSlots(db, context));
      },
    },
    {
      name: "alerts",
      sweep: (now, context) =>
        sweepRows(db, context, {
          table: alerts,
          where: and(eq(alerts.state, "resolved"), lt(alerts.lastSeen, before(now, ALERT_DAYS))),
        }),
    },
    {
      name: "run_logs",
      sweep: async (now, context) => {
        const old = await sweepRows(logs, context, {
          table: runLogs,
          where: lt(runLogs.at, before(now, LOG_LINE_DAYS)),
        });
        return old + (await sweepSurplusLines(logs, context));
      },
    },
  ];
}

/** Ended runs, but never the last success of a job and never one that waits for a retry. */
function sweepRuns(db: Database, which: SQL | undefined, context: JobContext): Promise<number> {
  const lastSuccesses = db.read
    .select({ id: sql<number>`max(${jobRuns.id})` })
    .from(jobRuns)
    .where(eq(jobRuns.status, "completed"))
    .groupBy(jobRuns.jobName);
  return sweepRows(db, context, {
    table: jobRuns,
    where: and(which, ne(jobRuns.status, "running"), isNull(jobRuns.retryAt), notInArray(jobRuns.id, lastSuccesses)),
  });
}

async function sweepSurplusRuns(db: Database, context: JobContext): Promise<number> {
  let deleted = 0;
  for (const { job } of await db.read.selectDistinct({ job: jobRuns.jobName }).from(jobRuns)) {
    const [oldestKept] = await db.read
      .select({ id: jobRuns.id })
      .from(jobRuns)
      .where(eq(jobRuns.jobName, job))
      .orderBy(desc(jobRuns.id))
      .limit(1)
      .offset(MAX_RUNS_PER_JOB - 1);
    if (oldestKept)
      deleted += await sweepRuns(db, and(eq(jobRuns.jobName, job), lt(jobRuns.id, oldestKept.id)), context);
  }
  return deleted;
}

/** Slots that have their fate; open ones wait for a run. */
function sweepSlots(db: Database, which: SQL | undefined, context: JobContext): Promise<number> {
  return sweepRows(db, context, { table: jobSlots, where: and(which, inArray(jobSlots.state, ["done", "skipped"])) });
}

async function sweepSurplusSlots(db: Database, context: JobContext): Promise<number> {
  let deleted = 0;
  for (const { job } of await db.read.selectDistinct({ job: jobSlots.job }).from(jobSlots)) {
    const [oldestKept] = await db.read
      .select({ slotAt: jobSlots.slotAt })
      .from(jobSlots)
      .where(eq(jobSlots.job, job))
      .orderBy(desc(jobSlots.slotAt))
      .limit(1)
      .offset(MAX_SLOTS_PER_JOB - 1);
    if (oldestKept)
      deleted += await sweepSlots(db, and(eq(jobSlots.job, job), lt(jobSlots.slotAt, oldestKept.slotAt)), context);
  }
  return deleted;
}

async function sweepSurplusLines(logs: Database, context: JobContext): Promise<number> {
  const [oldestKept] = await logs.read
    .select({ at: runLogs.at })
    .from(runLogs)
    .orderBy(desc(runLogs.at))
    .limit(1)
    .offset(MAX_LOG_LINES - 1);
  // Lines of the same millisecond stay together: a few more than the limit.
  return oldestKept ? sweepRows(logs, context, { table: runLogs, where: lt(runLogs.at, oldestKept.at) }) : 0;
}

async function sweepRows(
  db: Database,
  { signal }: JobContext,
  { table, where }: { table: SQLiteTable; where: SQL | undefined },
): Promise<number> {
  let deleted = 0;
  for (;;) {
    signal.throwIfAborted();
    const rows = sql`rowid in (select rowid from ${table} where ${where} limit ${ROWS_A_BATCH})`;
    const batch = await db.write(async (tx) => (await tx.delete(table).where(rows)).rowsAffected);
    deleted += batch;
    if (batch < ROWS_A_BATCH) return deleted;
    await yieldToEventLoop();
  }
}
