import { VigiaError } from "../kit/errors.ts";
import type { JobDefinition } from "./define.ts";
import { openSchedule, type SlotTimes } from "./schedule.ts";

/** A declared job with its system and its opened schedule. */
export interface JobEntry {
  system: string;
  definition: JobDefinition;
  schedule: SlotTimes;
}

/** snake_case, as it stands in `job_runs.job_name`, in addresses and in figures. */
export const JOB_NAME = /^[a-z][a-z0-9_]{0,49}$/;
/** `GET /api/jobs/runs/{id}` is a path beside `GET /api/jobs/{name}/runs`. */
const RESERVED_NAMES = new Set(["runs", "status"]);

/** Checks the declarations of all systems. Errors: `bad_job`, `bad_schedule`. */
export function openJobs(jobs: readonly { system: string; definition: JobDefinition }[]): Map<string, JobEntry> {
  const entries = new Map<string, JobEntry>();
  for (const { system, definition } of jobs) {
    const { name } = definition;
    if (!JOB_NAME.test(name) || RESERVED_NAMES.has(name))
      throw new VigiaError("bad_job", `"${name}" cannot be the name of a job.`, {
        hint: "Use snake_case of at most 50 characters; `runs` and `status` are paths of the HTTP API.",
      });
    if (entries.has(name)) throw new VigiaError("bad_job", `Two jobs are named ${name}.`);
    entries.set(name, { system, definition, schedule: openSchedule(definition.schedule) });
  }
  return entries;
}
