import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Reader } from "../../db/index.ts";
import { DEAD_LETTER_QUEUES, type DeadLetterQueue } from "../../db/schema/mirror.ts";
import type { ServerEnv } from "../../server/env.ts";
import { type Audit, requesterOf } from "../../server/identity/index.ts";
import { NO_STORE } from "../../server/no-store.ts";
import { decodeCursor, pageOf } from "../../server/paging.ts";
import { createRouter } from "../../server/router.ts";
import { type DeadLetterTarget, discardDeadLetters, replayDeadLetters } from "../dead-letters/act.ts";
import { type DeadLetterSummary, deadLetterStats, listDeadLetters, showDeadLetter } from "../dead-letters/read.ts";
import type { MirrorParts } from "../mirror.ts";
import {
  discardManyRoute,
  discardOneRoute,
  listRoute,
  oneRoute,
  replayManyRoute,
  replayOneRoute,
  statsRoute,
} from "./letter-definitions.ts";
import { mirrorOff } from "./mirror-off.ts";

export interface LetterParts extends Pick<MirrorParts, "db" | "clock"> {
  /** Whether the mirror is on. */
  enabled: boolean;
  audit: Audit;
}

/** Dead letters of all queues: read by members of the house, changed by its operators. */
export function letterRoutes({ db, clock, enabled, audit }: LetterParts) {
  const change = async (context: Context<ServerEnv>, verb: "replay" | "discard", target: DeadLetterTarget) => {
    const act = verb === "replay" ? replayDeadLetters : discardDeadLetters;
    // What is owed again without a mirror is forgotten at the next start.
    if (verb === "replay" && !enabled && (await queueOf(db.read, target)) === "mirror") throw mirrorOff();
    const letters = await act(db, target, clock.now());
    await audit({
      ...requesterOf(context),
      action: `dead_letter.${verb}`,
      entity: "dead_letter",
      ...("id" in target ? { entityId: target.id } : {}),
      details: { letters, ...("id" in target ? {} : target) },
    });
    return { letters };
  };

  return createRouter()
    .openapi(listRoute, async (context) => {
      const { limit, cursor, ...asked } = context.req.valid("query");
      const filters = { ...asked, queue: asked.queue ?? queueIn(context.req.url) };
      const binding = { route: listRoute.path, filters };
      const before = cursor === undefined ? undefined : decodeCursor(cursor, binding, z.string());
      const rows = await listDeadLetters(db.read, { ...filters, limit: limit + 1, cursor: before });
      const page = pageOf(rows, { limit, binding, position: ({ id }) => id });
      return context.json({ ...page, items: page.items.map(renderLetter) }, 200, NO_STORE);
    })
    .openapi(statsRoute, async (context) => {
      const { queue, subject } = context.req.valid("query");
      const rows = await deadLetterStats(db.read, { queue: queue ?? queueIn(context.req.url), subject });
      const items = rows.map(({ firstFailedAt, ...row }) => ({ ...row, first_failed_at: firstFailedAt }));
      return context.json({ items }, 200, NO_STORE);
    })
    .openapi(oneRoute, async (context) => {
      const letter = await showDeadLetter(db.read, context.req.valid("param").id);
      // What belongs to a tenant is not for the house's own people to read.
      const payload = letter.tenantId === null ? letter.payload : null;
      return context.json({ ...renderLetter(letter), payload }, 200, NO_STORE);
    })
    .openapi(replayOneRoute, async (context) =>
      context.json(await change(context, "replay", context.req.valid("param")), 200),
    )
    .openapi(discardOneRoute, async (context) =>
      context.json(await change(context, "discard", context.req.valid("param")), 200),
    )
    .openapi(replayManyRoute, async (context) =>
      context.json(await change(context, "replay", context.req.valid("json")), 200),
    )
    .openapi(discardManyRoute, async (context) =>
      context.json(await change(context, "discard", context.req.valid("json")), 200),
    );
}

async function queueOf(read: Reader, target: DeadLetterTarget): Promise<DeadLetterQueue> {
  return "id" in target ? (await showDeadLetter(read, target.id)).queue : target.queue;
}

/** A system's own address of its dead letters means its queue. */
function queueIn(url: string): DeadLetterQueue | undefined {
  const system = /^\/api\/(mirror|erp)\//.exec(new URL(url).pathname)?.[1];
  return DEAD_LETTER_QUEUES.find((queue) => queue === system);
}

function renderLetter(letter: DeadLetterSummary) {
  return {
    id: letter.id,
    queue: letter.queue,
    channel: letter.channel,
    subject: letter.subject,
    key: letter.key,
    error_type: letter.errorType,
    code: letter.code,
    message: letter.message,
    attempts: letter.attempts,
    state: letter.state,
    resolution: letter.resolution,
    next_try_at: letter.nextTryAt,
    first_failed_at: letter.firstFailedAt,
    last_failed_at: letter.lastFailedAt,
    parked_at: letter.parkedAt,
    resolved_at: letter.resolvedAt,
    correlation_id: letter.correlationId,
    payload_sha256: letter.payloadSha256,
  };
}
