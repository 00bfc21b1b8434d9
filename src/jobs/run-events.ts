import type { Logger } from "../kit/log.ts";
import type { AttemptEnd } from "./attempt.ts";
import type { HouseEvents } from "./events.ts";
import type { RunEnd } from "./run-store.ts";
import { type LiveProgress, type RunRow, runDurationMs } from "./views.ts";

export function publishStarted(events: HouseEvents, { id, jobName, trigger, attempt, slotAt }: RunRow): void {
  events.publish({ type: "run.started", job: jobName, run_id: id, trigger, attempt, slot_at: slotAt });
}

export function publishProgress(events: HouseEvents, row: RunRow, { done, total, item, etaMs }: LiveProgress): void {
  events.publish({ type: "run.progress", job: row.jobName, run_id: row.id, done, total, item, eta_ms: etaMs });
}

export function publishFinished(events: HouseEvents, row: RunRow): void {
  events.publish({
    type: "run.finished",
    job: row.jobName,
    run_id: row.id,
    outcome: row.outcome ?? "interrupted",
    duration_ms: runDurationMs(row) ?? 0,
    units_written: row.tickersProcessed,
    errors: row.errorsCount,
    retry_at: row.retryAt,
  });
}

const END_LEVELS = {
  ok: "info",
  partial: "warn",
  failed: "error",
  timed_out: "error",
  cancelled: "warn",
  interrupted: "warn",
} as const;

/** The last line of a run's log. */
export function logEnd(
  log: Logger,
  row: RunRow,
  { runEnd, end, durationMs }: { runEnd: RunEnd; end: AttemptEnd; durationMs: number },
): void {
  const { outcome, unitsWritten, errors, retryAt } = runEnd;
  const failure = end.aborted ?? end.error;
  const reason = failure?.message ?? end.result?.message;
  log[END_LEVELS[outcome]]("run.finished", `${row.jobName} ended: ${outcome}.${reason ? ` ${reason}` : ""}`, {
    outcome,
    units_written: unitsWritten,
    errors,
    duration_ms: Math.round(durationMs),
    ...(retryAt ? { retry_at: retryAt } : {}),
    ...(failure && !end.aborted ? { error: failure } : {}),
  });
}
