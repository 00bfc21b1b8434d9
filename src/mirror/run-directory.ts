import { z } from "zod";
import type { JobContext, JobResult } from "../jobs/define.ts";
import { syncDirectory } from "./directory/sync-directory.ts";
import type { MirrorParts } from "./mirror.ts";
import { readParams } from "./run-params.ts";

const params = z.strictObject({ dry_run: z.boolean().optional(), accept_missing: z.boolean().optional() });

/** One run of `directory_sync`. Parameters: `dry_run`, `accept_missing` (after a person has looked at who is gone). */
export async function runDirectory(parts: MirrorParts, context: JobContext): Promise<JobResult> {
  const { dry_run: dryRun = false, accept_missing: acceptMissing = false } = readParams(params, context.run.params);
  const report = await syncDirectory(parts, context, { dryRun, acceptMissing });
  const { outcome, message, ...counts } = report;
  const { users, portfolios, assets, configs } = counts;
  const tables = [portfolios, assets, configs];
  return {
    outcome,
    unitsWritten: tables.reduce(
      (sum, { added, changed, removed }) => sum + added + changed + removed,
      users.added + users.changed + users.deactivated + users.reactivated,
    ),
    errors: [users, ...tables].reduce(
      (sum, { skipped, conflicts }) => sum + skipped + conflicts,
      outcome === "failed" ? 1 : 0,
    ),
    logData: counts,
    ...(message ? { message } : {}),
  };
}
