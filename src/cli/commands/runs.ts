import type { Command } from "commander";
import type { RunView } from "../../jobs/runtime.ts";
import { callApi, query } from "../api.ts";
import { type Column, renderTable } from "../output.ts";
import type { Handler } from "../program.ts";

/** `vigia runs [--job NAME] [--limit N]`: the latest executions, newest first. */
export function registerRuns(program: Command, handle: Handler): void {
  program
    .command("runs")
    .description("list the latest runs, newest first")
    .option("--job <name>", "only this job")
    .option("--limit <count>", "how many", "20")
    .action((options: { job?: string; limit: string }) =>
      handle(async ({ output, globals, connect }) => {
        const connection = await connect();
        const path = options.job ? `/api/jobs/${encodeURIComponent(options.job)}/runs` : "/api/jobs/runs";
        const { items } = await callApi<{ items: RunView[] }>(connection, `${path}${query({ limit: options.limit })}`);
        output.data(globals.json ? JSON.stringify(items, null, 2) : renderTable(items, RUN_COLUMNS));
      }),
    );
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
