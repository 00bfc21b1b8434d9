import { createRoute, z } from "@hono/zod-openapi";
import { requireHouse, requireOperator } from "../../server/identity/index.ts";
import { problems } from "../../server/problem-schema.ts";

const TAGS = ["mirror"];
const security = [{ bearer: [] }];
const STREAM_NAME = /^[a-z][a-z0-9_]{0,62}$/;

const streamSchema = z
  .object({
    stream: z.string(),
    kind: z.enum(["rows", "objects"]),
    state: z.enum(["idle", "owed", "paused", "blocked", "off"]),
    owed: z.number().int(),
    lag_seconds: z.number().int().nullable().openapi({
      description: "Seconds since something has been owed without a break; null when nothing is.",
    }),
    dead_letters: z.number().int().openapi({ description: "Rows that were refused and wait: open and parked ones." }),
    blocked_reason: z.string().nullable(),
    dropped_columns: z.array(z.string()),
    batch_rows: z.number().int().nullable(),
    rows_delivered: z.number().int(),
    last_delivered_at: z.string().nullable(),
    last_error: z.string().nullable(),
    checked_at: z.string().nullable(),
    local_count: z.number().int().nullable(),
    remote_count: z.number().int().nullable(),
    reconciled_at: z.string().nullable(),
  })
  .openapi("MirrorStream");

const lastRunSchema = z.object({
  run_id: z.number().int(),
  outcome: z.string().nullable().openapi({ description: "null while it runs." }),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  units: z.number().int().openapi({ description: "Rows and files that were delivered." }),
  progress: z.object({ done: z.number().int(), total: z.number().int().nullable(), item: z.string().nullable() }),
});

const statusSchema = z
  .object({
    enabled: z
      .boolean()
      .openapi({ description: "Whether SUPABASE_URL and its key are set and USE_SUPABASE allows it." }),
    paused: z.boolean(),
    owed: z.number().int(),
    owed_by_table: z.record(z.string(), z.number().int()),
    dead_letters: z.number().int(),
    lag_seconds: z.number().int(),
    last_run: lastRunSchema.nullable(),
    streams: z.array(streamSchema),
  })
  .openapi("MirrorStatus");

export const statusRoute = createRoute({
  method: "get",
  path: "/api/mirror/status",
  tags: TAGS,
  summary: "What is owed to Supabase, since when, and how each stream is",
  description: "For members of the house and the operator.",
  security,
  middleware: [requireHouse] as const,
  responses: {
    200: { description: "The state of the mirror.", content: { "application/json": { schema: statusSchema } } },
    ...problems(401, 403),
  },
});

const streamBody = z.strictObject({
  stream: z
    .string()
    .regex(STREAM_NAME, "is not the name of a stream")
    .optional()
    .openapi({ description: "One stream; without it the mirror as a whole." }),
});

const changedSchema = z.object({ paused: z.boolean(), stream: z.string().nullable() });

const change = (action: "pause" | "resume", summary: string) =>
  createRoute({
    method: "post",
    path: `/api/mirror/${action}` as const,
    tags: TAGS,
    summary,
    security,
    middleware: [requireOperator] as const,
    request: { body: { content: { "application/json": { schema: streamBody } }, required: false } },
    responses: {
      200: { description: "Done.", content: { "application/json": { schema: changedSchema } } },
      ...problems(401, 403, 404, 409, 422, 429),
    },
  });

export const pauseRoute = change("pause", "Send nothing more; changes go on being owed");
export const resumeRoute = change("resume", "Send again, blocked streams too");

const startedSchema = z.object({ run_id: z.number().int(), uid: z.string() }).openapi("StartedRun");

const streamsField = z
  .array(z.string().regex(STREAM_NAME, "is not the name of a stream"))
  .max(50)
  .optional()
  .openapi({ description: "Only these streams. Default: all." });

const start = <Action extends string, Body extends z.ZodObject>(action: Action, summary: string, body: Body) =>
  createRoute({
    method: "post",
    path: `/api/mirror/${action}` as const,
    tags: TAGS,
    summary,
    description: "202: the run has begun. 409: one of its kind runs already, or the mirror is off.",
    security,
    middleware: [requireOperator] as const,
    request: { body: { content: { "application/json": { schema: body } }, required: false } },
    responses: {
      202: { description: "The run has begun.", content: { "application/json": { schema: startedSchema } } },
      ...problems(401, 403, 404, 409, 422, 429, 503, 507),
    },
  });

const dryRun = z.boolean().optional().openapi({ description: "Report only." });

export const flushRoute = start("flush", "Send everything owed now, blocked streams too", z.strictObject({}));

export const reconcileRoute = start(
  "reconcile",
  "Compare all keys and contents with Supabase and owe again what differs",
  z.strictObject({
    streams: streamsField,
    delete: z.boolean().optional().openapi({ description: "Delete there what is not here. Default: only report it." }),
    delete_many: z.boolean().optional().openapi({
      description: "The same, even of more than 500 rows plus 1 % of the stream; after somebody has looked.",
    }),
    dry_run: dryRun,
  }),
);

export const directoryRoute = start(
  "directory",
  "Copy users and portfolios from Supabase now",
  z.strictObject({
    dry_run: dryRun,
    accept_missing: z.boolean().optional().openapi({
      description: "Deactivate those who are gone even where more than half of all are; after somebody has looked.",
    }),
  }),
);
