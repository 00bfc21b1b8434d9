import type { Outcome } from "../db/schema/jobs.ts";
import { VigiaError } from "../kit/errors.ts";
import type { Redactor } from "../kit/redact.ts";
import type { AttemptEnd } from "./attempt.ts";
import type { JobDefinition } from "./define.ts";
import { nextAttemptAt } from "./retries.ts";
import type { RunEnd } from "./run-store.ts";
import type { LiveProgress, RunRow } from "./views.ts";

/** `log_data` of one run; a longer one is replaced by a note, because lists of runs carry it along. */
const MAX_LOG_DATA_LENGTH = 512 * 1_024;

/** What is stored of an ended attempt: outcome, counts, `log_data` and the time of the next try. Pure. */
export function computeRunEnd(options: {
  definition: JobDefinition;
  run: RunRow;
  end: AttemptEnd;
  progress: LiveProgress;
  now: Date;
  /** Whether this process will make further attempts. */
  retries: boolean;
  redactor: Redactor;
}): RunEnd {
  const { definition, run, end, progress, now } = options;
  const outcome: Outcome = end.aborted?.outcome ?? end.result?.outcome ?? "failed";
  // An interrupted run waits for the next start, whoever makes it.
  const retryAt =
    options.retries || outcome === "interrupted" ? nextAttemptAt(definition, { ...run, outcome }, now) : undefined;
  return {
    outcome,
    // Without a result the counted units are the best knowledge: rows written before the end stay.
    unitsWritten: end.result?.unitsWritten ?? progress.done,
    errors: end.result?.errors ?? (outcome === "cancelled" || outcome === "interrupted" ? 0 : 1),
    logData: storableLogData(run, { ...options, outcome }),
    progress,
    endTime: now.toISOString(),
    retryAt: retryAt?.toISOString() ?? null,
    nothingNew: isNothingNew(end, outcome),
  };
}

const isNothingNew = (end: AttemptEnd, outcome: Outcome): boolean =>
  end.result?.nothingNew === true && outcome === "ok";

/** The job's own data, then what every run has; these names win. */
function storableLogData(
  run: RunRow,
  { end, outcome, redactor }: { end: AttemptEnd; outcome: Outcome; redactor: Redactor },
): Record<string, unknown> {
  const house: Record<string, unknown> = { ...runFacts(run), outcome };
  const failure = end.aborted ?? end.error;
  const message = failure?.message ?? (outcome === "failed" ? end.result?.message : undefined);
  if (message) house.error = redactor.text(message);
  if (failure instanceof VigiaError) house.error_code = failure.code;
  if (end.result?.message) house.message = redactor.text(end.result.message);
  if (end.result?.blockedReason) house.blocked_reason = redactor.text(end.result.blockedReason);
  if (end.abandoned) house.abandoned = true;
  if (isNothingNew(end, outcome)) house.nothing_new = true;
  try {
    const data = { ...redactor.fields(end.result?.logData ?? {}), ...house };
    const { length } = JSON.stringify(data);
    return length <= MAX_LOG_DATA_LENGTH ? data : { ...house, cut: `log data of ${length} characters were left out` };
  } catch {
    return { ...house, cut: "log data that cannot be written as JSON were left out" };
  }
}

export const runFacts = (run: Pick<RunRow, "trigger" | "slotAt" | "attempt">): Record<string, unknown> => ({
  trigger: run.trigger,
  scheduled_for: run.slotAt,
  attempt: run.attempt,
});
