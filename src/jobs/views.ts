import type { alerts, jobRuns, jobSlots } from "../db/schema/jobs.ts";
import type { runLogs } from "../db/schema/run-logs.ts";
import type { AlertView, RunLogLine, RunView, SlotView } from "./runtime.ts";

export type RunRow = typeof jobRuns.$inferSelect;
export type SlotRow = typeof jobSlots.$inferSelect;
export type AlertRow = typeof alerts.$inferSelect;

/** `etaMs` is known only while the run is going on in this process. */
export function runView(row: RunRow, live?: LiveProgress): RunView {
  const durationMs = runDurationMs(row);
  return {
    id: row.id,
    uid: row.uid,
    job_name: row.jobName,
    trigger: row.trigger,
    attempt: row.attempt,
    slot_at: row.slotAt,
    start_time: row.startTime,
    end_time: row.endTime,
    duration_seconds: durationMs === undefined ? null : durationMs / 1_000,
    status: row.status,
    outcome: row.outcome,
    tickers_processed: row.tickersProcessed,
    errors_count: row.errorsCount,
    progress: {
      done: live?.done ?? row.progressDone,
      total: live ? live.total : row.progressTotal,
      item: live ? live.item : row.progressItem,
      eta_seconds: live?.etaMs == null ? null : live.etaMs / 1_000,
    },
    retry_at: row.retryAt,
    params: row.params,
    log_data: row.logData,
  };
}

/** Wall time of an ended run; never below 0, though the clock may go back during it. */
export function runDurationMs({ startTime, endTime }: RunRow): number | undefined {
  return endTime ? Math.max(Date.parse(endTime) - Date.parse(startTime), 0) : undefined;
}

export interface LiveProgress {
  done: number;
  total: number | null;
  item: string | null;
  etaMs: number | null;
}

export const slotView = (row: SlotRow): SlotView => ({
  job: row.job,
  slot_at: row.slotAt,
  state: row.state,
  reason: row.reason,
  trigger: row.trigger,
  run_id: row.runId,
});

export const alertView = (row: AlertRow): AlertView => ({
  id: row.id,
  rule: row.rule,
  subject: row.subject,
  level: row.level,
  state: row.state,
  message: row.message,
  since: row.firstSeen,
  last_seen: row.lastSeen,
  resolved_at: row.resolvedAt,
  delivered_at: row.deliveredAt,
  value: row.value,
  threshold: row.threshold,
});

export const runLogLine = (row: typeof runLogs.$inferSelect): RunLogLine => ({
  seq: row.seq,
  at: row.at,
  level: row.level,
  event: row.event,
  message: row.message,
  fields: row.fields === null ? null : (JSON.parse(row.fields) as Record<string, unknown>),
});
