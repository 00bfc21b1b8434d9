import type { Command } from "commander";
import type { RunView } from "../../jobs/runtime.ts";
import { callApi, query } from "../api.ts";
import { parseCount } from "../arguments.ts";
import type { Connection } from "../connection.ts";
import type { Handler } from "../context.ts";
import { type Column, renderTable } from "../output.ts";

/** `vigia runs [--job NAME] [--limit N]`: the latest executions, newest first. */
export function registerRuns(program: Command, handle: Handler): void {
  program
    .command("runs")
    .description("list the latest runs, newest first")
    .option("--job <name>", "only this job")
    .option("--limit <count>", "how many", parseCount, 20)
    .action((options: { job?: string; limit: number }) =>
      handle(async ({ output, globals, connect }) => {
        const runs = await loadRuns(await connect(), options);
        if (globals.json) return output.data(JSON.stringify(runs, null, 2));
        if (runs.length === 0) return output.note("Nothing has run yet. Run: vigia run daily_analysis");
        output.data(renderTable(runs, RUN_COLUMNS));
      }),
    );
}

/** Runs in one answer of the API at most. */
const PAGE = 200;

async function loadRuns(connection: Connection, { job, limit }: { job?: string; limit: number }): Promise<RunView[]> {
  const path = job ? `/api/jobs/${encodeURIComponent(job)}/runs` : "/api/jobs/runs";
  const runs: RunView[] = [];
  let cursor: string | undefined;
  do {
    const parameters = { limit: Math.min(PAGE, limit - runs.length), cursor };
    const page = await callApi<{ items: RunView[]; next_cursor: string | null }>(
      connection,
      `${path}${query(parameters)}`,
    );
    runs.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && runs.length < limit);
  return runs;
}

const RUN_COLUMNS: readonly Column<RunView>[] = [
  { title: "RUN", value: (run) => run.id, align: "right" },
  { title: "JOB", value: (run) => run.job_name },
  { title: "TRIGGER", value: (run) => run.trigger },
  { title: "TRY", value: (run) => run.attempt, align: "right" },
  { title: "STARTED", value: (run) => run.start_time.slice(0, 19).replace("T", " ") },
  { title: "SECONDS", value: (run) => run.duration_seconds?.toFixed(1), align: "right" },
  { title: "OUTCOME", value: (run) => run.outcome ?? "running" },
  { title: "UNITS", value: (run) => run.tickers_processed, align: "right" },
  { title: "ERRORS", value: (run) => run.errors_count, align: "right" },
];
