import type { Command } from "commander";
import { EXIT, exitCodeOfRun } from "../../jobs/exit-codes.ts";
import type { RunView } from "../../jobs/runtime.ts";
import { seconds } from "../../kit/duration.ts";
import { VigiaError } from "../../kit/errors.ts";
import { DAILY_ANALYSIS } from "../../systems/recommendations/job-names.ts";
import { ApiError, callApi, postApi } from "../api.ts";
import { parseDate } from "../arguments.ts";
import { CALL_LIMIT_MS, type Connection } from "../connection.ts";
import type { CommandContext, Handler } from "../context.ts";
import { plainText } from "../output.ts";

/** `vigia run <job> [--as-of DATE]`: starts a run and waits for its end. */
export function registerRun(program: Command, handle: Handler): void {
  program
    .command("run")
    .description("run a job now and wait for it; the exit code is its outcome, Ctrl+C cancels it")
    .argument("<job>", "name of the job (see: vigia jobs)")
    .option("--as-of <date>", `${DAILY_ANALYSIS} only: use what was known on this date (YYYY-MM-DD)`, parseDate)
    .action((job: string, { asOf }: { asOf?: string }) =>
      handle(async (context) => {
        if (asOf !== undefined && job !== DAILY_ANALYSIS)
          throw new VigiaError("bad_usage", `${job} takes no --as-of.`, { hint: `Only ${DAILY_ANALYSIS} does.` });
        await runJob(context, job, { params: asOf ? { as_of: asOf } : {} });
      }),
    );
}

/** Starts `job` with `body`, follows it, prints the finished run, sets the exit code and resolves with the run. */
export async function runJob(
  context: CommandContext,
  job: string,
  body: Record<string, unknown>,
  opened?: Connection,
): Promise<RunView> {
  const connection = opened ?? (await context.connect());
  return runAt(context, `/api/jobs/${encodeURIComponent(job)}/run`, body, connection);
}

/** The same for any route that answers with the run it has begun. */
export async function runAt(
  context: CommandContext,
  path: string,
  body: Record<string, unknown>,
  connection: Connection,
): Promise<RunView> {
  const { output, globals } = context;
  const { run_id: id } = await postApi<{ run_id: number }>(connection, path, { body, signal: ownLimit() });
  const run = await followRun(connection, id, context);
  output.data(globals.json ? JSON.stringify(run, null, 2) : describeRun(run));
  context.exit(context.signal.aborted ? EXIT.interrupted : exitCodeOfRun(run));
  return run;
}

/** Ctrl+C must not end the calls that start and cancel a run: whatever was started is also ended. */
const ownLimit = () => AbortSignal.timeout(CALL_LIMIT_MS);

/** How often a followed run is asked about. */
const FOLLOW_EVERY_MS = 100;
/** A job that ignores its abort is given up after five seconds; then its row is closed. */
const CANCEL_WAIT_MS = seconds(15);

async function followRun(connection: Connection, id: number, context: CommandContext): Promise<RunView> {
  const { output, globals, signal } = context;
  let shown = "";
  let cancelledAtMs: number | undefined;
  for (;;) {
    const run = await loadRun(connection, id);
    const progress = globals.json ? "" : describeProgress(run);
    if (progress !== shown && progress !== "") output.note(progress);
    shown = progress;
    if (run.status !== "running") return run;
    if (signal.aborted && cancelledAtMs === undefined) {
      cancelledAtMs = performance.now();
      output.note(`Cancelling run ${id} of ${run.job_name}.`);
      await cancelRun(connection, run);
    }
    if (cancelledAtMs !== undefined && performance.now() - cancelledAtMs > CANCEL_WAIT_MS) return run;
    await Bun.sleep(FOLLOW_EVERY_MS);
  }
}

/** A run as `vigia runs --json` has it, with its parameters and log data. */
async function loadRun(connection: Connection, id: number): Promise<RunView> {
  const path = `/api/jobs/runs/${id}?log_limit=0`;
  const answer = await callApi<RunView & { logs: unknown; next_seq: unknown }>(connection, path, {
    signal: ownLimit(),
  });
  const { logs: _logs, next_seq: _nextSeq, ...run } = answer;
  return run;
}

async function cancelRun(connection: Connection, { job_name: job }: RunView): Promise<void> {
  try {
    await postApi(connection, `/api/jobs/${encodeURIComponent(job)}/cancel`, { signal: ownLimit() });
  } catch (thrown) {
    // It ended by itself in this moment.
    if (!(thrown instanceof ApiError && thrown.code === "job_not_running")) throw thrown;
  }
}

function describeProgress({ job_name: job, progress: { done, total, item } }: RunView): string {
  return total === null ? "" : plainText(`${job}: ${done}/${total} ${item ?? ""}`.trimEnd());
}

function describeRun(run: RunView): string {
  const seconds = run.duration_seconds?.toFixed(1) ?? "?";
  const counts = `${run.tickers_processed} written, ${run.errors_count} errors`;
  const said = run.log_data?.error ?? run.log_data?.message;
  const reason = typeof said === "string" ? `\n${plainText(said)}` : "";
  const more = run.errors_count > 0 || run.outcome !== "ok" ? `\nSee: vigia logs ${run.id}` : "";
  return `Run ${run.id} of ${run.job_name}: ${run.outcome ?? "still running"} after ${seconds} s (${counts})${reason}${more}`;
}
