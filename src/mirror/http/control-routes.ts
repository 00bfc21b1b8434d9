import type { Context } from "hono";
import type { JobRuntime } from "../../jobs/runtime.ts";
import type { ServerEnv } from "../../server/env.ts";
import { type Audit, requesterOf } from "../../server/identity/index.ts";
import { NO_STORE } from "../../server/no-store.ts";
import { HttpProblem } from "../../server/problem.ts";
import { createRouter } from "../../server/router.ts";
import { unblockStreams } from "../delivery/blocking.ts";
import { DIRECTORY_SYNC, MIRROR_DRAIN, MIRROR_RECONCILE } from "../job-names.ts";
import type { MirrorParts } from "../mirror.ts";
import { noteOwedSince } from "../outbox/owed-since.ts";
import { loadMirrorStatus } from "../status.ts";
import { pauseStream } from "../stream-switch.ts";
import {
  directoryRoute,
  flushRoute,
  pauseRoute,
  reconcileRoute,
  resumeRoute,
  statusRoute,
} from "./control-definitions.ts";
import { mirrorOff } from "./mirror-off.ts";

export interface ControlParts extends MirrorParts {
  enabled: boolean;
  /** The runtime, which is built after the routes. */
  jobs: () => Pick<JobRuntime, "runNow" | "pause" | "resume" | "runs">;
  audit: Audit;
}

/** What the mirror owes, for members of the house; pausing and starting it, for the operator. */
export function controlRoutes(parts: ControlParts) {
  const { db, clock, streams, enabled, jobs, audit } = parts;
  const record = (context: Context<ServerEnv>, action: string, details: Record<string, unknown>) =>
    audit({
      ...requesterOf(context),
      action,
      entity: "mirror",
      details,
    });
  const requireMirror = () => {
    if (!enabled) throw mirrorOff();
  };
  const known = (names: readonly string[]) => {
    for (const name of names) if (!streams.some((stream) => stream.name === name)) throw unknownStream(name);
  };
  const begin = async (context: Context<ServerEnv>, job: string, params: Record<string, unknown>) => {
    requireMirror();
    // Before the run: the line is mirrored too, and a flush should take it along.
    await record(context, "mirror.run", { job, ...params });
    const started = await jobs().runNow(job, { params });
    return { run_id: started.id, uid: started.uid };
  };
  const change = async (context: Context<ServerEnv>, stream: string | undefined, paused: boolean) => {
    requireMirror();
    if (stream !== undefined) {
      known([stream]);
      await pauseStream(db, stream, paused);
    } else await jobs()[paused ? "pause" : "resume"](MIRROR_DRAIN);
    if (!paused) await unblockStreams(db, clock.now(), stream);
    await record(context, paused ? "mirror.pause" : "mirror.resume", { stream: stream ?? null });
    return { paused, stream: stream ?? null };
  };

  return createRouter()
    .openapi(statusRoute, async (context) => {
      if (enabled) await noteOwedSince(db, clock.now());
      const status = await loadMirrorStatus(parts);
      const [run] = enabled ? await jobs().runs({ job: MIRROR_DRAIN, limit: 1 }) : [];
      const lastRun = run && {
        run_id: run.id,
        outcome: run.outcome,
        started_at: run.start_time,
        ended_at: run.end_time,
        units: run.tickers_processed,
        progress: { done: run.progress.done, total: run.progress.total, item: run.progress.item },
      };
      return context.json({ ...status, last_run: lastRun ?? null }, 200, NO_STORE);
    })
    .openapi(pauseRoute, async (context) =>
      context.json(await change(context, context.req.valid("json").stream, true), 200),
    )
    .openapi(resumeRoute, async (context) =>
      context.json(await change(context, context.req.valid("json").stream, false), 200),
    )
    .openapi(flushRoute, async (context) => context.json(await begin(context, MIRROR_DRAIN, { all: true }), 202))
    .openapi(reconcileRoute, async (context) => {
      const body = context.req.valid("json");
      known(body.streams ?? []);
      return context.json(await begin(context, MIRROR_RECONCILE, body), 202);
    })
    .openapi(directoryRoute, async (context) =>
      context.json(await begin(context, DIRECTORY_SYNC, context.req.valid("json")), 202),
    );
}

const unknownStream = (name: string) =>
  new HttpProblem(404, "unknown_stream", `There is no stream ${name}. vigia mirror status lists them.`);
