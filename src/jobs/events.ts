import type { AlertLevel, Outcome, SkipReason, Trigger } from "../db/schema/jobs.ts";
import type { EventBus } from "../kit/events.ts";

/** What a system tells the house's listeners; `type` is `noun.verb`. */
export interface SystemEvent {
  type: string;
  /** Whether anonymous listeners may hear it. */
  public: boolean;
  data: Record<string, unknown>;
}

/** Everything that the dashboard and `GET /api/events` can hear, by `type`. */
export type HouseEvent =
  | { type: "run.started"; job: string; run_id: number; trigger: Trigger; attempt: number; slot_at: string | null }
  | {
      type: "run.progress";
      job: string;
      run_id: number;
      done: number;
      total: number | null;
      item: string | null;
      eta_ms: number | null;
    }
  | {
      type: "run.finished";
      job: string;
      run_id: number;
      outcome: Outcome;
      duration_ms: number;
      units_written: number;
      errors: number;
      retry_at: string | null;
    }
  | { type: "slot.skipped"; job: string; slot_at: string; reason: SkipReason }
  | { type: "job.changed"; job: string; paused: boolean }
  | { type: "alert.firing" | "alert.resolved"; rule: string; subject: string; level: AlertLevel; message: string }
  | ({ type: "system" } & { event: SystemEvent });

export type HouseEvents = EventBus<HouseEvent>;
