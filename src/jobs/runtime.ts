import type { AlertLevel, Outcome, RunStatus, SkipReason, Trigger } from "../db/schema/jobs.ts";

/** The engine as the server, the command line and `main.ts` see it. */
export interface JobRuntime {
  /**
   * Marks runs of other boots interrupted, records and catches up missed slots, runs what has never run, then ticks.
   * With `scheduler: false` only the marking happens and jobs run by hand.
   */
  start(options?: { scheduler?: boolean }): Promise<void>;
  /**
   * First call: takes no more slots, waits `graceMs` for runs, then aborts them (`interrupted`).
   * `graceMs: 0` aborts at once. Resolves when nothing runs any more.
   */
  stop(options: { graceMs: number }): Promise<void>;
  /** Starts a run now. Errors: `unknown_job`, `job_busy` (a `JobBusyError` with the running id), `job_disabled`, `shutting_down`, `disk_full`. */
  runNow(job: string, options?: RunNowOptions): Promise<StartedRun>;
  /** Waits until the run and, with `retries: true`, its scheduled retries have ended. */
  waitForRun(runId: number, options?: { retries?: boolean }): Promise<RunView>;
  /** Aborts the running attempt (outcome `cancelled`, no retry). False when nothing runs. */
  cancel(job: string): Promise<boolean>;
  /** Slots of a paused job are recorded as skipped(disabled); manual runs still work. */
  pause(job: string): Promise<void>;
  resume(job: string): Promise<void>;
  status(options?: { runs?: number }): Promise<JobStatus[]>;
  runs(filter: RunFilter): Promise<RunView[]>;
  run(id: number): Promise<RunView | undefined>;
  /** Log lines of a run after `afterSeq`, oldest first. */
  runLogs(id: number, options?: { afterSeq?: number; limit?: number }): Promise<RunLogLine[]>;
  slots(filter: { job?: string; from?: string; to?: string; limit: number }): Promise<SlotView[]>;
  alerts(filter?: { state?: "firing" | "resolved"; limit?: number }): Promise<AlertView[]>;
  /** Last time that the scheduler looked at the clock; null before `start`. */
  readonly lastTickAt: Date | null;
  readonly running: readonly { job: string; runId: number }[];
}

export interface RunNowOptions {
  /** `cron`: the house itself, between two slots. */
  trigger?: Extract<Trigger, "manual" | "startup" | "backfill" | "cron">;
  params?: Record<string, unknown>;
}

export interface StartedRun {
  id: number;
  uid: string;
}

export interface RunFilter {
  job?: string;
  limit: number;
  /** Runs with a smaller id: paging. */
  beforeId?: number;
}

/** A run as JSON: the same in HTTP, on the command line and in the dashboard. */
export interface RunView {
  id: number;
  uid: string;
  job_name: string;
  trigger: Trigger;
  attempt: number;
  slot_at: string | null;
  start_time: string;
  end_time: string | null;
  duration_seconds: number | null;
  status: RunStatus;
  outcome: Outcome | null;
  tickers_processed: number;
  errors_count: number;
  progress: { done: number; total: number | null; item: string | null; eta_seconds: number | null };
  retry_at: string | null;
  params: Record<string, unknown> | null;
  log_data: Record<string, unknown> | null;
}

export interface JobStatus {
  job_name: string;
  system: string;
  about: string;
  enabled: boolean;
  paused: boolean;
  public: boolean;
  /** Cron expression, or the description of a calendar schedule. */
  cron: string;
  timezone: string;
  next_run: string | null;
  running: boolean;
  last_run: RunView | null;
  last_success_at: string | null;
  consecutive_failures: number;
  runs: RunView[];
}

export interface RunLogLine {
  seq: number;
  at: string;
  level: string;
  event: string;
  message: string;
  fields: Record<string, unknown> | null;
}

export interface SlotView {
  job: string;
  slot_at: string;
  state: "due" | "running" | "done" | "skipped";
  reason: SkipReason | null;
  trigger: Trigger;
  run_id: number | null;
}

export interface AlertView {
  id: string;
  rule: string;
  subject: string;
  level: AlertLevel;
  state: "firing" | "resolved";
  message: string;
  since: string;
  last_seen: string;
  resolved_at: string | null;
  delivered_at: string | null;
  value: number | null;
  threshold: number | null;
}
