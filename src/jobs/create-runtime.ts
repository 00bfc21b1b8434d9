import { and, asc, eq, gt } from "drizzle-orm";
import type { Database } from "../db/index.ts";
import { runLogs } from "../db/schema/run-logs.ts";
import type { Clock } from "../kit/clock.ts";
import { VigiaError } from "../kit/errors.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import type { Random } from "../kit/random.ts";
import { createRedactor, type Redactor } from "../kit/redact.ts";
import type { HttpClient } from "../net/client.ts";
import type { DeliverAlert } from "./alert-delivery.ts";
import { type DiskSpace, isDiskFull } from "./alert-rules.ts";
import { createAlertWatch } from "./alert-watch.ts";
import { type AlertBook, loadAlerts } from "./alerts.ts";
import type { JobDefinition, RunInfo } from "./define.ts";
import type { HouseEvents } from "./events.ts";
import { JobBusyError } from "./job-busy-error.ts";
import { type JobEntry, openJobs } from "./job-entry.ts";
import { createPendingRetries } from "./pending-retries.ts";
import { recoverRuns } from "./recovery.ts";
import { publishFinished } from "./run-events.ts";
import { insertRun, loadRun, loadRuns } from "./run-store.ts";
import { createRunner, type Runner } from "./runner.ts";
import type { JobRuntime, RunNowOptions, RunView, StartedRun } from "./runtime.ts";
import { createScheduler, newRunFields, type SchedulerOptions } from "./scheduler.ts";
import { loadJobMemories, loadSlots, savePaused } from "./slot-store.ts";
import { loadJobStatus } from "./status.ts";
import { alertView, type RunRow, runLogLine, runView, slotView } from "./views.ts";

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

const DEFAULT_STATUS_RUNS = 10;
const DEFAULT_LOG_LINES = 1_000;
const DEFAULT_ALERTS = 100;

/** Errors: `bad_job`, `bad_schedule` for declarations that cannot work. */
export function createJobRuntime(options: JobRuntimeOptions): JobEngine {
  const { db, logs, clock, log, events } = options;
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
  const schedulerOptions: SchedulerOptions = { ...shared, runner, retries };
  const scheduler = createScheduler(schedulerOptions);

  const entryOf = (job: string): JobEntry => {
    const entry = entries.get(job);
    if (!entry) throw new VigiaError("unknown_job", `There is no job ${job}.`, { hint: "See vigia jobs." });
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
  const view = (row: RunRow): RunView => {
    const active = runner.active(row.jobName);
    return runView(row, active?.row.id === row.id ? active.live() : undefined);
  };

  return {
    async start({ scheduler: withScheduler = true } = {}) {
      const now = clock.now();
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
      for (const [job, memory] of await loadJobMemories(db)) {
        if (memory.paused) paused.add(job);
        firstSeen.set(job, memory.scheduledThrough ?? now.toISOString());
      }
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
      return view((await loadRun(db, row.id)) ?? row);
    },

    async cancel(job) {
      entryOf(job);
      const active = runner.active(job);
      active?.abort("cancelled");
      return active !== undefined;
    },

    pause: (job) => setPaused(job, true),
    resume: (job) => setPaused(job, false),

    async status({ runs = DEFAULT_STATUS_RUNS } = {}) {
      const memories = await loadJobMemories(db);
      const statuses = [];
      for (const entry of entries.values()) {
        const { name } = entry.definition;
        const memory = memories.get(name);
        const due = schedulerEnabled && (entry.definition.enabled ?? true) && !memory?.paused;
        statuses.push(
          await loadJobStatus(db, entry, {
            runs,
            memory,
            active: runner.active(name),
            nextAfter: due ? clock.now() : undefined,
          }),
        );
      }
      return statuses;
    },

    runs: async (filter) => (await loadRuns(db, filter)).map(view),
    async run(id) {
      const row = await loadRun(db, id);
      return row && view(row);
    },
    async runLogs(id, { afterSeq = -1, limit = DEFAULT_LOG_LINES } = {}) {
      const lines = await logs.read
        .select()
        .from(runLogs)
        .where(and(eq(runLogs.runId, id), gt(runLogs.seq, afterSeq)))
        .orderBy(asc(runLogs.seq))
        .limit(limit);
      return lines.map(runLogLine);
    },
    slots: async (filter) => (await loadSlots(db, filter)).map(slotView),
    alerts: async ({ state, limit = DEFAULT_ALERTS } = {}) =>
      (await loadAlerts(db, { limit, ...(state ? { state } : {}) })).map(alertView),
    alertBook: watch.book,
    reportDatabaseError: watch.reportDatabaseError,
    get lastTickAt() {
      return scheduler.lastTickAt;
    },
    get running() {
      return runner.all.map(({ row }) => ({ job: row.jobName, runId: row.id }));
    },
  };

  async function startByHand(job: string, { trigger = "manual", params }: RunNowOptions): Promise<StartedRun> {
    const entry = entryOf(job);
    if (stopping) throw new VigiaError("shutting_down", "The process is stopping; nothing starts any more.");
    if (entry.definition.enabled === false)
      throw new VigiaError("job_disabled", `The job ${job} is disabled.`, { hint: "See docs/settings.md." });
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
    if (ticking) await scheduler.recordShutdownSlots().catch(() => undefined);
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
