import type { Database } from "../db/index.ts";
import { HOUSE_TENANT, makeScope } from "../db/scope.ts";
import type { Clock } from "../kit/clock.ts";
import { seconds } from "../kit/duration.ts";
import { errorCode, toError, type VigiaError } from "../kit/errors.ts";
import { type Logger, logContext } from "../kit/log.ts";
import type { Redactor } from "../kit/redact.ts";
import type { HttpClient } from "../net/client.ts";
import type { AlertBook } from "./alerts.ts";
import { type AttemptEnd, runAttempt } from "./attempt.ts";
import type { JobContext, RunInfo } from "./define.ts";
import type { HouseEvents } from "./events.ts";
import type { JobEntry } from "./job-entry.ts";
import { createProgress, type ProgressCounter } from "./progress.ts";
import { type AbortOutcome, RunAborted } from "./run-aborted.ts";
import { computeRunEnd } from "./run-end.ts";
import { logEnd, publishFinished, publishProgress, publishStarted } from "./run-events.ts";
import { openRunLog } from "./run-log.ts";
import { loadMsPerUnit, type RunEnd, saveProgress, saveRunEnd } from "./run-store.ts";
import type { LiveProgress, RunRow } from "./views.ts";

/** A run that goes on in this process. */
export interface ActiveRun {
  readonly row: RunRow;
  readonly entry: JobEntry;
  live(): LiveProgress | undefined;
  abort(outcome: AbortOutcome): void;
  /** Resolves with the closed row; never rejects. */
  readonly ended: Promise<RunRow>;
}

export interface Runner {
  /** Starts the work of a `running` row that was just stored. */
  launch(entry: JobEntry, row: RunRow): ActiveRun;
  active(job: string): ActiveRun | undefined;
  readonly all: readonly ActiveRun[];
}

export interface RunnerOptions {
  db: Database;
  logs: Database;
  clock: Clock;
  log: Logger;
  redactor: Redactor;
  events: HouseEvents;
  alertBook: AlertBook;
  httpFor: (system: string, run: RunInfo) => HttpClient;
  /** A reason not to do the work, asked before it begins. */
  refusal: () => VigiaError | undefined;
  /** Whether failed runs are tried again by this process. */
  retries: () => boolean;
  /** Called when the row is closed and the job may run again. */
  onEnded: (entry: JobEntry, row: RunRow) => Promise<void>;
}

/** The row is looked after this often: changed progress is written, held-back events go out. */
const PULSE_MS = seconds(1);
const HEARTBEAT_MS = seconds(10);
/** Wait before the end of a run is written again when the database refused it. */
const SAVE_AGAIN_MS = seconds(5);
/** Tries when the process is stopping; the next start will find the row and mark it. */
const SAVES_WHILE_STOPPING = 3;

export function createRunner(options: RunnerOptions): Runner {
  const runs = new Map<string, ActiveRun>();
  const lostLines = countLostLines(options.log);
  return {
    launch(entry, row) {
      const controller = new AbortController();
      let progress: ProgressCounter | undefined;
      const work = async () => {
        progress = createProgress({
          clock: options.clock,
          msPerUnit: await loadMsPerUnit(options.db, row.jobName).catch(() => undefined),
          publish: (now) => publishProgress(options.events, row, now),
        });
        return carryOut(options, { entry, row, controller, progress, lostLines });
      };
      const fields = { ...logContext.getStore(), run_id: row.id, correlation_id: row.uid };
      const ended = logContext.run(fields, async () => {
        const closed = await work().catch((thrown) => {
          options.log.error("run.broken", `Run ${row.id} broke outside of its job.`, { error: toError(thrown) });
          return row;
        });
        runs.delete(row.jobName);
        publishFinished(options.events, closed);
        await options.onEnded(entry, closed);
        return closed;
      });
      const run = {
        row,
        entry,
        live: () => progress?.snapshot(),
        abort: (outcome: AbortOutcome) => controller.abort(new RunAborted(outcome)),
        ended,
      };
      runs.set(row.jobName, run);
      publishStarted(options.events, row);
      return run;
    },
    active: (job) => runs.get(job),
    get all() {
      return [...runs.values()];
    },
  };
}

