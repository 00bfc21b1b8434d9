import type { Command } from "commander";
import { EXIT } from "../../jobs/exit-codes.ts";
import type { JobStatus, RunView } from "../../jobs/runtime.ts";
import { DIRECTORY_SYNC, MIRROR_DRAIN, MIRROR_RECONCILE } from "../../mirror/job-names.ts";
import type { MirrorStatus, StreamStatus } from "../../mirror/status.ts";
import { ApiError, callApi, postApi } from "../api.ts";
import type { Connection } from "../connection.ts";
import type { CommandContext, Handler } from "../context.ts";
import { plainText, renderTable } from "../output.ts";
import { registerLetters } from "./dead-letters.ts";
import { runAt } from "./run.ts";

/** `vigia mirror …`: what is owed to Supabase, and sending it. */
export function registerMirror(program: Command, handle: Handler): void {
  const mirror = program.command("mirror").description("the copy of everything in Supabase: state, sending, comparing");
  mirror
    .command("status")
    .description("what is owed, since when, and how each stream is")
    .action(() => handle(printStatus));
  registerSwitches(mirror, handle);
  registerRuns(mirror, handle);
  registerLetters(mirror, handle, { queue: "mirror" });
}

function registerSwitches(mirror: Command, handle: Handler): void {
  const switches = {
    pause: "send nothing more; changes go on being owed",
    resume: "send again; blocked streams are tried at once",
  } as const;
  for (const [action, description] of Object.entries(switches))
    mirror
      .command(action)
      .description(description)
      .argument("[stream]", "one stream; default: the whole mirror")
      .action((stream: string | undefined) =>
        handle(async ({ output, globals, connect }) => {
          const answer = await postApi(await connect(), `/api/mirror/${action}`, { body: stream ? { stream } : {} });
          output.data(globals.json ? JSON.stringify(answer, null, 2) : `${stream ?? "mirror"}: ${action} done`);
        }),
      );
}

interface ReconcileOptions {
  stream?: string[];
  delete?: boolean;
  deleteMany?: boolean;
  dryRun?: boolean;
}

function registerRuns(mirror: Command, handle: Handler): void {
  mirror
    .command("flush")
    .description("send everything owed now and wait; exit 0 nothing owed, 2 still owed, 1 failed, 3 blocked")
    .option("--dry-run", "only say what would be sent")
    .action(({ dryRun }: { dryRun?: boolean }) => handle((context) => (dryRun ? printOwed(context) : flush(context))));
  mirror
    .command("reconcile")
    .description("compare all keys and contents with Supabase and owe again what differs; rows only there are reported")
    .option("--stream <name...>", "only these streams")
    .option("--delete", "delete there what is not here, up to 500 rows plus 1 % of each stream")
    .option("--delete-many", "delete there what is not here, however much it is")
    .option("--dry-run", "only report")
    .action((options: ReconcileOptions) =>
      handle(async (context) => {
        const params = {
          ...(options.stream ? { streams: options.stream } : {}),
          ...(options.delete ? { delete: true } : {}),
          ...(options.deleteMany ? { delete_many: true } : {}),
          ...(options.dryRun ? { dry_run: true } : {}),
        };
        printComparison(context, await runMirrorJob(context, "reconcile", params));
      }),
    );
  mirror
    .command("directory")
    .description("copy users and their portfolios from Supabase now")
    .option("--dry-run", "only report")
    .option("--accept-missing", "deactivate those who are gone, even more than half of all")
    .action(({ dryRun, acceptMissing }: { dryRun?: boolean; acceptMissing?: boolean }) =>
      handle(async (context) => {
        const params = { ...(dryRun ? { dry_run: true } : {}), ...(acceptMissing ? { accept_missing: true } : {}) };
        await runMirrorJob(context, "directory", params);
      }),
    );
}

interface Compared {
  stream: string;
  compared: number;
  differing: number;
  missing: number;
  extra: number;
  extraKeys?: string[];
  owed: number;
  deleted: number;
  error?: { message: string };
}

/** What a comparison found, stream by stream. */
function printComparison({ output, globals }: CommandContext, { log_data: data }: RunView): void {
  const streams = (data?.streams ?? []) as Compared[];
  if (globals.json || streams.length === 0) return;
  output.data(
    renderTable(streams, [
      { title: "STREAM", value: ({ stream }) => stream },
      { title: "COMPARED", value: ({ compared }) => compared, align: "right" },
      { title: "DIFFER", value: ({ differing }) => differing, align: "right" },
      { title: "MISSING THERE", value: ({ missing }) => missing, align: "right" },
      { title: "ONLY THERE", value: ({ extra }) => extra, align: "right" },
      { title: "OWED AGAIN", value: ({ owed }) => owed, align: "right" },
      { title: "DELETING", value: ({ deleted }) => deleted, align: "right" },
      { title: "PROBLEM", value: ({ error }) => error?.message ?? "" },
    ]),
  );
  for (const { stream, extraKeys = [], extra } of streams)
    if (extra > 0)
      output.data(`Only there, ${stream}: ${plainText(extraKeys.join(" "))}${extra > extraKeys.length ? " …" : ""}`);
  const off = streams.reduce((sum, { differing, missing, extra }) => sum + differing + missing + extra, 0);
  if (streams.every(({ error }) => !error))
    output.data(off === 0 ? "Both sides agree." : `${off} rows or files differ.`);
}

