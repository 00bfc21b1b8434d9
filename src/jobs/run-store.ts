import { and, desc, eq, gt, inArray, isNotNull, lt, ne, sql } from "drizzle-orm";
import type { Database, Reader, Writer } from "../db/index.ts";
import { jobRuns, jobSlots, jobState, type Outcome, type Trigger } from "../db/schema/jobs.ts";
import type { RunFilter } from "./runtime.ts";
import type { LiveProgress, RunRow } from "./views.ts";

export interface NewRun {
  uid: string;
  job: string;
  trigger: Trigger;
  attempt: number;
  slotAt: string | null;
  params: Record<string, unknown> | null;
  now: string;
  bootId: string;
}

/** The new `running` row, or the id of the run that is in its way. Part of the transaction that claims the slot. */
export async function insertRun(tx: Writer, run: NewRun): Promise<{ row: RunRow } | { busyId: number }> {
  // Asked first: the partial unique index would refuse too, but a refused insert counts as a database error.
  const busyId = await loadRunningId(tx, run.job);
  if (busyId !== undefined) return { busyId };
  const [row] = await tx
    .insert(jobRuns)
    .values({
      uid: run.uid,
      jobName: run.job,
      trigger: run.trigger,
      attempt: run.attempt,
      slotAt: run.slotAt,
      params: run.params,
      startTime: run.now,
      status: "running",
      heartbeatAt: run.now,
      bootId: run.bootId,
      owner: `${process.pid}`,
      createdAt: run.now,
    })
    .returning();
  return { row: row! };
}

export async function loadRunningId(db: Pick<Reader, "select">, job: string): Promise<number | undefined> {
  const [row] = await db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(and(eq(jobRuns.jobName, job), eq(jobRuns.subject, ""), eq(jobRuns.status, "running")));
  return row?.id;
}

export interface RunEnd {
  outcome: Outcome;
  unitsWritten: number;
  errors: number;
  logData: Record<string, unknown>;
  progress: LiveProgress;
  endTime: string;
  retryAt: string | null;
  nothingNew: boolean;
}

/** Closes the run, settles its slot (or keeps it due for the retry) and remembers a success, together. */
export async function saveRunEnd(db: Database, run: RunRow, end: RunEnd): Promise<RunRow> {
  const completed = end.outcome === "ok" || end.outcome === "partial";
  return db.write(async (tx) => {
    const [row] = await tx
      .update(jobRuns)
      .set({
        status: completed ? "completed" : "failed",
        outcome: end.outcome,
        endTime: end.endTime,
        heartbeatAt: end.endTime,
        tickersProcessed: end.unitsWritten,
        errorsCount: end.errors,
        progressDone: end.progress.done,
        progressTotal: end.progress.total,
        progressItem: end.progress.item,
        logData: end.logData,
        retryAt: end.retryAt,
      })
      .where(and(eq(jobRuns.id, run.id), eq(jobRuns.status, "running")))
      .returning();
    // Closed by somebody else already: its slot has its fate.
    if (!row) return run;
    if (run.slotAt) {
      const fate = end.retryAt
        ? ({ state: "due", reason: null, settledAt: null } as const)
        : end.nothingNew
          ? ({ state: "skipped", reason: "nothing_new", settledAt: end.endTime } as const)
          : ({ state: "done", reason: null, settledAt: end.endTime } as const);
      await tx
        .update(jobSlots)
        .set(fate)
        .where(and(eq(jobSlots.job, run.jobName), eq(jobSlots.slotAt, run.slotAt)));
    }
    if (completed) await rememberSuccess(tx, run.jobName, end.endTime);
    return row;
  });
}

async function rememberSuccess(tx: Writer, job: string, at: string): Promise<void> {
  await tx
    .insert(jobState)
    .values({ job, lastOkAt: at, updatedAt: at })
    .onConflictDoUpdate({ target: jobState.job, set: { lastOkAt: at, updatedAt: at } });
}

export async function saveProgress(db: Database, runId: number, progress: LiveProgress, now: string): Promise<void> {
  await db.write(async (tx) => {
    await tx
      .update(jobRuns)
      .set({
        progressDone: progress.done,
        progressTotal: progress.total,
        progressItem: progress.item,
        heartbeatAt: now,
      })
      .where(and(eq(jobRuns.id, runId), eq(jobRuns.status, "running")));
  });
}

