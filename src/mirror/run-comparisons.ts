import { z } from "zod";
import type { JobContext, JobResult } from "../jobs/define.ts";
import type { MirrorParts } from "./mirror.ts";
import { checkCounts } from "./reconcile/check-counts.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import { readParams } from "./run-params.ts";

const SURPLUS =
  ": sending does not help. vigia mirror reconcile --dry-run names rows that only Supabase has, vigia mirror reconcile --delete removes them.";

/** One run of `mirror_check`: alerts follow what was counted; a table that was not counted keeps its own. */
export async function runCheck(parts: MirrorParts, context: JobContext): Promise<JobResult> {
  const { checks, mismatches, end } = await checkCounts(parts, context);
  for (const { stream, local, remote, owedAgain } of checks) {
    if (remote === null) continue;
    if (mismatches.some((mismatch) => mismatch.stream === stream))
      await context.alerts.raise({
        rule: "mirror.count_mismatch",
        subject: stream,
        level: "warning",
        message: `${stream} has ${local} rows here and ${remote} in Supabase${owedAgain ? "; all are owed again. See vigia mirror reconcile --dry-run." : SURPLUS}`,
        value: remote,
        threshold: local,
      });
    else await context.alerts.clear("mirror.count_mismatch", stream);
  }
  const faults = checks.filter(({ error }) => error);
  return {
    outcome: end ? "failed" : faults.length > 0 || mismatches.length > 0 ? "partial" : "ok",
    unitsWritten: checks.length,
    errors: faults.length + mismatches.length + (end ? 1 : 0),
    logData: { checks, ...(end ? { end: end.code } : {}) },
    ...(end ? { message: end.message } : {}),
  };
}

const reconcileParams = z.strictObject({
  streams: z.array(z.string()).optional(),
  delete: z.boolean().optional(),
  delete_many: z.boolean().optional(),
  dry_run: z.boolean().optional(),
});

/** One run of `mirror_reconcile`. Parameters: `streams`, `delete`, `delete_many` (implies `delete`), `dry_run`. */
export async function runReconcile(parts: MirrorParts, context: JobContext): Promise<JobResult> {
  const params = readParams(reconcileParams, context.run.params);
  const report = await reconcile(parts, context, {
    ...(params.streams ? { streams: params.streams } : {}),
    ...(params.delete || params.delete_many ? { delete: true } : {}),
    ...(params.delete_many ? { deleteMany: true } : {}),
    ...(params.dry_run ? { dryRun: true } : {}),
    progress: context.progress,
  });
  const faults = report.streams.filter(({ error }) => error);
  const reached = report.streams.filter(({ complete }) => complete).length;
  return {
    // A stream that was compared to its end may have kept what it was told to delete.
    outcome: report.complete && faults.length === 0 ? "ok" : reached > 0 ? "partial" : "failed",
    unitsWritten: report.streams.reduce((sum, { owed }) => sum + owed, 0),
    errors: faults.length,
    logData: { streams: report.streams, dry_run: report.dryRun, complete: report.complete },
    ...(faults[0]?.error ? { message: `${faults[0].stream}: ${faults[0].error.message}` } : {}),
  };
}
