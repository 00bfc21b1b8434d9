import type { Command } from "commander";
import { readSettings } from "../../environment.ts";
import { listHosts } from "../../house/hosts.ts";
import type { JobStatus } from "../../jobs/runtime.ts";
import { callApi, postApi } from "../api.ts";
import type { CommandContext, Handler } from "../context.ts";
import { renderTable } from "../output.ts";

const ACTIONS = {
  pause: "record the slots of a job as skipped(disabled) until it is resumed",
  resume: "let a paused job run again",
  cancel: "abort the running attempt of a job",
} as const;

/** `vigia jobs [--hosts]`, `vigia jobs pause|resume|cancel <job>`. */
export function registerJobs(program: Command, handle: Handler): void {
  const jobs = program
    .command("jobs")
    .description("list the jobs with their schedule and last outcome")
    .option("--hosts", "list every host that may be called, by system")
    .action((options: { hosts?: boolean }) =>
      handle((context) => (options.hosts ? printHosts(context) : printJobs(context))),
    );
  for (const [action, description] of Object.entries(ACTIONS)) {
    jobs
      .command(action)
      .description(description)
      .argument("<job>", "name of the job")
      .action((job: string) =>
        handle(async ({ output, globals, connect }) => {
          const answer = await postApi(await connect(), `/api/jobs/${encodeURIComponent(job)}/${action}`);
          output.data(globals.json ? JSON.stringify(answer, null, 2) : `${job}: ${action} done`);
        }),
      );
  }
}

async function printJobs({ output, globals, connect }: CommandContext): Promise<void> {
  const { jobs } = await callApi<{ jobs: JobStatus[] }>(await connect(), "/api/jobs/status?limit=1");
  if (globals.json) return output.data(JSON.stringify(jobs, null, 2));
  output.data(
    renderTable(jobs, [
      { title: "JOB", value: (job) => job.job_name },
      { title: "SCHEDULE", value: (job) => job.cron },
      { title: "ZONE", value: (job) => job.timezone },
      {
        title: "STATE",
        value: (job) => (job.running ? "running" : job.paused ? "paused" : job.enabled ? "waiting" : "disabled"),
      },
      { title: "NEXT (UTC)", value: (job) => job.next_run?.slice(0, 16).replace("T", " ") },
      { title: "LAST", value: (job) => job.last_run?.outcome ?? (job.last_run ? "running" : "never ran") },
    ]),
  );
}

async function printHosts({ output, globals, environment }: CommandContext): Promise<void> {
  const { settings } = readSettings(environment, globals.envFile);
  const hosts = listHosts(settings);
  if (globals.json) return output.data(JSON.stringify(hosts, null, 2));
  if (hosts.length === 0) return output.note(`No host may be called with MARKET_DATA=${settings.marketData}.`);
  output.data(
    renderTable(hosts, [
      { title: "SYSTEM", value: (row) => row.system },
      { title: "SOURCE", value: (row) => row.peer },
      { title: "HOST", value: (row) => row.host },
      { title: "A DAY", value: (row) => row.daily_limit ?? "no limit", align: "right" },
    ]),
  );
}
