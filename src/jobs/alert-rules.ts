import type { Database } from "../db/index.ts";
import type { Clock } from "../kit/clock.ts";
import { minutes } from "../kit/duration.ts";
import type { AlertBook } from "./alerts.ts";
import type { JobEntry } from "./job-entry.ts";
import { countFailuresInARow, loadAttempts, loadLastFinishedAt } from "./run-store.ts";
import { loadOldestSlotAt } from "./slot-store.ts";
import { type RunRow, runDurationMs } from "./views.ts";

/** Slots in a row without a completed run that fire `job.failing` even while retries are pending. */
const FAILING_SLOTS = 3;
/** Share of the time limit after which a slot counts as slow, when the job does not say. */
const SLOW_SHARE = 0.8;
/** Periods without a finished run that make a job overdue, when the job does not say. */
const OVERDUE_PERIODS = 2;

const minutesOf = (ms: number): string => `${Math.round(ms / minutes(1))} min`;

/** After a run ended: `job.failing` and `job.slow`. */
export async function judgeEndedRun(db: Database, book: AlertBook, entry: JobEntry, run: RunRow): Promise<void> {
  if (!entry.definition.tellsOwnFailures) await judgeFailing(db, book, run);
  await judgeSlow(db, book, entry, { run, nowMs: Date.parse(run.endTime ?? run.startTime) });
}

async function judgeFailing(db: Database, book: AlertBook, run: RunRow): Promise<void> {
  const job = run.jobName;
  if (run.status === "completed") return book.clear("job.failing", job);
  // A person ended it, or it was started by hand and somebody looks at it.
  if (run.outcome === "cancelled" || !run.slotAt) return;
  const slots = await countFailuresInARow(db, job);
  if (run.retryAt && slots < FAILING_SLOTS) return;
  const tries = run.attempt === 1 ? "its only attempt" : `all ${run.attempt} attempts`;
  await book.raise({
    rule: "job.failing",
    subject: job,
    level: "critical",
    message:
      slots >= FAILING_SLOTS
        ? `${job} failed at ${slots} due times in a row.`
        : `${job} failed: ${tries} for ${run.slotAt} ended without a result (${run.outcome}).`,
    value: Math.max(slots, 1),
    threshold: FAILING_SLOTS,
    context: { run_id: run.id, outcome: run.outcome, error: run.logData?.error ?? null },
  });
}

/** Wall time of a slot's attempts together, the running one included. */
export async function judgeSlow(
  db: Database,
  book: AlertBook,
  { definition }: JobEntry,
  { run, nowMs }: { run: RunRow; nowMs: number },
): Promise<void> {
  const limitMs = definition.slowAfterMs ?? definition.timeoutMs * SLOW_SHARE;
  const attempts = await loadAttempts(db, run);
  const tookMs = attempts.reduce(
    (sum, attempt) => sum + (runDurationMs(attempt) ?? Math.max(nowMs - Date.parse(attempt.startTime), 0)),
    0,
  );
  if (tookMs > limitMs)
    await book.raise({
      rule: "job.slow",
      subject: definition.name,
      level: "warning",
      message: `${definition.name} takes long: ${minutesOf(tookMs)} instead of at most ${minutesOf(limitMs)}.`,
      value: tookMs / 1_000,
      threshold: limitMs / 1_000,
      context: { run_id: run.id },
    });
  else if (run.status === "completed") await book.clear("job.slow", definition.name);
}

/** `job.overdue`: nothing finished for too long, counted from the first sight of a job that never ran. */
export async function judgeOverdue(
  db: Database,
  book: AlertBook,
  entry: JobEntry,
  { clock, takesSlots, firstSeenAt }: { clock: Clock; takesSlots: boolean; firstSeenAt: string | undefined },
): Promise<void> {
  const job = entry.definition.name;
  if (!takesSlots) return book.clear("job.overdue", job);
  const periodMs = entry.schedule.periodMs(clock.now());
  const limitMs = entry.definition.overdueAfterMs ?? (periodMs === undefined ? undefined : periodMs * OVERDUE_PERIODS);
  if (limitMs === undefined) return;
  const since = (await loadLastFinishedAt(db, job)) ?? earlier(await loadOldestSlotAt(db, job), firstSeenAt);
  if (!since) return;
  const idleMs = clock.now().getTime() - Date.parse(since);
  if (idleMs <= limitMs) return book.clear("job.overdue", job);
  await book.raise({
    rule: "job.overdue",
    subject: job,
    level: "warning",
    message: `${job} is overdue: no run has finished since ${since}.`,
    value: Math.round(idleMs / 1_000),
    threshold: limitMs / 1_000,
  });
}

const earlier = (left: string | undefined, right: string | undefined): string | undefined =>
  left === undefined || (right !== undefined && right < left) ? right : left;

export interface DiskSpace {
  freeBytes: number;
  totalBytes: number;
}

const MEGABYTE = 1_000_000;
const LOW_FREE_BYTES = 500 * MEGABYTE;
const LOW_FREE_SHARE = 0.05;
const FULL_FREE_BYTES = 100 * MEGABYTE;

/** Below this jobs refuse to start: a full disk must stop the writers while there is room to repair it. */
export const isDiskFull = (disk: DiskSpace | undefined): boolean =>
  disk !== undefined && disk.freeBytes < FULL_FREE_BYTES;

/** `disk.low`. Unknown space is no reason for an alert and none for its end. */
export async function judgeDisk(book: AlertBook, disk: DiskSpace | undefined): Promise<void> {
  if (!disk) return;
  const full = isDiskFull(disk);
  if (!full && disk.freeBytes >= LOW_FREE_BYTES && disk.freeBytes >= disk.totalBytes * LOW_FREE_SHARE)
    return book.clear("disk.low");
  await book.raise({
    rule: "disk.low",
    level: full ? "critical" : "warning",
    message: full
      ? "The disk of the data directory is full (less than 100 MB): jobs do not start."
      : "The disk of the data directory is nearly full (less than 500 MB or 5 %).",
    value: disk.freeBytes,
    threshold: full ? FULL_FREE_BYTES : Math.max(LOW_FREE_BYTES, disk.totalBytes * LOW_FREE_SHARE),
  });
}

const DATABASE_ERRORS = 3;
const DATABASE_ERRORS_WITHIN_MS = minutes(5);
const DATABASE_QUIET_MS = minutes(15);

/** `db.errors`: counts failed writes (after the store's own retries) and judges them. */
export function createDatabaseErrorRule(clock: Clock, book: AlertBook) {
  let recentMs: number[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    report(): void {
      lastMs = clock.monotonicMs();
      recentMs = [...recentMs, lastMs].slice(-DATABASE_ERRORS);
    },
    async judge(): Promise<void> {
      const nowMs = clock.monotonicMs();
      const recent = recentMs.filter((ms) => nowMs - ms <= DATABASE_ERRORS_WITHIN_MS).length;
      if (recent >= DATABASE_ERRORS)
        await book.raise({
          rule: "db.errors",
          level: "critical",
          message: `The database refused ${DATABASE_ERRORS} or more writes within 5 minutes.`,
          value: recent,
          threshold: DATABASE_ERRORS,
        });
      else if (nowMs - lastMs >= DATABASE_QUIET_MS) await book.clear("db.errors");
    },
  };
}
