import type { Database } from "../db/index.ts";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { JobEntry } from "./job-entry.ts";
import { insertRun, loadPendingRetries, loadRunningId, takeRetry } from "./run-store.ts";
import type { ActiveRun, Runner } from "./runner.ts";
import { setSlot } from "./slot-store.ts";
import type { RunRow } from "./views.ts";

/** Ended runs that wait for their next attempt. The rows are the truth; this is their short list in memory. */
export interface PendingRetries {
  /** Reads what the last process left. */
  load(): Promise<void>;
  add(row: RunRow): void;
  /** The row lost its retry: a newer slot came due. */
  drop(runId: number): void;
  /** Starts what is due, unless its job runs or takes no slots now: then it waits. */
  startDue(): Promise<void>;
  /** When the next retry that can start is due, in epoch milliseconds. */
  nextAt(): number | undefined;
  /** The attempt that follows a run; undefined when there will be none. */
  following(runId: number): Promise<ActiveRun | undefined>;
  /** Nobody waits any more. */
  close(): void;
}

export function createPendingRetries(options: {
  db: Database;
  clock: Clock;
  ids: Ids;
  bootId: string;
  entries: ReadonlyMap<string, JobEntry>;
  runner: () => Runner;
  takesSlots: (entry: JobEntry) => boolean;
}): PendingRetries {
  const { db, clock, entries } = options;
  const pending = new Map<number, RunRow>();
  const waiters = new Map<number, PromiseWithResolvers<ActiveRun | undefined>>();
  const settle = (runId: number, next: ActiveRun | undefined) => {
    pending.delete(runId);
    waiters.get(runId)?.resolve(next);
    waiters.delete(runId);
  };
  const canStart = (row: RunRow): boolean => {
    const entry = entries.get(row.jobName);
    return entry !== undefined && options.takesSlots(entry) && !options.runner().active(row.jobName);
  };
  const start = async (row: RunRow) => {
    const now = clock.now();
    const started = await db.write(async (tx) => {
      if ((await loadRunningId(tx, row.jobName)) !== undefined) return "busy";
      if (!(await takeRetry(tx, row.id))) return "dropped";
      const next = await insertRun(tx, {
        uid: options.ids.uuid(),
        job: row.jobName,
        trigger: "retry",
        attempt: row.attempt + 1,
        slotAt: row.slotAt,
        params: row.params,
        now: now.toISOString(),
        bootId: options.bootId,
      });
      if ("busyId" in next) throw new Error(`Run ${next.busyId} appeared within the transaction.`);
      if (row.slotAt)
        await setSlot(tx, row.jobName, row.slotAt, { state: "running", reason: null, runId: next.row.id });
      return next.row;
    });
    if (started === "dropped") settle(row.id, undefined);
    else if (started !== "busy") settle(row.id, options.runner().launch(entries.get(row.jobName)!, started));
  };

  return {
    async load() {
      for (const row of await loadPendingRetries(db)) pending.set(row.id, row);
    },
    add: (row) => void pending.set(row.id, row),
    drop: (runId) => settle(runId, undefined),
    async startDue() {
      const nowMs = clock.now().getTime();
      for (const row of [...pending.values()]) if (Date.parse(row.retryAt!) <= nowMs && canStart(row)) await start(row);
    },
    nextAt() {
      const times = [...pending.values()].filter(canStart).map((row) => Date.parse(row.retryAt!));
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    following(runId) {
      if (!pending.has(runId)) return Promise.resolve(undefined);
      const waiter = waiters.get(runId) ?? Promise.withResolvers<ActiveRun | undefined>();
      waiters.set(runId, waiter);
      return waiter.promise;
    },
    close() {
      for (const runId of [...waiters.keys()]) settle(runId, undefined);
    },
  };
}
