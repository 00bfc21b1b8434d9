import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { RECOMMENDATIONS } from "../../../db/schema/recommendations.ts";
import { addDays, dateInZone, daysBetween } from "../../../kit/dates.ts";
import { sha256Hex } from "../../../kit/hash.ts";
import type { ServerEnv } from "../../../server/env.ts";
import { notModified } from "../../../server/etag.ts";
import { decodeCursor, encodeCursor, pageQuery, pageSchema } from "../../../server/paging.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import type { LatestRecommendations } from "../latest.ts";
import type { LiveOrigin } from "../live.ts";
import { computeAgeSeconds } from "../store.ts";
import type { RecommendationView } from "../views.ts";
import type { RouteDependencies } from "./dependencies.ts";
import { analyzeAllLive } from "./live-answers.ts";
import { dateParameter, envelopeSchema, modeParameter, recommendationSchema, tickerParameter } from "./schemas.ts";

/** Longest range of one history request, in days. */
export const MAX_SPAN_DAYS = 366;
const DEFAULT_SPAN_DAYS = 30;
/** Readers may keep the newest recommendations this long without asking. */
const CACHE_CONTROL = "max-age=60";

const latest = createRoute({
  method: "get",
  path: "/api/recommendations/latest",
  tags: ["recommendations"],
  summary: "The newest recommendations, best first",
  request: {
    query: z.object({
      mode: modeParameter.default("cached"),
      format: z.enum(["list", "envelope"]).default("list"),
      min_confidence: z.coerce.number().min(0).max(100).optional(),
      recommendation: z.enum(RECOMMENDATIONS).optional(),
    }),
  },
  responses: {
    200: {
      description: "A list, or with `format=envelope` the list with its date, source and age.",
      content: { "application/json": { schema: z.union([z.array(recommendationSchema), envelopeSchema]) } },
    },
    304: { description: "The client has this version already." },
    ...problems(404, 422, 429, 503),
  },
});

const history = createRoute({
  method: "get",
  path: "/api/recommendations/history",
  tags: ["recommendations"],
  summary: "Past recommendations, newest date first",
  request: {
    query: z
      .object({
        from: dateParameter.optional(),
        to: dateParameter.optional(),
        ticker: tickerParameter.openapi({ param: { name: "ticker", in: "query" } }).optional(),
        recommendation: z.enum(RECOMMENDATIONS).optional(),
      })
      .extend(pageQuery(100, 500).shape),
  },
  responses: {
    200: { description: "One page.", content: { "application/json": { schema: pageSchema(recommendationSchema) } } },
    ...problems(400, 422),
  },
});

export const positionSchema = z.object({ analysis_date: z.string(), ticker: z.string() });

export function recommendationRoutes(deps: RouteDependencies) {
  return createRouter()
    .openapi(latest, async (context) => {
      const query = context.req.valid("query");
      const liveHeaders = { "X-Data-Source": deps.dataSource };
      if (query.mode === "live") return context.json(await liveList(deps, query), 200, liveHeaders);
      const stored = await deps.store.latest();
      if (!stored) throw noAnalysisYet();
      const age = computeAgeSeconds(stored, deps.clock.now());
      if (deps.live.fallbackWanted({ age_seconds: age }))
        return context.json(await liveList(deps, query, "live-fallback"), 200, liveHeaders);
      return sendStored(context, stored, age, query) as never;
    })
    .openapi(history, async (context) => {
      const { limit, cursor, ...filters } = context.req.valid("query");
      const binding = { route: "/api/recommendations/history", filters };
      const after = cursor === undefined ? undefined : decodeCursor(cursor, binding, positionSchema);
      const { items, next } = await deps.store.history({
        ...dateRange(filters, deps),
        ...(filters.ticker ? { ticker: filters.ticker } : {}),
        ...(filters.recommendation ? { recommendation: filters.recommendation } : {}),
        ...(after ? { after } : {}),
        limit,
      });
      return context.json({ items, count: items.length, next_cursor: next ? encodeCursor(binding, next) : null }, 200);
    });
}