/** Takes the pending retry out of a row because it starts now; false when it was dropped meanwhile. */
export async function takeRetry(tx: Writer, runId: number): Promise<boolean> {
  const taken = await tx
    .update(jobRuns)
    .set({ retryAt: null })
    .where(and(eq(jobRuns.id, runId), isNotNull(jobRuns.retryAt)))
    .returning({ id: jobRuns.id });
  return taken.length > 0;
}

/** Runs that wait for their next attempt. */
export async function loadPendingRetries(db: Database): Promise<RunRow[]> {
  return db.read.select().from(jobRuns).where(isNotNull(jobRuns.retryAt)).orderBy(jobRuns.retryAt);
}

export async function loadRun(db: Database, id: number): Promise<RunRow | undefined> {
  const [row] = await db.read.select().from(jobRuns).where(eq(jobRuns.id, id));
  return row;
}

/** Newest first. */
export async function loadRuns(db: Database, { job, limit, beforeId }: RunFilter): Promise<RunRow[]> {
  return db.read
    .select()
    .from(jobRuns)
    .where(and(job ? eq(jobRuns.jobName, job) : undefined, beforeId ? lt(jobRuns.id, beforeId) : undefined))
    .orderBy(desc(jobRuns.id))
    .limit(limit);
}

export async function hasRun(db: Database, job: string): Promise<boolean> {
  const [row] = await db.read.select({ id: jobRuns.id }).from(jobRuns).where(eq(jobRuns.jobName, job)).limit(1);
  return row !== undefined;
}

/** Successful runs that the time left is estimated from. */
const RUNS_FOR_ESTIMATE = 5;

/** Mean milliseconds per unit of the last successful runs; undefined when none counted units. */
export async function loadMsPerUnit(db: Database, job: string): Promise<number | undefined> {
  const rows = await db.read
    .select({ start: jobRuns.startTime, end: jobRuns.endTime, done: jobRuns.progressDone })
    .from(jobRuns)
    .where(and(eq(jobRuns.jobName, job), inArray(jobRuns.outcome, ["ok", "partial"]), gt(jobRuns.progressDone, 0)))
    .orderBy(desc(jobRuns.id))
    .limit(RUNS_FOR_ESTIMATE);
  const units = rows.reduce((sum, row) => sum + row.done, 0);
  const ms = rows.reduce((sum, row) => sum + Date.parse(row.end!) - Date.parse(row.start), 0);
  return units > 0 ? ms / units : undefined;
}

/** Ended attempts of one slot, or the run alone when it has none; oldest first. */
export async function loadAttempts(db: Database, run: RunRow): Promise<RunRow[]> {
  if (!run.slotAt) return [(await loadRun(db, run.id)) ?? run];
  return db.read
    .select()
    .from(jobRuns)
    .where(and(eq(jobRuns.jobName, run.jobName), eq(jobRuns.slotAt, run.slotAt)))
    .orderBy(jobRuns.id);
}

/** Slots that ran to a final failure since the job last completed. */
export async function countFailuresInARow(db: Database, job: string): Promise<number> {
  // From the newest run backwards: a minute job has thousands of slots, but few failures since its last success.
  const [lastOk] = await db.read
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(and(eq(jobRuns.jobName, job), eq(jobRuns.status, "completed")))
    .orderBy(desc(jobRuns.id))
    .limit(1);
  const [row] = await db.read
    .select({ failures: sql<number>`count(*)` })
    .from(jobRuns)
    .innerJoin(
      jobSlots,
      and(eq(jobSlots.job, jobRuns.jobName), eq(jobSlots.slotAt, jobRuns.slotAt), eq(jobSlots.runId, jobRuns.id)),
    )
    .where(
      and(
        gt(jobRuns.id, lastOk?.id ?? 0),
        eq(jobRuns.jobName, job),
        eq(jobRuns.status, "failed"),
        eq(jobSlots.state, "done"),
      ),
    );
  return row?.failures ?? 0;
}

export async function loadLastFinishedAt(db: Database, job: string): Promise<string | undefined> {
  const [row] = await db.read
    .select({ at: jobRuns.endTime })
    .from(jobRuns)
    .where(and(eq(jobRuns.jobName, job), ne(jobRuns.status, "running")))
    .orderBy(desc(jobRuns.id))
    .limit(1);
  return row?.at ?? undefined;
}
