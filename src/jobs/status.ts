import type { Database } from "../db/index.ts";
import type { JobEntry } from "./job-entry.ts";
import { countFailuresInARow, loadRuns } from "./run-store.ts";
import type { ActiveRun } from "./runner.ts";
import type { JobStatus } from "./runtime.ts";
import type { JobMemory } from "./slot-store.ts";
import { runView } from "./views.ts";

/** One job as `GET /api/jobs/status` shows it, with its newest `runs`. */
export async function loadJobStatus(
  db: Database,
  { system, definition, schedule }: JobEntry,
  options: { runs: number; memory: JobMemory | undefined; active: ActiveRun | undefined; nextAfter: Date | undefined },
): Promise<JobStatus> {
  const { memory, active, nextAfter } = options;
  const rows = await loadRuns(db, { job: definition.name, limit: Math.max(options.runs, 1) });
  const views = rows.map((row) => runView(row, row.id === active?.row.id ? active.live() : undefined));
  return {
    job_name: definition.name,
    system,
    about: definition.about,
    enabled: definition.enabled ?? true,
    paused: memory?.paused ?? false,
    public: definition.public ?? false,
    cron: schedule.cron,
    timezone: schedule.timezone,
    next_run: (nextAfter && schedule.next(nextAfter)?.toISOString()) ?? null,
    running: active !== undefined,
    last_run: views[0] ?? null,
    last_success_at: memory?.lastOkAt ?? null,
    consecutive_failures: await countFailuresInARow(db, definition.name),
    runs: views.slice(0, options.runs),
  };
}
