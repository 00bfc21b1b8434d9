import { and, asc, desc, eq, gt, gte, isNotNull, isNull, lt, lte } from "drizzle-orm";
import type { Database, Writer } from "../db/index.ts";
import { jobRuns, jobSlots, jobState, type SkipReason } from "../db/schema/jobs.ts";
import { insertRun, type NewRun } from "./run-store.ts";
import type { SlotFate } from "./slots.ts";
import type { RunRow, SlotRow } from "./views.ts";

/** Rows of one insert: SQLite takes 32,766 bound values, a slot has eight. */
const SLOTS_PER_INSERT = 500;

export interface ClaimedSlots {
  /** The run of the one slot that runs; absent when none does. */
  run?: RunRow;
  skipped: { slotAt: string; reason: SkipReason }[];
  /** Runs whose pending retry was dropped, because a newer slot came due. */
  droppedRetries: number[];
}

export interface ClaimOptions {
  /** Slots up to here have their fate afterwards. */
  through: string;
  /** Pending retries of older slots are dropped. */
  endsRetriesBefore: Date | undefined;
  newRun: Omit<NewRun, "job" | "trigger" | "slotAt" | "attempt" | "params">;
}

/**
 * Writes the fates of due slots in one transaction: rows, the run of the one that runs, the end of pending retries of
 * older slots, and `scheduled_through`. A slot that already has a row keeps its fate.
 */
export async function claimSlots(
  db: Database,
  job: string,
  fates: readonly SlotFate[],
  { through, endsRetriesBefore, newRun }: ClaimOptions,
): Promise<ClaimedSlots> {
  return db.write(async (tx) => {
    const claimed: ClaimedSlots = { skipped: [], droppedRetries: [] };
    await insertSkipped(tx, job, fates, newRun.now, claimed);
    const running = fates.find((fate) => "run" in fate);
    if (running) {
      const slotAt = running.slotAt.toISOString();
      if (await insertRunning(tx, job, running, newRun.now)) {
        const started = await insertRun(tx, {
          ...newRun,
          job,
          trigger: running.run,
          attempt: 1,
          slotAt,
          params: null,
        });
        if ("row" in started) {
          await setSlot(tx, job, slotAt, { runId: started.row.id });
          claimed.run = started.row;
        } else {
          await setSlot(tx, job, slotAt, { state: "skipped", reason: "overlap", settledAt: newRun.now });
          claimed.skipped.push({ slotAt, reason: "overlap" });
        }
      }
    }
    if (endsRetriesBefore)
      claimed.droppedRetries = await dropOlderRetries(tx, job, endsRetriesBefore.toISOString(), newRun.now);
    await saveScheduledThrough(tx, job, through, newRun.now);
    return claimed;
  });
}

async function insertSkipped(
  tx: Writer,
  job: string,
  fates: readonly SlotFate[],
  now: string,
  claimed: ClaimedSlots,
): Promise<void> {
  const rows = fates.flatMap((fate) =>
    "skip" in fate
      ? [
          {
            job,
            slotAt: fate.slotAt.toISOString(),
            state: "skipped" as const,
            reason: fate.skip,
            trigger: "cron" as const,
            createdAt: now,
            settledAt: now,
          },
        ]
      : [],
  );
  for (let start = 0; start < rows.length; start += SLOTS_PER_INSERT) {
    const stored = await tx
      .insert(jobSlots)
      .values(rows.slice(start, start + SLOTS_PER_INSERT))
      .onConflictDoNothing()
      .returning({ slotAt: jobSlots.slotAt, reason: jobSlots.reason });
    for (const { slotAt, reason } of stored) if (reason) claimed.skipped.push({ slotAt, reason });
  }
}

async function insertRunning(
  tx: Writer,
  job: string,
  { slotAt, run: trigger }: Extract<SlotFate, { run: unknown }>,
  now: string,
): Promise<boolean> {
  const stored = await tx
    .insert(jobSlots)
    .values({ job, slotAt: slotAt.toISOString(), state: "running", trigger, createdAt: now })
    .onConflictDoNothing()
    .returning({ job: jobSlots.job });
  return stored.length > 0;
}

