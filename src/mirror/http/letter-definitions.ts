import { createRoute, z } from "@hono/zod-openapi";
import { DEAD_LETTER_QUEUES, DEAD_LETTER_STATES } from "../../db/schema/mirror.ts";
import { requireHouse, requireOperator } from "../../server/identity/index.ts";
import { pageQuery, pageSchema } from "../../server/paging.ts";
import { problems } from "../../server/problem-schema.ts";

const TAGS = ["mirror"];
const security = [{ bearer: [] }];
const LONGEST_NAME = 200;

const letterSchema = z
  .object({
    id: z.string(),
    queue: z.enum(DEAD_LETTER_QUEUES),
    channel: z.string().nullable(),
    subject: z.string().openapi({ description: "Stream, entity or conversation." }),
    key: z.string(),
    error_type: z.string(),
    code: z.string().nullable(),
    message: z.string(),
    attempts: z.number().int().openapi({ description: "Tries that failed." }),
    state: z.enum(DEAD_LETTER_STATES).openapi({
      description: "`open` is tried again by itself, `parked` waits for a person, the others are closed.",
    }),
    resolution: z.string().nullable(),
    next_try_at: z.string().nullable(),
    first_failed_at: z.string(),
    last_failed_at: z.string(),
    parked_at: z.string().nullable(),
    resolved_at: z.string().nullable(),
    correlation_id: z.string().nullable(),
    payload_sha256: z.string().nullable(),
  })
  .openapi("DeadLetter");

const wholeLetterSchema = letterSchema
  .extend({ payload: z.unknown().openapi({ description: "What was sent; null where it belongs to a tenant." }) })
  .openapi("DeadLetterWithPayload");

const filter = {
  queue: z.enum(DEAD_LETTER_QUEUES).optional(),
  subject: z
    .string()
    .min(1)
    .max(LONGEST_NAME)
    .optional()
    .openapi({ description: "One stream, entity or conversation." }),
};

export const listRoute = createRoute({
  method: "get",
  path: "/api/dead-letters",
  tags: TAGS,
  summary: "What was refused and waits, newest first",
  description: "For members of the house and the operator.",
  security,
  middleware: [requireHouse] as const,
  request: {
    query: z.object({ ...filter, state: z.enum(DEAD_LETTER_STATES).optional() }).extend(pageQuery(50, 200).shape),
  },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: pageSchema(letterSchema) } } },
    ...problems(400, 401, 403, 422),
  },
});

const statsSchema = z.object({
  items: z.array(
    z.object({
      queue: z.enum(DEAD_LETTER_QUEUES),
      subject: z.string(),
      state: z.enum(DEAD_LETTER_STATES),
      letters: z.number().int(),
      first_failed_at: z.string(),
    }),
  ),
});

export const statsRoute = createRoute({
  method: "get",
  path: "/api/dead-letters/stats",
  tags: TAGS,
  summary: "How many there are of each queue, subject and state",
  security,
  middleware: [requireHouse] as const,
  request: { query: z.object(filter) },
  responses: {
    200: { description: "The counts.", content: { "application/json": { schema: statsSchema } } },
    ...problems(401, 403, 422),
  },
});

const idPath = z.object({ id: z.string().min(1).max(LONGEST_NAME) });

export const oneRoute = createRoute({
  method: "get",
  path: "/api/dead-letters/{id}",
  tags: TAGS,
  summary: "One dead letter with what was sent",
  security,
  middleware: [requireHouse] as const,
  request: { params: idPath },
  responses: {
    200: { description: "The letter.", content: { "application/json": { schema: wholeLetterSchema } } },
    ...problems(401, 403, 404, 422),
  },
});

const changedSchema = z.object({ letters: z.number().int().openapi({ description: "How many were taken." }) });

const changeOne = <Verb extends "replay" | "discard">(verb: Verb, summary: string) =>
  createRoute({
    method: "post",
    path: `/api/dead-letters/{id}/${verb}` as const,
    tags: TAGS,
    summary,
    security,
    middleware: [requireOperator] as const,
    request: { params: idPath },
    responses: {
      200: { description: "Done.", content: { "application/json": { schema: changedSchema } } },
      ...problems(401, 403, 404, 409, 422, 429),
    },
  });

export const replayOneRoute = changeOne("replay", "Try it again now");
export const discardOneRoute = changeOne("discard", "Give it up for good");

const manyBody = z.strictObject({ queue: z.enum(DEAD_LETTER_QUEUES), subject: filter.subject });

const changeMany = <Verb extends "replay" | "discard">(verb: Verb, summary: string) =>
  createRoute({
    method: "post",
    path: `/api/dead-letters/${verb}` as const,
    tags: TAGS,
    summary,
    security,
    middleware: [requireOperator] as const,
    request: { body: { content: { "application/json": { schema: manyBody } }, required: true } },
    responses: {
      200: { description: "Done.", content: { "application/json": { schema: changedSchema } } },
      ...problems(400, 401, 403, 409, 422, 429),
    },
  });

export const replayManyRoute = changeMany("replay", "Try all open and parked ones of a queue or subject again now");
export const discardManyRoute = changeMany("discard", "Give up all open and parked ones of a queue or subject");
