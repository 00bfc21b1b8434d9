import { createRoute, z } from "@hono/zod-openapi";
import { JOB_NAME } from "../../jobs/job-entry.ts";
import { requireHouse, requireOperator } from "../identity/index.ts";
import { pageQuery, pageSchema } from "../paging.ts";
import { problems } from "../problem-schema.ts";
import { alertSchema, runDetailSchema, runSchema, statusSchema } from "./schemas.ts";

const TAGS = ["jobs"];
const SECURED = [{ bearer: [] }];
/** Log lines in one answer; `after_seq` brings the next ones. */
const MAX_LOG_LINES = 1_000;

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

const jobPath = z.object({ name: z.string().regex(JOB_NAME, "is not a job name") });

export const statusRoute = createRoute({
  method: "get",
  path: "/api/jobs/status",
  tags: TAGS,
  summary: "Every job with its schedule and last runs, the age of the data, budgets and alerts",
  description: "Without a token: the public jobs only.",
  request: { query: z.object({ limit: z.coerce.number().int().min(0).max(100).default(10) }) },
  responses: { 200: json("The state of the house.", statusSchema), ...problems(422) },
});

export const allRunsRoute = createRoute({
  method: "get",
  path: "/api/jobs/runs",
  tags: TAGS,
  summary: "Runs of all jobs, newest first",
  security: SECURED,
  middleware: [requireHouse] as const,
  request: { query: pageQuery(50, 200) },
  responses: { 200: json("A page of runs.", pageSchema(runSchema)), ...problems(400, 401, 403, 422) },
});

export const runsRoute = createRoute({
  method: "get",
  path: "/api/jobs/{name}/runs",
  tags: TAGS,
  summary: "Runs of a job, newest first",
  request: { params: jobPath, query: pageQuery(50, 200) },
  responses: { 200: json("A page of runs.", pageSchema(runSchema)), ...problems(400, 404, 422) },
});

export const runRoute = createRoute({
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

const runBody = z
  .strictObject(
    {
      params: z.record(z.string().max(64), z.unknown()).optional(),
      trigger: z.enum(["manual", "backfill"]).default("manual"),
    },
    { error: nameUnknownKeys },
  )
  .openapi({ example: { params: { as_of: "2024-03-08" } } });

/** Says what may be sent; any other fault keeps its own words. */
function nameUnknownKeys({ code, keys }: { code?: string; keys?: unknown }): string | undefined {
  if (code !== "unrecognized_keys" || !Array.isArray(keys)) return undefined;
  return `${keys.join(", ")} is not known here; what the job takes stands in params, like {"params": {"as_of": "2024-03-08"}}`;
}

export const startRoute = createRoute({
  method: "post",
  path: "/api/jobs/{name}/run",
  tags: TAGS,
  summary: "Start a run now",
  security: SECURED,
  middleware: [requireOperator] as const,
  request: {
    params: jobPath,
    body: { content: { "application/json": { schema: runBody } } },
  },
  responses: {
    202: json("It runs; `Location` is the run.", z.object({ run_id: z.number().int(), uid: z.string() })),
    ...problems(401, 403, 404, 409, 422, 429, 503, 507),
  },
});

export const cancelRoute = createRoute({
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

export const pauseRoute = switchRoute("pause", "Skip the job's slots until it is resumed; manual runs still work");
export const resumeRoute = switchRoute("resume", "Take the job's slots again");

export const alertsRoute = createRoute({
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