/** A slot with a pending retry that is older than `before` is over: it ran, and its run says how. */
async function dropOlderRetries(tx: Writer, job: string, before: string, now: string): Promise<number[]> {
  const dropped = await tx
    .update(jobRuns)
    .set({ retryAt: null })
    .where(and(eq(jobRuns.jobName, job), isNotNull(jobRuns.retryAt), lt(jobRuns.slotAt, before)))
    .returning({ id: jobRuns.id });
  if (dropped.length > 0)
    await tx
      .update(jobSlots)
      .set({ state: "done", settledAt: now })
      .where(and(eq(jobSlots.job, job), eq(jobSlots.state, "due"), lt(jobSlots.slotAt, before)));
  return dropped.map(({ id }) => id);
}

export async function setSlot(
  tx: Writer,
  job: string,
  slotAt: string,
  values: Partial<Pick<SlotRow, "state" | "reason" | "runId" | "settledAt">>,
): Promise<void> {
  await tx
    .update(jobSlots)
    .set(values)
    .where(and(eq(jobSlots.job, job), eq(jobSlots.slotAt, slotAt)));
}

export interface JobMemory {
  paused: boolean;
  /** Undefined until the scheduler saw the job for the first time. */
  scheduledThrough: string | undefined;
  lastOkAt: string | undefined;
}

export async function loadJobMemories(db: Database): Promise<Map<string, JobMemory>> {
  const rows = await db.read.select().from(jobState);
  return new Map(
    rows.map((row) => [
      row.job,
      {
        paused: row.paused,
        scheduledThrough: row.scheduledThrough ?? undefined,
        lastOkAt: row.lastOkAt ?? undefined,
      },
    ]),
  );
}

export async function saveScheduledThrough(tx: Writer, job: string, through: string, now: string): Promise<void> {
  await tx
    .insert(jobState)
    .values({ job, scheduledThrough: through, updatedAt: now })
    .onConflictDoUpdate({ target: jobState.job, set: { scheduledThrough: through, updatedAt: now } });
}

export async function savePaused(db: Database, job: string, paused: boolean, now: string): Promise<void> {
  await db.write(async (tx) => {
    await tx
      .insert(jobState)
      .values({ job, paused, updatedAt: now })
      .onConflictDoUpdate({ target: jobState.job, set: { paused, updatedAt: now } });
  });
}

/**
 * After the clock went back: slots that lie ahead again and never ran lose their fate, and get one when they are due.
 * Returns how many.
 */
export async function forgetSlotsAhead(db: Database, job: string, now: string): Promise<number> {
  return db.write(async (tx) => {
    const forgotten = await tx
      .delete(jobSlots)
      .where(
        and(eq(jobSlots.job, job), gt(jobSlots.slotAt, now), eq(jobSlots.state, "skipped"), isNull(jobSlots.runId)),
      )
      .returning({ slotAt: jobSlots.slotAt });
    await saveScheduledThrough(tx, job, now, now);
    return forgotten.length;
  });
}

/**
 * Slots that came due while the last process was stopping, not older than `since`, are given back: the start decides
 * about them as about any missed slot. Returns the oldest.
 */
export async function takeBackShutdownSlots(db: Database, job: string, since: string): Promise<string | undefined> {
  return db.write(async (tx) => {
    const taken = await tx
      .delete(jobSlots)
      .where(and(eq(jobSlots.job, job), gte(jobSlots.slotAt, since), eq(jobSlots.reason, "shutdown")))
      .returning({ slotAt: jobSlots.slotAt });
    return taken.map(({ slotAt }) => slotAt).sort()[0];
  });
}

/** The oldest slot that is still stored: the job is known at least since then. */
export async function loadOldestSlotAt(db: Database, job: string): Promise<string | undefined> {
  const [row] = await db.read
    .select({ at: jobSlots.slotAt })
    .from(jobSlots)
    .where(eq(jobSlots.job, job))
    .orderBy(asc(jobSlots.slotAt))
    .limit(1);
  return row?.at;
}

/** Newest first. `from` and `to` are instants, both included. */
export async function loadSlots(
  db: Database,
  { job, from, to, limit }: { job?: string; from?: string; to?: string; limit: number },
): Promise<SlotRow[]> {
  return db.read
    .select()
    .from(jobSlots)
    .where(
      and(
        job ? eq(jobSlots.job, job) : undefined,
        from ? gte(jobSlots.slotAt, from) : undefined,
        to ? lte(jobSlots.slotAt, to) : undefined,
      ),
    )
    .orderBy(desc(jobSlots.slotAt), asc(jobSlots.job))
    .limit(limit);
}
