import type { Clock } from "../kit/clock.ts";
import { seconds } from "../kit/duration.ts";
import { toError, VigiaError } from "../kit/errors.ts";
import type { JobContext, JobDefinition, JobResult } from "./define.ts";
import { RunAborted } from "./run-aborted.ts";

/** How long a run may take to end after its signal aborted; then it is left behind and its row is closed. */
export const ABANDON_AFTER_MS = seconds(5);

/** How the job's function ended; `aborted` wins over what it returned or threw. */
export interface AttemptEnd {
  result?: JobResult;
  error?: Error;
  aborted?: RunAborted;
  /** The function ignored its signal and still runs; whatever it does now is not looked at. */
  abandoned: boolean;
}

/**
 * Runs the job's function once under its time limit. Never rejects.
 * `controller` is the run's one signal: time limit, cancel and shutdown abort it with a `RunAborted`.
 */
export async function runAttempt(options: {
  definition: JobDefinition;
  /** Made inside, so that a context that cannot be made is a failed run. */
  context: () => JobContext;
  controller: AbortController;
  clock: Clock;
  /** Hears the end of an abandoned function. */
  onLateEnd: () => void;
}): Promise<AttemptEnd> {
  const { definition, context, controller, clock } = options;
  const over = new AbortController();
  let abandoned = false;
  clock.sleep(definition.timeoutMs, over.signal).then(
    () => controller.abort(new RunAborted("timed_out")),
    () => undefined,
  );
  const work = callJob(definition, context).then((end) => {
    if (abandoned) options.onLateEnd();
    return end;
  });
  const leftBehind = aborted(controller.signal)
    .then(() => clock.sleep(ABANDON_AFTER_MS, over.signal))
    .then(
      () => "abandoned" as const,
      () => new Promise<never>(() => undefined),
    );
  const end = await Promise.race([work, leftBehind]);
  abandoned = end === "abandoned";
  over.abort();
  const reason: unknown = controller.signal.reason;
  return {
    ...(end === "abandoned" ? {} : end),
    ...(reason instanceof RunAborted ? { aborted: reason } : {}),
    abandoned,
  };
}

type Called = { result: JobResult } | { error: Error };

async function callJob(definition: JobDefinition, makeContext: () => JobContext): Promise<Called> {
  try {
    const context = makeContext();
    context.signal.throwIfAborted();
    const result: JobResult | undefined = await definition.run(context);
    if (!result?.outcome) throw new VigiaError("bad_result", `The job ${definition.name} returned no result.`);
    return { result };
  } catch (thrown) {
    return { error: toError(thrown) };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
