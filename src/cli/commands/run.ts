import type { Command } from "commander";
import { exitCodeOfRun } from "../../jobs/exit-codes.ts";
import type { RunView } from "../../jobs/runtime.ts";
import { callApi, postApi } from "../api.ts";
import { parseDate } from "../arguments.ts";
import type { Connection } from "../connect.ts";
import type { CommandContext } from "../context.ts";
import type { Handler } from "../program.ts";

/** `vigia run <job> [--as-of DATE]`: starts a run and waits for its end. */
export function registerRun(program: Command, handle: Handler): void {
  program
    .command("run")
    .description("run a job now and wait for it; the exit code is its outcome")
    .argument("<job>", "name of the job (see: vigia jobs)")
    .option("--as-of <date>", "use only what was known on this date (YYYY-MM-DD)", parseDate)
    .action((job: string, options: { asOf?: string }) =>
      handle((context) => runJob(context, job, { params: options.asOf ? { as_of: options.asOf } : {} })),
    );
}

/** Starts `job` with `body`, follows it, prints the finished run and sets the exit code. */
export async function runJob(context: CommandContext, job: string, body: Record<string, unknown>): Promise<void> {
  const connection = await context.connect();
  const started = await postApi<{ run_id: number }>(connection, `/api/jobs/${encodeURIComponent(job)}/run`, body);
  const run = await followRun(connection, started.run_id, context);
  context.exit(exitCodeOfRun(run));
  context.output.data(context.globals.json ? JSON.stringify(run, null, 2) : describeRun(run));
}

/** How often a followed run is asked about. */
const FOLLOW_EVERY_MS = 250;

async function followRun(connection: Connection, id: number, context: CommandContext): Promise<RunView> {
  let shown = "";
  for (;;) {
    const run = await callApi<RunView>(connection, `/api/jobs/runs/${id}`);
    const { done, total, item } = run.progress;
    const progress = total === null ? "" : `${run.job_name}: ${done}/${total} ${item ?? ""}`.trimEnd();
    if (progress !== shown && progress !== "" && !context.globals.json) context.output.note(progress);
    shown = progress;
    if (run.status !== "running") return run;
    if (context.signal.aborted) {
      await postApi(connection, `/api/jobs/${encodeURIComponent(run.job_name)}/cancel`);
      context.signal.throwIfAborted();
    }
    await Bun.sleep(FOLLOW_EVERY_MS);
  }
}

function describeRun(run: RunView): string {
  const seconds = run.duration_seconds?.toFixed(1) ?? "?";
  const counts = `${run.tickers_processed} written, ${run.errors_count} errors`;
  const reason = typeof run.log_data?.error === "string" ? `\n${run.log_data.error}` : "";
  return `Run ${run.id} of ${run.job_name}: ${run.outcome} after ${seconds} s (${counts})${reason}`;
}
