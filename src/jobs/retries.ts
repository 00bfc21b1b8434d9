import type { Outcome, Trigger } from "../db/schema/jobs.ts";
import type { JobDefinition } from "./define.ts";

/** What a decision about the next attempt needs to know of the one that ended. */
export interface EndedAttempt {
  attempt: number;
  trigger: Trigger;
  outcome: Outcome;
  params: Readonly<Record<string, unknown>> | null;
}

/**
 * When an ended attempt is tried again; undefined when it is not.
 *
 * - `failed` and `timed_out`: after the job's delay, until `retries.times` further attempts were made. Runs started by
 *   hand (`manual`, `backfill`) only with `params.retry = true`.
 * - `interrupted`: at once on the next start (`now`), however it was started. It counts as an attempt, so that a job
 *   that brings the process down is not restarted for ever: the last try is attempt `max(times, 1) + 1`.
 * - `cancelled`: a person decided; never.
 */
export function nextAttemptAt(
  definition: Pick<JobDefinition, "retries">,
  { attempt, trigger, outcome, params }: EndedAttempt,
  now: Date,
): Date | undefined {
  const { times, delaysMs } = definition.retries;
  if (outcome === "interrupted") return attempt <= Math.max(times, 1) ? now : undefined;
  if (outcome !== "failed" && outcome !== "timed_out") return undefined;
  const byHand = trigger === "manual" || trigger === "backfill";
  if (attempt > times || (byHand && params?.retry !== true)) return undefined;
  return new Date(now.getTime() + (delaysMs[attempt - 1] ?? delaysMs.at(-1) ?? 0));
}