type Status = MirrorStatus & {
  last_run: { outcome: string | null; started_at: string; ended_at: string | null } | null;
};

const loadStatus = (connection: Connection) => callApi<Status>(connection, "/api/mirror/status");

async function printStatus({ output, globals, connect }: CommandContext): Promise<void> {
  const status = await loadStatus(await connect());
  if (globals.json) return output.data(JSON.stringify(status, null, 2));
  output.data(describeMirror(status));
  output.data(
    renderTable(status.streams, [
      { title: "STREAM", value: ({ stream }) => stream },
      { title: "STATE", value: ({ state }) => state },
      { title: "OWED", value: ({ owed }) => owed, align: "right" },
      {
        title: "SINCE",
        value: ({ lag_seconds }) => (lag_seconds === null ? null : `${lag_seconds} s`),
        align: "right",
      },
      { title: "REFUSED", value: ({ dead_letters }) => dead_letters, align: "right" },
      { title: "DELIVERED", value: ({ rows_delivered }) => rows_delivered, align: "right" },
      { title: "LAST (UTC)", value: ({ last_delivered_at }) => last_delivered_at?.slice(0, 19).replace("T", " ") },
    ]),
  );
  for (const stream of status.streams) for (const line of troubles(stream)) output.data(line);
}

function describeMirror({ enabled, paused, owed, lag_seconds: lag, dead_letters: letters }: Status): string {
  if (!enabled)
    return (
      "The mirror is off: SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY turn it on, unless USE_SUPABASE is false.\n" +
      "A process that runs has read its settings at its start: restart it after changing them.\n"
    );
  const behind = owed === 0 ? "nothing owed" : `${owed} owed${lag > 0 ? `, the oldest for ${lag} s` : ""}`;
  return `The mirror is ${paused ? "paused" : "on"}: ${behind}${letters > 0 ? `, ${letters} refused` : ""}.\n`;
}

function troubles({
  stream,
  blocked_reason: blocked,
  dropped_columns: dropped,
  last_error: error,
}: StreamStatus): string[] {
  return [
    ...(blocked ? [`${stream} is blocked: ${plainText(blocked)}`] : []),
    ...(dropped.length > 0
      ? [`${stream} goes without the columns ${dropped.join(", ")}, which Supabase does not know.`]
      : []),
    ...(error && !blocked ? [`${stream}: ${plainText(error)}`] : []),
  ];
}

/** `--dry-run`: what the next delivery begins with. */
async function printOwed({ output, globals, connect }: CommandContext): Promise<void> {
  const { owed, owed_by_table: tables } = await loadStatus(await connect());
  if (globals.json) return output.data(JSON.stringify({ owed, owed_by_table: tables }, null, 2));
  if (owed === 0) return output.data("Nothing is owed.");
  output.data(
    renderTable(Object.entries(tables), [
      { title: "STREAM", value: ([stream]) => stream },
      { title: "OWED", value: ([, count]) => count, align: "right" },
    ]),
  );
}

async function flush(context: CommandContext): Promise<void> {
  const connection = await context.connect();
  const run = await runMirrorJob(context, "flush", {}, connection);
  const { owed, streams } = await loadStatus(connection);
  const blocked = streams.filter(({ state, owed: count }) => state === "blocked" && count > 0);
  for (const { stream, blocked_reason: reason } of blocked)
    context.output.note(`${stream} is blocked: ${plainText(reason ?? "")}`);
  if (context.signal.aborted) return context.exit(EXIT.interrupted);
  if (blocked.length > 0) return context.exit(EXIT.blocked);
  if (run.outcome === "failed" || run.outcome === "timed_out") return context.exit(EXIT.failure);
  if (owed > 0) context.output.note(`${owed} still owed: see vigia mirror status.`);
  context.exit(owed > 0 ? EXIT.partial : EXIT.ok);
}

/** How often a delivery that runs already is asked about. */
const BUSY_ASK_MS = 500;

const JOBS = { flush: MIRROR_DRAIN, reconcile: MIRROR_RECONCILE, directory: DIRECTORY_SYNC };

/** Starts one of the mirror's runs and follows it; one that runs already is waited for. */
async function runMirrorJob(
  context: CommandContext,
  action: "flush" | "reconcile" | "directory",
  params: Record<string, unknown>,
  opened?: Connection,
): Promise<RunView> {
  const connection = opened ?? (await context.connect());
  for (let told = false; ; told = true) {
    try {
      return await runAt(context, `/api/mirror/${action}`, params, connection);
    } catch (thrown) {
      if (!(thrown instanceof ApiError && thrown.code === "job_busy") || context.signal.aborted) throw thrown;
      if (!told) context.output.note("One runs already; waiting for its end.");
      await untilIdle(context, connection, JOBS[action]);
    }
  }
}

/** Asks without changing anything: each try to start a run counts as a change, and is written into the audit log. */
async function untilIdle({ signal }: CommandContext, connection: Connection, name: string): Promise<void> {
  for (let running = true; running && !signal.aborted; ) {
    await Bun.sleep(BUSY_ASK_MS);
    const { jobs } = await callApi<{ jobs: JobStatus[] }>(connection, "/api/jobs/status?limit=0");
    running = jobs.some((job) => job.job_name === name && job.running);
  }
}
