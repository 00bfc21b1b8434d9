import type { Hono } from "hono";
import { hc } from "hono/client";
import type { ExtractSchema } from "hono/types";
import type { MirrorRoutes } from "./mirror/http/index.ts";
import type { ServerEnv } from "./server/env.ts";
import type { HouseRoutes } from "./server/index.ts";
import type { PortfolioRoutes } from "./systems/portfolio/http/index.ts";
import type { RecommendationRoutes } from "./systems/recommendations/http/index.ts";

/** Every route of the API with its parameters and answers: for `hc<AppType>` and for tools built on it. */
export type AppType = Hono<
  ServerEnv,
  Readable<
    ExtractSchema<HouseRoutes> &
      ExtractSchema<RecommendationRoutes> &
      ExtractSchema<PortfolioRoutes> &
      ExtractSchema<MirrorRoutes>
  >,
  "/"
>;

type Readable<Schema> = {
  [Path in keyof Schema]: { [Method in keyof Schema[Path]]: ReadableAnswer<Schema[Path][Method]> };
};

/** 304 is left out: `fetch` only shows it to callers who send `If-None-Match` themselves. What is not JSON is text. */
type ReadableAnswer<Endpoint> = Endpoint extends { status: 304 }
  ? never
  : Endpoint extends { output: Response; input: infer Input }
    ? { input: Input; output: string; outputFormat: "text"; status: 200 }
    : Endpoint;

export interface VigiaClientOptions {
  /** Operator's token, needed to run or change something, or a user's, needed for their portfolio. */
  token?: string;
  /** Default: the platform's `fetch`. */
  fetch?: typeof fetch;
}

/**
 * A client of a running Vigía: `createVigiaClient("http://127.0.0.1:8000").api.recommendations.latest.$get({ query: {} })`.
 * Answers are typed by status: check `response.ok` (or `response.status`), then `await response.json()`.
 */
export function createVigiaClient(baseUrl: string, { token, fetch: fetchWith }: VigiaClientOptions = {}) {
  return hc<AppType>(baseUrl, {
    ...(token ? { headers: { Authorization: `Bearer ${token}` } } : {}),
    ...(fetchWith ? { fetch: fetchWith } : {}),
  });
}

export type VigiaClient = ReturnType<typeof createVigiaClient>;
