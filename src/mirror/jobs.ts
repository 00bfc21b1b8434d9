import { defineJob, type JobContext, type JobDefinition } from "../jobs/define.ts";
import { days, minutes } from "../kit/duration.ts";
import { DIRECTORY_SYNC, MIRROR_CHECK, MIRROR_DRAIN, MIRROR_RECONCILE } from "./job-names.ts";
import type { DrainRunOptions } from "./run-drain.ts";

const UTC = "UTC";

export interface MirrorJobsOptions extends DrainRunOptions {
  /** Whether a stream is due (concordance 2.3 rule 4). */
  hasWork: () => Promise<boolean>;
  /** Resolves when all that the outbox has to say is in it. Rejects with the signal's reason. */
  ready: (signal: AbortSignal) => Promise<void>;
}

/** Everything that the mirror does on a schedule (concordance 5); the work is loaded when it is due, not by a start. */
export function mirrorJobs(parts: MirrorJobsOptions): JobDefinition[] {
  /** Rows that are not owed yet would be missing parents of those that are, or missing rows to a comparison. */
  const whenReady = (run: JobDefinition["run"]) => async (context: JobContext) => {
    await parts.ready(context.signal);
    return run(context);
  };
  return [
    defineJob({
      name: MIRROR_DRAIN,
      about: "Sends what is owed to Supabase: rows to its tables, files to its Storage.",
      schedule: { cron: "* * * * *", timezone: UTC },
      overlap: "skip",
      catchUp: { mode: "none" },
      timeoutMs: minutes(30),
      retries: { times: 0, delaysMs: [] },
      // Supabase down means late: `mirror.lag` says when it is too late, `mirror.blocked` what a person must do.
      tellsOwnFailures: true,
      // Nothing may be owed for days; `mirror.lag` says when something is for too long.
      overdueAfterMs: Number.POSITIVE_INFINITY,
      hasWork: parts.hasWork,
      run: whenReady(async (context) => {
        const { runDrain } = await import("./run-drain.ts");
        return runDrain(parts, context);
      }),
    }),
    defineJob({
      name: MIRROR_CHECK,
      about: "Counts the rows of every mirrored table on both sides, and owes those again that differ.",
      schedule: { cron: "30 2 * * *", timezone: UTC },
      overlap: "skip",
      catchUp: { mode: "none" },
      timeoutMs: minutes(10),
      retries: { times: 1, delaysMs: [minutes(15)] },
      run: whenReady(async (context) => {
        const { runCheck } = await import("./run-comparisons.ts");
        return runCheck(parts, context);
      }),
    }),
    defineJob({
      name: MIRROR_RECONCILE,
      about: "Compares every key and content with Supabase, and owes again what differs.",
      schedule: { cron: "0 3 * * 0", timezone: UTC },
      overlap: "skip",
      catchUp: { mode: "latest", windowMs: days(7) },
      timeoutMs: minutes(60),
      retries: { times: 1, delaysMs: [minutes(60)] },
      run: whenReady(async (context) => {
        const { runReconcile } = await import("./run-comparisons.ts");
        return runReconcile(parts, context);
      }),
    }),
    defineJob({
      name: DIRECTORY_SYNC,
      about: "Copies users and their portfolios from Supabase.",
      schedule: { cron: "5 * * * *", timezone: UTC },
      overlap: "skip",
      catchUp: { mode: "none" },
      timeoutMs: minutes(5),
      retries: { times: 0, delaysMs: [] },
      run: async (context) => {
        const { runDirectory } = await import("./run-directory.ts");
        return runDirectory(parts, context);
      },
    }),
  ];
}