interface LatestQuery {
  format: "list" | "envelope";
  min_confidence?: number | undefined;
  recommendation?: RecommendationView["recommendation"] | undefined;
}

/** The stored answer: unfiltered lists go out as the text that was rendered once. */
function sendStored(
  context: Context<ServerEnv>,
  stored: LatestRecommendations,
  age: number,
  query: LatestQuery,
): Response {
  const headers = {
    "X-Analysis-Date": stored.analysisDate,
    "X-Data-Age-Seconds": String(age),
    "X-Data-Source": stored.dataSource,
    "Cache-Control": CACHE_CONTROL,
    ETag: etagOf(stored, query),
  };
  const unchanged = notModified(context.req.raw, headers.ETag, headers);
  if (unchanged) return unchanged;
  const body =
    query.format === "list" && isUnfiltered(query)
      ? stored.json
      : JSON.stringify(query.format === "list" ? filtered(stored.items, query) : envelope(stored, age, query));
  return context.body(body, 200, { ...headers, "Content-Type": "application/json" });
}

const isUnfiltered = ({ min_confidence, recommendation }: LatestQuery) =>
  min_confidence === undefined && recommendation === undefined;

/** Newest run and revisions, and what shapes the answer. */
function etagOf({ dataSource, analysisDate, version }: LatestRecommendations, query: LatestQuery): string {
  const shape = isUnfiltered(query)
    ? query.format
    : sha256Hex(JSON.stringify([query.format, query.min_confidence, query.recommendation])).slice(0, 12);
  return `"${dataSource}-${analysisDate}-${version}-${shape}"`;
}

function envelope(stored: LatestRecommendations, ageSeconds: number, query: LatestQuery) {
  const items = filtered(stored.items, query);
  return {
    analysis_date: stored.analysisDate,
    data_source: stored.dataSource,
    age_seconds: ageSeconds,
    count: items.length,
    items,
  };
}

function filtered(
  items: readonly RecommendationView[],
  { min_confidence = 0, recommendation }: LatestQuery,
): RecommendationView[] {
  return items.filter(
    (item) =>
      item.confidence >= min_confidence && (recommendation === undefined || item.recommendation === recommendation),
  );
}

/** A live list in the shape that was asked for. */
async function liveList(deps: RouteDependencies, query: LatestQuery, origin: LiveOrigin = "live") {
  const items = filtered((await analyzeAllLive(deps.live, origin)).items, query);
  if (query.format === "list") return items;
  const date = items[0]?.analysis_date ?? dateInZone(deps.clock.now(), deps.timezone);
  return { analysis_date: date, data_source: deps.dataSource, age_seconds: 0, count: items.length, items };
}

export const noAnalysisYet = () =>
  new HttpProblem(
    404,
    "no_analysis_yet",
    "There is no analysis yet. The first one is stored when daily_analysis has run.",
  );

/** `from` and `to` with their defaults. Errors: 422 for an empty or too long range. */
export function dateRange(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  { clock, timezone }: Pick<RouteDependencies, "clock" | "timezone">,
): { from: string; to: string } {
  const today = dateInZone(clock.now(), timezone);
  const end = to ?? (from ? earlierOf(today, addDays(from, MAX_SPAN_DAYS)) : today);
  const start = from ?? addDays(end, -DEFAULT_SPAN_DAYS);
  if (start > end) throw badRange("from is later than to");
  if (daysBetween(start, end) > MAX_SPAN_DAYS) throw badRange(`from and to are more than ${MAX_SPAN_DAYS} days apart`);
  return { from: start, to: end };
}

/** ISO dates sort as text. */
const earlierOf = (left: string, right: string) => (left < right ? left : right);

const badRange = (problem: string) =>
  new HttpProblem(422, "invalid_input", `query.from is not valid: ${problem}.`, {
    extensions: { errors: [{ path: "query.from", message: problem, code: "custom" }] },
  });
