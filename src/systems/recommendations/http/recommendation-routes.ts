import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { RECOMMENDATIONS } from "../../../db/schema/recommendations.ts";
import { addDays, dateInZone, daysBetween } from "../../../kit/dates.ts";
import { sha256Hex } from "../../../kit/hash.ts";
import type { ServerEnv } from "../../../server/env.ts";
import { decodeCursor, encodeCursor, pageQuery, pageSchema } from "../../../server/paging.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { dataSourceHeader, taggedJson } from "../../../server/tagged-json.ts";
import type { LatestRecommendations } from "../latest.ts";
import type { LiveList } from "../live.ts";
import { computeAgeSeconds } from "../store.ts";
import type { RecommendationView } from "../views.ts";
import type { RouteDependencies } from "./dependencies.ts";
import { analyzeAllLive } from "./live-answers.ts";
import { dateParameter, envelopeSchema, modeParameter, recommendationSchema, tickerParameter } from "./schemas.ts";

/** Longest range of one history request, in days. */
export const MAX_SPAN_DAYS = 366;
const DEFAULT_SPAN_DAYS = 30;

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
  const { store, live, clock } = deps;
  const answerLatest = async (context: Context<ServerEnv>, query: LatestQuery) => {
    if (query.mode === "live") return sendLive(context, await analyzeAllLive(context, live), query, deps);
    const stored = await store.latest();
    const age = stored ? computeAgeSeconds(stored, clock.now()) : null;
    const fresh = live.fallbackWanted({ age_seconds: age }) ? await analyzeInstead(context, deps, stored) : undefined;
    if (fresh) return sendLive(context, fresh, query, deps);
    if (!stored || age === null) throw noAnalysisYet();
    return sendStored(context, stored, age, query);
  };
  const router = createRouter();
  // Most readers ask without parameters: they need no validation, which costs more than the answer.
  router.get(latest.path, (context, next) =>
    context.req.raw.url.includes("?") ? next() : answerLatest(context, PLAIN_QUERY),
  );
  return router
    .openapi(latest, (context) => answerLatest(context, context.req.valid("query")))
    .openapi(history, async (context) => {
      const { limit, cursor, ...filters } = context.req.valid("query");
      const binding = { route: "/api/recommendations/history", filters };
      const after = cursor === undefined ? undefined : decodeCursor(cursor, binding, positionSchema);
      const { items, next } = await store.history({
        ...dateRange(filters, deps),
        ...(filters.ticker ? { ticker: filters.ticker } : {}),
        ...(filters.recommendation ? { recommendation: filters.recommendation } : {}),
        ...(after ? { after } : {}),
        limit,
      });
      const page = { items, count: items.length, next_cursor: next ? encodeCursor(binding, next) : null };
      return context.json(page, 200, dataSourceHeader(items));
    });
}

type LatestQuery = z.infer<typeof latest.request.query>;

/** What a request without parameters means. */
const PLAIN_QUERY: LatestQuery = latest.request.query.parse({});

/** The stored answer: unfiltered lists go out as the text that was rendered once. */
function sendStored(
  context: Context<ServerEnv>,
  stored: LatestRecommendations,
  age: number,
  query: LatestQuery,
): never {
  const headers = {
    "X-Analysis-Date": stored.analysisDate,
    "X-Data-Age-Seconds": String(age),
    "X-Data-Source": stored.dataSource,
  };
  const etag = etagOf(stored, query);
  if (query.format === "list" && isUnfiltered(query)) return taggedJson(context, { body: stored.json, headers, etag });
  const items = filtered(stored.items, query);
  const { analysisDate: analysis_date, dataSource: data_source } = stored;
  const envelope = { analysis_date, data_source, age_seconds: age, count: items.length, items };
  return taggedJson(context, { body: JSON.stringify(query.format === "list" ? items : envelope), headers, etag });
}

const isUnfiltered = ({ min_confidence, recommendation }: LatestQuery) =>
  min_confidence === undefined && recommendation === undefined;

/** Newest run and revisions, and what shapes the answer. Weak for envelopes, because their age grows while it stays. */
function etagOf({ dataSource, analysisDate, version }: LatestRecommendations, query: LatestQuery): string {
  const shape = isUnfiltered(query)
    ? query.format
    : sha256Hex(JSON.stringify([query.format, query.min_confidence, query.recommendation])).slice(0, 12);
  const tag = `"${dataSource}-${analysisDate}-${version}-${shape}"`;
  return query.format === "envelope" ? `W/${tag}` : tag;
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

/** The live list that stands in for stored data that are too old; refused or failed, the stored ones are better than nothing. */
async function analyzeInstead(
  context: Context<ServerEnv>,
  deps: RouteDependencies,
  stored: unknown,
): Promise<LiveList | undefined> {
  try {
    return await analyzeAllLive(context, deps.live, "live-fallback");
  } catch (thrown) {
    if (!stored || !(thrown instanceof HttpProblem)) throw thrown;
    deps.log.warn("live.fallback_failed", `The stored recommendations stay: ${thrown.message}`, { code: thrown.code });
    return undefined;
  }
}

/** A live list in the shape that was asked for. */
function sendLive(context: Context<ServerEnv>, live: LiveList, query: LatestQuery, deps: RouteDependencies): never {
  const items = filtered(live.items, query);
  const analysis_date = live.items[0]?.analysis_date ?? dateInZone(deps.clock.now(), deps.timezone);
  const data_source = deps.dataSource;
  const headers = {
    "X-Analysis-Date": analysis_date,
    "X-Data-Age-Seconds": "0",
    "X-Data-Source": data_source,
    "Cache-Control": "no-store",
  };
  const envelope = { analysis_date, data_source, age_seconds: 0, count: items.length, items, failed: live.failed };
  return context.json(query.format === "list" ? items : envelope, 200, headers) as never;
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
