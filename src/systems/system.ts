import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AlertBook } from "../jobs/alerts.ts";
import type { JobDefinition } from "../jobs/define.ts";
import type { MirrorStream } from "../mirror/stream.ts";
import type { Peer } from "../net/peer.ts";
import type { ServerEnv } from "../server/env.ts";
import type { ApiTag } from "../server/openapi.ts";

/** One business of the house: what it runs, serves and may reach. Five folders read the same because they give this. */
export interface System {
  /** Folder name; label of logs, counters and budgets. */
  name: string;
  /** Every host that it may call is in here, and nothing else is reachable. */
  peers: readonly Peer[];
  jobs: readonly JobDefinition[];
  /** Its part of the HTTP API, mounted at `/`. */
  routes: OpenAPIHono<ServerEnv>;
  /** Headings of its routes in the API's description; a route names one of them or of the house's. */
  tags: readonly ApiTag[];
  /** What Supabase gets of its tables and files, in the order of delivery: parents first. */
  mirror: readonly MirrorStream[];
  /** Called by the daily retention sweep; deletes or thins what is older than the settings say. */
  sweep(now: Date): Promise<unknown>;
  /** Its own alert rules, judged outside of runs too. */
  judgeAlerts(book: AlertBook): Promise<void>;
}
