import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { JobRuntime } from "../../jobs/runtime.ts";
import type { ServerEnv } from "../env.ts";
import { type Audit, mayReadHouse, requireHouse, requireOperator, scopeOf } from "../identity/index.ts";
import { decodeCursor, pageOf, pageQuery, pageSchema } from "../paging.ts";
import { HttpProblem } from "../problem.ts";
import { problems } from "../problem-schema.ts";
import { createRouter } from "../router.ts";
import { alertSchema, runDetailSchema, runSchema, statusSchema } from "./schemas.ts";
import { loadStatus, runBody, type StatusContributors } from "./status.ts";
import type { JobVisibility } from "./visibility.ts";

const NO_STORE = { "Cache-Control": "no-store" };
const TAGS = ["jobs"];
const SECURED = [{ bearer: [] }];
/** Log lines in one answer; `after_seq` brings the next ones. */
const MAX_LOG_LINES = 1_000;

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

const jobPath = z.object({ name: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, "is not a job name") });

const statusRoute = createRoute({
  method: "get",
  path: "/api/jobs/status",
  tags: TAGS,
  summary: "Every job with its schedule and last runs, the age of the data, budgets and alerts",
  description: "Without a token: the public jobs only.",
  request: { query: z.object({ limit: z.coerce.number().int().min(0).max(100).default(10) }) },
  responses: { 200: json("The state of the house.", statusSchema), ...problems(422) },
});

const allRunsRoute = createRoute({
  method: "get",
  path: "/api/jobs/runs",
  tags: TAGS,
  summary: "Runs of all jobs, newest first",
  security: SECURED,
  middleware: [requireHouse] as const,
  request: { query: pageQuery(50, 200) },
  responses: { 200: json("A page of runs.", pageSchema(runSchema)), ...problems(400, 401, 403, 422) },
});

const runsRoute = createRoute({
  method: "get",
  path: "/api/jobs/{name}/runs",
  tags: TAGS,
  summary: "Runs of a job, newest first",
  request: { params: jobPath, query: pageQuery(50, 200) },
  responses: { 200: json("A page of runs.", pageSchema(runSchema)), ...problems(400, 404, 422) },
});

const runRoute = createRoute({
  method: "get",
  path: "/api/jobs/runs/{id}",
  tags: TAGS,
  summary: "One run with its log",
  request: {
    params: z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    query: z.object({
      after_seq: z.coerce.number().int().min(-1).max(Number.MAX_SAFE_INTEGER).optional(),
      log_limit: z.coerce.number().int().min(0).max(MAX_LOG_LINES).default(MAX_LOG_LINES),
    }),
  },
  responses: { 200: json("The run and its log lines.", runDetailSchema), ...problems(404, 422) },
});

const startRoute = createRoute({
  method: "post",
  path: "/api/jobs/{name}/run",
  tags: TAGS,
  summary: "Start a run now",
  security: SECURED,
  middleware: [requireOperator] as const,
  request: {
    params: jobPath,
    body: {
      content: {
        "application/json": {
          schema: z.strictObject({
            params: z.record(z.string().max(64), z.unknown()).optional(),
            trigger: z.enum(["manual", "backfill"]).default("manual"),
          }),
        },
      },
    },
  },
  responses: {
    202: json("It runs; `Location` is the run.", z.object({ run_id: z.number().int(), uid: z.string() })),
    ...problems(401, 403, 404, 409, 422, 429, 503, 507),
  },
});

const cancelRoute = createRoute({
  method: "post",
  path: "/api/jobs/{name}/cancel",
  tags: TAGS,
  summary: "Abort the running attempt",
  security: SECURED,
  middleware: [requireOperator] as const,
  request: { params: jobPath },
  responses: {
    202: json("It is being aborted.", z.object({ job_name: z.string(), cancelling: z.literal(true) })),
    ...problems(401, 403, 404, 409, 422, 429),
  },
});

const switchRoute = <Verb extends "pause" | "resume">(verb: Verb, summary: string) =>
  createRoute({
    method: "post",
    path: `/api/jobs/{name}/${verb}` as const,
    tags: TAGS,
    summary,
    security: SECURED,
    middleware: [requireOperator] as const,
    request: { params: jobPath },
    responses: {
      200: json("The new state.", z.object({ job_name: z.string(), paused: z.boolean() })),
      ...problems(401, 403, 404, 422, 429),
    },
  });

const pauseRoute = switchRoute("pause", "Skip the job's slots until it is resumed; manual runs still work");
const resumeRoute = switchRoute("resume", "Take the job's slots again");

const alertsRoute = createRoute({
  method: "get",
  path: "/api/alerts",
  tags: TAGS,
  summary: "Operational alerts, newest first",
  security: SECURED,
  middleware: [requireHouse] as const,
  request: {
    query: z.object({
      state: z.enum(["firing", "resolved"]).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
  },
  responses: {
    200: json("The alerts.", z.object({ items: z.array(alertSchema), count: z.number().int() })),
    ...problems(401, 403, 422),
  },
});

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
      scope: scopeOf(context),
      action,
      entity: "job",
      entityId: job,
      ...(details ? { details } : {}),
      correlationId: context.get("requestId"),
      clientIp: context.get("origin").address,
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
