import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { JobRuntime } from "../../jobs/runtime.ts";
import type { ServerEnv } from "../env.ts";
import { type Audit, mayReadHouse, requesterOf } from "../identity/index.ts";
import { NO_STORE } from "../no-store.ts";
import { decodeCursor, pageOf } from "../paging.ts";
import { HttpProblem } from "../problem.ts";
import { createRouter } from "../router.ts";
import {
  alertsRoute,
  allRunsRoute,
  cancelRoute,
  pauseRoute,
  resumeRoute,
  runRoute,
  runsRoute,
  startRoute,
  statusRoute,
} from "./route-definitions.ts";
import { loadStatus, runBody, type StatusContributors } from "./status.ts";
import type { JobVisibility } from "./visibility.ts";

export interface JobRoutesOptions {
  jobs: JobRuntime;
  visibility: JobVisibility;
  audit: Audit;
  contributors: StatusContributors;
  schedulerEnabled: boolean;
}

/** Reading of public jobs is for anyone, of others for members of the house; running and changing for the operator. */
export function jobRoutes({ jobs, visibility, audit, contributors, schedulerEnabled }: JobRoutesOptions) {
  const knownJob = async (name: string): Promise<string> => {
    const all = await jobs.status({ runs: 0 });
    if (!all.some((job) => job.job_name === name)) throw unknownJob(name);
    return name;
  };
  const runsPage = async (
    filters: { job?: string },
    route: string,
    query: { limit: number; cursor?: string | undefined },
  ) => {
    const { limit, cursor } = query;
    const binding = { route, filters };
    const beforeId = cursor === undefined ? undefined : decodeCursor(cursor, binding, z.number().int().positive());
    const rows = await jobs.runs({ ...filters, limit: limit + 1, ...(beforeId === undefined ? {} : { beforeId }) });
    const page = pageOf(rows, { limit, binding, position: (run) => run.id });
    return { ...page, items: page.items.map(runBody) };
  };
  const record = (context: Context<ServerEnv>, action: string, job: string, details?: Record<string, unknown>) =>
    audit({
      ...requesterOf(context),
      action,
      entity: "job",
      entityId: job,
      ...(details ? { details } : {}),
    });

  return createRouter()
    .openapi(statusRoute, async (context) => {
      const house = mayReadHouse(context.get("scope"));
      const publicJobs = await visibility.publicJobs();
      const body = await loadStatus(
        { jobs, contributors, schedulerEnabled },
        {
          runs: context.req.valid("query").limit,
          isVisible: (job) => house || publicJobs.has(job),
          seesAllAlerts: house,
        },
      );
      return context.json(body, 200, NO_STORE);
    })
    .openapi(runRoute, async (context) => {
      const { id } = context.req.valid("param");
      const { after_seq: afterSeq, log_limit: limit } = context.req.valid("query");
      const run = await jobs.run(id);
      // A run that is not yours to see answers like one that does not exist.
      if (!run || !(await visibility.mayRead(context.get("scope"), run.job_name))) throw unknownRun(id);
      const logs =
        limit === 0 ? [] : await jobs.runLogs(id, { limit, ...(afterSeq === undefined ? {} : { afterSeq }) });
      const nextSeq = logs.at(-1)?.seq ?? afterSeq ?? -1;
      const detail = { params: run.params, log_data: run.log_data, logs, next_seq: nextSeq };
      return context.json({ ...runBody(run), ...detail }, 200, NO_STORE);
    })
    .openapi(allRunsRoute, async (context) =>
      context.json(await runsPage({}, allRunsRoute.path, context.req.valid("query")), 200, NO_STORE),
    )
    .openapi(runsRoute, async (context) => {
      const { name } = context.req.valid("param");
      if (!(await visibility.mayRead(context.get("scope"), name))) throw unknownJob(name);
      const job = await knownJob(name);
      return context.json(await runsPage({ job }, runsRoute.path, context.req.valid("query")), 200, NO_STORE);
    })
    .openapi(startRoute, async (context) => {
      const { name } = context.req.valid("param");
      const { params, trigger } = context.req.valid("json");
      const started = await jobs.runNow(name, { trigger, ...(params ? { params } : {}) });
      await record(context, "job.run", name, { run_id: started.id, ...(params ? { params } : {}) });
      const headers = { Location: `/api/jobs/runs/${started.id}` };
      return context.json({ run_id: started.id, uid: started.uid }, 202, headers);
    })
    .openapi(cancelRoute, async (context) => {
      const name = await knownJob(context.req.valid("param").name);
      if (!(await jobs.cancel(name)))
        throw new HttpProblem(409, "job_not_running", `The job ${name} is not running, so there is nothing to cancel.`);
      await record(context, "job.cancel", name);
      return context.json({ job_name: name, cancelling: true as const }, 202);
    })
    .openapi(pauseRoute, async (context) => {
      const name = await knownJob(context.req.valid("param").name);
      await jobs.pause(name);
      await record(context, "job.pause", name);
      return context.json({ job_name: name, paused: true }, 200);
    })
    .openapi(resumeRoute, async (context) => {
      const name = await knownJob(context.req.valid("param").name);
      await jobs.resume(name);
      await record(context, "job.resume", name);
      return context.json({ job_name: name, paused: false }, 200);
    })
    .openapi(alertsRoute, async (context) => {
      const { state, limit } = context.req.valid("query");
      const items = await jobs.alerts({ limit, ...(state ? { state } : {}) });
      return context.json({ items, count: items.length }, 200, NO_STORE);
    });
}

const unknownJob = (name: string) => new HttpProblem(404, "unknown_job", `There is no job called ${name}.`);
const unknownRun = (id: number) => new HttpProblem(404, "unknown_run", `There is no run ${id}.`);
