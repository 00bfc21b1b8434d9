import type { Scope } from "../../db/scope.ts";
import type { JobRuntime } from "../../jobs/runtime.ts";
import { mayReadHouse } from "../identity/index.ts";

/** Which jobs someone may read of: members of the house all, anyone else the public ones. */
export interface JobVisibility {
  mayRead(scope: Scope | undefined, job: string): Promise<boolean>;
  /** Names of the public jobs. */
  publicJobs(): Promise<ReadonlySet<string>>;
}

/** Jobs are declared once per process, so the public ones are asked for once. */
export function createJobVisibility(jobs: JobRuntime): JobVisibility {
  let names: Promise<ReadonlySet<string>> | undefined;
  const publicJobs = () => {
    names ??= loadPublicJobs(jobs).catch((failure) => {
      names = undefined;
      throw failure;
    });
    return names;
  };
  return {
    publicJobs,
    mayRead: async (scope, job) => mayReadHouse(scope) || (await publicJobs()).has(job),
  };
}

async function loadPublicJobs(jobs: JobRuntime): Promise<ReadonlySet<string>> {
  const all = await jobs.status({ runs: 0 });
  return new Set(all.filter((job) => job.public).map((job) => job.job_name));
}
