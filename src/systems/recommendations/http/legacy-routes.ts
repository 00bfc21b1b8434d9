import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { deprecated } from "../../../server/deprecated.ts";
import type { ServerEnv } from "../../../server/env.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { dataSourceHeader } from "../../../server/tagged-json.ts";
import type { TickerAnalysisView } from "../views.ts";
import { unknownTicker } from "./analysis-routes.ts";
import type { RouteDependencies } from "./dependencies.ts";
import { legacyAnalysisSchema, legacyRecommendationSchema, legacyScoresSchema } from "./legacy-schemas.ts";
import { renderLegacyAnalysis, renderLegacyRecommendation, renderLegacyScores } from "./legacy-shapes.ts";
import { analyzeAllLive, analyzeLive } from "./live-answers.ts";
import { noAnalysisYet } from "./recommendation-routes.ts";
import { modeParameter, tickerParameter } from "./schemas.ts";

const PATHS = {
  daily: "/api/recommendations/daily",
  analysis: "/api/analysis/{ticker}",
  scores: "/api/scores/{ticker}",
} as const;
const SUCCESSORS = {
  daily: "/api/recommendations/latest",
  analysis: "/api/analysis/{ticker}/latest",
  scores: "/api/analysis/{ticker}/latest",
} as const;

/** The old routes analysed on request, so that stays their default. */
const request = { query: z.object({ mode: modeParameter.default("live") }) };
const tickerRequest = { ...request, params: z.object({ ticker: tickerParameter }) };
const json = <Schema extends z.ZodType>(schema: Schema) => ({
  description: "As the replaced API answered.",
  content: { "application/json": { schema } },
});

const daily = createRoute({
  method: "get",
  path: PATHS.daily,
  tags: ["deprecated"],
  deprecated: true,
  summary: "The day's recommendations, as the replaced API gave them",
  middleware: [deprecated(PATHS.daily, SUCCESSORS.daily)] as const,
  request,
  responses: { 200: json(z.array(legacyRecommendationSchema)), ...problems(404, 422, 429, 503) },
});

const analysis = createRoute({
  method: "get",
  path: PATHS.analysis,
  tags: ["deprecated"],
  deprecated: true,
  summary: "One ticker's analysis, as the replaced API gave it",
  middleware: [deprecated(PATHS.analysis, SUCCESSORS.analysis)] as const,
  request: tickerRequest,
  responses: { 200: json(legacyAnalysisSchema), ...problems(404, 422, 429, 503) },
});

const scores = createRoute({
  method: "get",
  path: PATHS.scores,
  tags: ["deprecated"],
  deprecated: true,
  summary: "One ticker's scores, as the replaced API gave them",
  middleware: [deprecated(PATHS.scores, SUCCESSORS.scores)] as const,
  request: tickerRequest,
  responses: { 200: json(legacyScoresSchema), ...problems(404, 422, 429, 503) },
});

export function legacyRoutes(deps: RouteDependencies) {
  const { timezone } = deps;
  const analysisOf = async (
    context: Context<ServerEnv>,
    ticker: string,
    mode: "cached" | "live",
  ): Promise<TickerAnalysisView> => {
    if (mode === "live") return analyzeLive(context, deps.live, ticker);
    const stored = await deps.store.tickerLatest(ticker);
    if (!stored) throw unknownTicker(ticker);
    return stored;
  };
  return createRouter()
    .openapi(daily, async (context) => {
      const views =
        context.req.valid("query").mode === "live"
          ? (await analyzeAllLive(context, deps.live)).items
          : (await deps.store.latest())?.items;
      if (!views) throw noAnalysisYet();
      const body = views.map((view) => renderLegacyRecommendation(view, timezone));
      return context.json(body, 200, dataSourceHeader(views));
    })
    .openapi(analysis, async (context) => {
      const { ticker } = context.req.valid("param");
      const found = await analysisOf(context, ticker, context.req.valid("query").mode);
      const body = renderLegacyAnalysis(found, timezone);
      return context.json(body as never, 200, dataSourceHeader([found.recommendation]));
    })
    .openapi(scores, async (context) => {
      const { ticker } = context.req.valid("param");
      const found = await analysisOf(context, ticker, context.req.valid("query").mode);
      return context.json(renderLegacyScores(found, timezone), 200, dataSourceHeader([found.recommendation]));
    });
}
