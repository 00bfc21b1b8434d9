import type { Database } from "../db/index.ts";
import type { Clock } from "../kit/clock.ts";
import { toError, VigiaError } from "../kit/errors.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import type { Random } from "../kit/random.ts";
import { createRedactor, type Redactor } from "../kit/redact.ts";
import type { HttpClient } from "../net/client.ts";
import type { DeliverAlert } from "./alert-delivery.ts";
import { type DiskSpace, isDiskFull } from "./alert-rules.ts";
import { createAlertWatch } from "./alert-watch.ts";
import type { AlertBook } from "./alerts.ts";
import type { JobDefinition, RunInfo } from "./define.ts";
import type { HouseEvents } from "./events.ts";
import { JobBusyError } from "./job-busy-error.ts";
import { type JobEntry, openJobs } from "./job-entry.ts";
import { requireFlatParams } from "./params-depth.ts";
import { createPendingRetries } from "./pending-retries.ts";
import { recoverRuns } from "./recovery.ts";
import { publishFinished } from "./run-events.ts";
import { insertRun, loadRun } from "./run-store.ts";
import { createRunner, type Runner } from "./runner.ts";
import type { JobRuntime, RunNowOptions, StartedRun } from "./runtime.ts";
import { createRuntimeReads } from "./runtime-reads.ts";
import { createScheduler, newRunFields, type Scheduler } from "./scheduler.ts";
import { loadJobMemories, savePaused } from "./slot-store.ts";
import type { RunRow } from "./views.ts";

export interface JobRuntimeOptions {
  db: Database;
  /** The file of run log lines. */
  logs: Database;
  clock: Clock;
  ids: Ids;
  random: Random;
  log: Logger;
  events: HouseEvents;
  /** New for each process: tells its runs from those of earlier ones. */
  bootId: string;
  jobs: readonly { system: string; definition: JobDefinition }[];
  httpFor: (system: string, run: RunInfo) => HttpClient;
  /** false: slots are recorded as `skipped(disabled)` and nothing runs by itself (SCHEDULER_ENABLED). Default: true. */
  schedulerEnabled?: boolean;
  /** Space on the data directory's disk; undefined when it is not known. */
  diskFree?: () => DiskSpace | undefined;
  /** Gets alerts out of the house; without it they are rows, events and log lines. */
  deliverAlert?: DeliverAlert;
  /** Alert rules of the systems, judged every 30 s with the house's own. */
  judges?: readonly ((book: AlertBook) => Promise<void>)[];
  /** Cleans what runs log and store. Default: by names and looks of secrets. */
  redactor?: Redactor;
}

/** The runtime with what only the composition of the house needs. */
export interface JobEngine extends JobRuntime {
  /** Alerts of the systems' own rules, outside of runs. */
  readonly alertBook: AlertBook;
  /** A write failed after the store's own retries; three in five minutes fire `db.errors`. */
  reportDatabaseError(): void;
}