interface Work {
  entry: JobEntry;
  row: RunRow;
  controller: AbortController;
  progress: ProgressCounter;
  lostLines: (lines: number, error: unknown) => void;
}

async function carryOut(options: RunnerOptions, work: Work): Promise<RunRow> {
  const { entry, row, controller, progress } = work;
  const { clock, redactor } = options;
  const mainLog = options.log.child({ system: entry.system, job: row.jobName });
  const runLog = openRunLog({
    runId: row.id,
    logs: options.logs,
    clock,
    mainLog,
    redactor,
    onLost: work.lostLines,
  });
  const startedMs = clock.monotonicMs();
  runLog.log.info("run.started", `${row.jobName} started.`, { trigger: row.trigger, attempt: row.attempt });
  const over = new AbortController();
  const pulse = keepPulse(options, row, progress, over.signal);
  const refusal = options.refusal();
  const end: AttemptEnd = refusal
    ? { error: refusal, abandoned: false }
    : await runAttempt({
        definition: entry.definition,
        context: () => jobContext(options, work, runLog.log),
        controller,
        clock,
        onLateEnd: () => mainLog.warn("run.late_end", `${row.jobName} ended after it had been given up; ignored.`),
      });
  over.abort();
  await pulse;
  progress.close();
  const runEnd = computeRunEnd({
    definition: entry.definition,
    run: row,
    end,
    progress: progress.snapshot(),
    now: clock.now(),
    retries: options.retries(),
    redactor,
  });
  logEnd(runLog.log, row, { runEnd, end, durationMs: clock.monotonicMs() - startedMs });
  await runLog.close();
  return saveEnd(options, row, runEnd);
}

function jobContext(options: RunnerOptions, { entry, row, controller, progress }: Work, log: Logger): JobContext {
  const run: RunInfo = {
    id: row.id,
    uid: row.uid,
    job: row.jobName,
    trigger: row.trigger,
    attempt: row.attempt,
    slotAt: row.slotAt ? new Date(row.slotAt) : null,
    startedAt: new Date(row.startTime),
    params: row.params ?? {},
  };
  return {
    run,
    scope: makeScope({ kind: "job", tenantId: HOUSE_TENANT, role: "operator" }),
    http: options.httpFor(entry.system, run),
    log,
    progress,
    signal: controller.signal,
    clock: options.clock,
    emit: (event) => options.events.publish({ type: "system", event }),
    alerts: options.alertBook,
  };
}

/** Writes progress at most once a second and a heartbeat every ten; a write that fails is tried with the next one. */
async function keepPulse(
  { db, clock }: RunnerOptions,
  row: RunRow,
  progress: ProgressCounter,
  over: AbortSignal,
): Promise<void> {
  let writtenMs = clock.monotonicMs();
  try {
    for (;;) {
      await clock.sleep(PULSE_MS, over);
      progress.publishHeldBack();
      if (!progress.takeChanged() && clock.monotonicMs() - writtenMs < HEARTBEAT_MS) continue;
      writtenMs = clock.monotonicMs();
      await saveProgress(db, row.id, progress.snapshot(), clock.now().toISOString()).catch(() => undefined);
    }
  } catch {
    // The run is over.
  }
}

async function saveEnd({ db, clock, log }: RunnerOptions, row: RunRow, end: RunEnd): Promise<RunRow> {
  for (let save = 1; ; save++) {
    try {
      return await saveRunEnd(db, row, end);
    } catch (thrown) {
      if (save === 1)
        log.error("run.unsaved", `The end of run ${row.id} could not be stored; trying again.`, {
          error: toError(thrown),
        });
      if (end.outcome === "interrupted" && save >= SAVES_WHILE_STOPPING) return row;
      await clock.sleep(SAVE_AGAIN_MS);
    }
  }
}

/** Says it once, then counts: a broken log file must not fill the other log. */
function countLostLines(log: Logger): (lines: number, error: unknown) => void {
  let lost = 0;
  return (lines, error) => {
    if (lost === 0)
      log.warn("run_log.lost", "Log lines of runs cannot be stored; runs go on without.", { error: errorCode(error) });
    lost += lines;
  };
}
