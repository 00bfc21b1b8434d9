import type { Outcome, Trigger } from "../db/schema/jobs.ts";
import type { Scope } from "../db/scope.ts";
import type { Clock } from "../kit/clock.ts";
import type { Logger } from "../kit/log.ts";
import type { HttpClient } from "../net/client.ts";
import type { AlertBook } from "./alerts.ts";
import type { SystemEvent } from "./events.ts";

/** When a job is due: a cron expression in a zone, or a function from a moment to the next due moment after it. */
export type Schedule =
  | { cron: string; timezone: string }
  | { next: (after: Date) => Date | undefined; describe: string };

/**
 * `latest`: of the slots missed, the newest one runs if it is at most `windowMs` old. With `only`, the newest of those
 * that it takes: an hourly job may make up for the slot after the close alone. Slots met on time run whatever it says.
 */
export type CatchUp = { mode: "latest"; windowMs: number; only?: (slotAt: Date) => boolean } | { mode: "none" };

export interface JobDefinition {
  /** snake_case; appears in `job_runs.job_name`, URLs and metrics. Never `runs`. */
  name: string;
  /** What it does, one sentence for the operator. */
  about: string;
  schedule: Schedule;
  /** What happens to a slot that comes due while the job still runs: it is skipped and recorded. */
  overlap: "skip";
  catchUp: CatchUp;
  /** Wall time of one attempt; then its signal aborts and the run is `timed_out`. */
  timeoutMs: number;
  /** Further attempts after a failed one; `delaysMs[attempt - 1]`, the last delay repeats. */
  retries: { times: number; delaysMs: readonly number[] };
  /** Alert `job.slow` when a slot's attempts together take longer. Default: 80 % of `timeoutMs`. */
  slowAfterMs?: number;
  /** Whether rules of its own say that it fails, so that `job.failing` need not. Default: false. */
  tellsOwnFailures?: boolean;
  /** Alert `job.overdue` when nothing finished for this long. Default: two periods. */
  overdueAfterMs?: number;
  /** Whether anyone may read its status and runs over HTTP. Default: false. */
  public?: boolean;
  /** Whether a start runs it at once when it has never run. Default: false. */
  runWhenNew?: boolean;
  /**
   * Asked when a slot comes due, for jobs that mostly find nothing to do: false records the slot as skipped(nothing_new)
   * without a run. Default: there is work.
   */
  hasWork?(): Promise<boolean>;
  /** Default: true. A disabled job keeps its slots as `skipped(disabled)`. */
  enabled?: boolean;
  run(context: JobContext): Promise<JobResult>;
}

export interface RunInfo {
  id: number;
  uid: string;
  job: string;
  trigger: Trigger;
  /** 1 for the first try. */
  attempt: number;
  /** The due moment; null for manual runs. */
  slotAt: Date | null;
  startedAt: Date;
  /** Arguments of a manual run, for example `{ as_of: "2024-03-08" }`. */
  params: Readonly<Record<string, unknown>>;
}

export interface Progress {
  /** Sets how many units there are. */
  total(count: number): void;
  /** Counts finished units; `item` names the one just done or in work. */
  advance(count?: number, item?: string): void;
}

export interface JobContext {
  run: RunInfo;
  scope: Scope;
  /** The system's door to the network: only hosts that it declared. */
  http: HttpClient;
  /** Lines go to the log and to the run's own rows. */
  log: Logger;
  progress: Progress;
  /** Aborts on timeout, cancel and shutdown; pass it on and check it between units. */
  signal: AbortSignal;
  clock: Clock;
  /** Publishes an event of the system, for example new scores. */
  emit(event: SystemEvent): void;
  /** Operational alerts of the system's own rules (`data.stale`, `source.down`). */
  alerts: AlertBook;
}

export interface JobResult {
  /** `ok`, `partial` (some units failed) or `failed`. A thrown error is `failed` too. */
  outcome: Extract<Outcome, "ok" | "partial" | "failed">;
  /** Units written. */
  unitsWritten: number;
  errors: number;
  /** Stored as `job_runs.log_data` beside trigger, attempt and outcome. */
  logData?: Record<string, unknown>;
  /** One sentence when the outcome is not `ok`. */
  message?: string;
  /** Nothing was new: the slot is recorded as skipped(nothing_new). */
  nothingNew?: boolean;
  /** A person must act; exit code 3 on the command line. */
  blockedReason?: string;
}

/** Identity at run time; a function so that mistakes in a declaration show where it is written. */
export function defineJob(definition: JobDefinition): JobDefinition {
  return definition;
}