/** Errors: `bad_job`, `bad_schedule` for declarations that cannot work. */
export function createJobRuntime(options: JobRuntimeOptions): JobEngine {
  const { db, clock, log, events } = options;
  const entries = openJobs(options.jobs);
  const redactor = options.redactor ?? createRedactor();
  const schedulerEnabled = options.schedulerEnabled ?? true;
  const paused = new Set<string>();
  const firstSeen = new Map<string, string>();
  const starting = new Set<Promise<unknown>>();
  let ticking = false;
  let stopping = false;
  let stopped: Promise<void> | undefined;

  const isOn = ({ definition }: JobEntry) => (definition.enabled ?? true) && !paused.has(definition.name);
  const takesSlots = (entry: JobEntry) => schedulerEnabled && isOn(entry);
  const diskFull = () => (isDiskFull(options.diskFree?.()) ? diskFullError() : undefined);
  const shared = { ...options, entries, takesSlots };
  const watch = createAlertWatch({
    ...shared,
    runner: () => runner,
    firstSeenAt: (job) => firstSeen.get(job),
    diskFree: () => options.diskFree?.(),
    deliver: options.deliverAlert,
  });
  const retries = createPendingRetries({ ...shared, runner: () => runner });
  const runner: Runner = createRunner({
    ...shared,
    redactor,
    alertBook: watch.book,
    refusal: diskFull,
    retries: () => ticking && schedulerEnabled,
    async onEnded(entry, row) {
      if (row.retryAt) retries.add(row);
      scheduler.wake();
      publishNothingNew(events, row);
      await watch.judgeRun(entry, row);
    },
  });
  const scheduler: Scheduler = createScheduler({ ...shared, runner, retries });
  const reads = createRuntimeReads({ ...shared, runner, schedulerEnabled });

  const entryOf = (job: string): JobEntry => {
    const entry = entries.get(job);
    if (!entry) throw new VigiaError("unknown_job", `There is no job called ${job}.`, { hint: "See vigia jobs." });
    return entry;
  };
  const setPaused = async (job: string, value: boolean) => {
    entryOf(job);
    await savePaused(db, job, value, clock.now().toISOString());
    if (value) paused.add(job);
    else paused.delete(job);
    log.info("job.changed", `${job} is ${value ? "paused" : "resumed"}.`, { job });
    events.publish({ type: "job.changed", job, paused: value });
    scheduler.wake();
  };

  return {
    async start({ scheduler: withScheduler = true } = {}) {
      const now = clock.now();
      await markInterrupted(now);
      await remember(now);
      if (!withScheduler) return;
      ticking = true;
      for (const job of entries.keys()) if (!firstSeen.has(job)) firstSeen.set(job, now.toISOString());
      await retries.load();
      await scheduler.start();
      watch.start();
    },

    async stop({ graceMs }) {
      if (stopping && graceMs > 0) return stopped;
      const first = !stopping;
      stopping = true;
      if (!first) {
        for (const run of runner.all) run.abort("interrupted");
        return stopped;
      }
      stopped = endAll(graceMs);
      return stopped;
    },

    runNow(job, runOptions = {}) {
      const started = startByHand(job, runOptions);
      starting.add(started);
      return started.finally(() => starting.delete(started));
    },

    async waitForRun(runId, { retries: withRetries = false } = {}) {
      const active = runner.all.find(({ row }) => row.id === runId);
      let row = (await active?.ended) ?? (await loadRun(db, runId));
      if (!row) throw new VigiaError("unknown_run", `There is no run ${runId}.`);
      while (withRetries && row.retryAt) {
        const next: RunRow | undefined = await (await retries.following(row.id))?.ended;
        if (!next) break;
        row = next;
      }
      return reads.view((await loadRun(db, row.id)) ?? row);
    },

    async cancel(job) {
      entryOf(job);
      const active = runner.active(job);
      active?.abort("cancelled");
      return active !== undefined;
    },

    pause: (job) => setPaused(job, true),
    resume: (job) => setPaused(job, false),

    status: reads.status,
    runs: reads.runs,
    run: reads.run,
    runLogs: reads.runLogs,
    slots: reads.slots,
    alerts: reads.alerts,
    alertBook: watch.book,
    reportDatabaseError: watch.reportDatabaseError,
    get lastTickAt() {
      return scheduler.lastTickAt;
    },
    get running() {
      return runner.all.map(({ row }) => ({ job: row.jobName, runId: row.id }));
    },
  };

  async function markInterrupted(now: Date): Promise<void> {
    for (const row of await recoverRuns(db, { bootId: options.bootId, entries, now })) {
      log.warn("run.interrupted", `Run ${row.id} of ${row.jobName} was interrupted by the end of its process.`, {
        job: row.jobName,
        run_id: row.id,
        retry_at: row.retryAt,
      });
      publishFinished(events, row);
      const entry = entries.get(row.jobName);
      if (entry) await watch.judgeRun(entry, row);
    }
  }

  async function remember(now: Date): Promise<void> {
    for (const [job, memory] of await loadJobMemories(db)) {
      if (memory.paused) paused.add(job);
      firstSeen.set(job, memory.scheduledThrough ?? now.toISOString());
    }
  }

  async function startByHand(job: string, { trigger = "manual", params }: RunNowOptions): Promise<StartedRun> {
    const entry = entryOf(job);
    if (stopping) throw new VigiaError("shutting_down", "The process is stopping; nothing starts any more.");
    if (entry.definition.enabled === false)
      throw new VigiaError("job_disabled", `The job ${job} is disabled.`, { hint: "See docs/settings.md." });
    if (params) requireFlatParams(params);
    const full = diskFull();
    if (full) throw full;
    const started = await db.write((tx) =>
      insertRun(tx, {
        ...newRunFields(options, clock.now()),
        job,
        trigger,
        attempt: 1,
        slotAt: null,
        params: params ?? null,
      }),
    );
    if ("busyId" in started) throw new JobBusyError(job, started.busyId);
    runner.launch(entry, started.row);
    return { id: started.row.id, uid: started.row.uid };
  }

  async function endAll(graceMs: number): Promise<void> {
    await scheduler.stop();
    await Promise.allSettled([...starting]);
    const over = new AbortController();
    clock.sleep(graceMs, over.signal).then(
      () => {
        for (const run of runner.all) run.abort("interrupted");
      },
      () => undefined,
    );
    await Promise.all(runner.all.map(({ ended }) => ended));
    over.abort();
    retries.close();
    if (ticking)
      await scheduler.recordShutdownSlots().catch((thrown) => {
        // The next start meets them as missed slots.
        log.warn("slots.unrecorded", "Slots that came due while stopping were not recorded.", {
          error: toError(thrown),
        });
      });
    await watch.stop();
  }
}

function publishNothingNew(events: HouseEvents, row: RunRow): void {
  if (row.slotAt && row.logData?.nothing_new === true)
    events.publish({ type: "slot.skipped", job: row.jobName, slot_at: row.slotAt, reason: "nothing_new" });
}

const diskFullError = () =>
  new VigiaError("disk_full", "The disk of the data directory has less than 100 MB free: jobs do not start.", {
    hint: "Free some space, or move VIGIA_DATA_DIR.",
    retryable: true,
  });
