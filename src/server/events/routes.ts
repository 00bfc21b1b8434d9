import { createRoute, z } from "@hono/zod-openapi";
import type { Scope } from "../../db/scope.ts";
import type { HouseEvents } from "../../jobs/events.ts";
import type { Clock } from "../../kit/clock.ts";
import type { JobVisibility } from "../jobs/index.ts";
import type { Metrics } from "../metrics/index.ts";
import { HttpProblem } from "../problem.ts";
import { problems } from "../problem-schema.ts";
import { createRouter } from "../router.ts";
import { createEventStream } from "./event-stream.ts";
import { mayHear } from "./hearing.ts";

/** Open streams of all readers together, and what strangers may take of them. */
const MAX_STREAMS = 128;
const MAX_ANONYMOUS_STREAMS = 64;
const MAX_ANONYMOUS_STREAMS_PER_ADDRESS = 8;

const STREAM_HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  // Asks nginx not to hold events back.
  "X-Accel-Buffering": "no",
};

const eventsRoute = createRoute({
  method: "get",
  path: "/api/events",
  tags: ["jobs"],
  summary: "What happens, as it happens (server-sent events)",
  description:
    "`run.started`, `run.progress`, `run.finished`, `slot.skipped`, `job.changed`, `alert.firing`, `alert.resolved` and " +
    "events of the systems. Without a token: public jobs only. `Last-Event-ID` brings what was missed; `reset` says that some of it is gone.",
  request: { headers: z.object({ "last-event-id": z.string().optional() }) },
  responses: {
    200: { description: "The stream.", content: { "text/event-stream": { schema: z.string() } } },
    ...problems(401, 503),
  },
});

export interface EventRoutesOptions {
  events: HouseEvents;
  visibility: JobVisibility;
  metrics: Metrics;
  clock: Clock;
  closing: AbortSignal;
}

export function eventRoutes({ events, visibility, metrics, clock, closing }: EventRoutesOptions) {
  const readers = createReaderCount();
  metrics.collect("events", () => metrics.set("event_listeners", readers.open));
  return createRouter().openapi(eventsRoute, async (context) => {
    // HEAD has no body that could end, so it must not open a stream.
    if (context.req.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS }) as never;
    const scope = context.get("scope");
    const publicJobs = await visibility.publicJobs();
    const leave = readers.enter(scope, context.get("origin").address);
    const stream = createEventStream({
      events,
      clock,
      hears: (event) => mayHear(event, scope, publicJobs),
      lastEventId: parseEventId(context.req.header("last-event-id")),
      closing,
      onClose: leave,
    });
    return new Response(stream, { headers: STREAM_HEADERS }) as never;
  });
}

/** An id that is none of ours counts as absent. */
const parseEventId = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** Keeps the number of open streams within limits; members of the house are not pushed out by strangers. */
function createReaderCount() {
  const byAddress = new Map<string, number>();
  let open = 0;
  let anonymous = 0;
  const full = (address: string): boolean =>
    anonymous >= MAX_ANONYMOUS_STREAMS || (byAddress.get(address) ?? 0) >= MAX_ANONYMOUS_STREAMS_PER_ADDRESS;
  return {
    get open() {
      return open;
    },
    /** Counts a reader in; returns the way out. Errors: 503 `too_many_streams`. */
    enter(scope: Scope | undefined, address: string): () => void {
      if (open >= MAX_STREAMS || (!scope && full(address))) throw tooManyStreams();
      open++;
      if (scope) return () => void open--;
      anonymous++;
      byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
      return () => {
        open--;
        anonymous--;
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      };
    },
  };
}

const tooManyStreams = () =>
  new HttpProblem(503, "too_many_streams", "Too many event streams are open. Close one or come back later.", {
    headers: { "Retry-After": "30" },
  });
