import type { Outcome } from "../db/schema/jobs.ts";
import { VigiaError } from "../kit/errors.ts";

export type AbortOutcome = Extract<Outcome, "timed_out" | "cancelled" | "interrupted">;

const SENTENCES: Readonly<Record<AbortOutcome, string>> = {
  timed_out: "The run reached its time limit.",
  cancelled: "The run was cancelled.",
  interrupted: "The process is stopping.",
};

/** The reason of a run's aborted signal: time limit, a person, or the end of the process. */
export class RunAborted extends VigiaError {
  override readonly name = "RunAborted";
  readonly outcome: AbortOutcome;

  constructor(outcome: AbortOutcome) {
    super(`run_${outcome}`, SENTENCES[outcome], { retryable: outcome !== "cancelled" });
    this.outcome = outcome;
  }
}
