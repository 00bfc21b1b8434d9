import { createRoute, z } from "@hono/zod-openapi";
import { ANALYSIS_TYPES } from "../../../db/schema/recommendations.ts";
import { addDays } from "../../../kit/dates.ts";
import { decodeCursor, encodeCursor, pageQuery } from "../../../server/paging.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { CACHE_CONTROL, dataSourceHeader, taggedJson } from "../../../server/tagged-json.ts";
import type { AnalysisHistoryItem, TickerAnalysisView } from "../views.ts";
import { tickerAnalysisSchema } from "./analysis-schema.ts";
import { renderTickerAnalysis } from "./analysis-shape.ts";
import type { RouteDependencies } from "./dependencies.ts";
import { analyzeLive } from "./live-answers.ts";
import { dateRange, positionSchema } from "./recommendation-routes.ts";
import { dateParameter, historyItemSchema, modeParameter, tickerParameter } from "./schemas.ts";

/** Past verdicts shown with an analysis. */
const PAST_DAYS = 30;

const tickerLatest = createRoute({
  method: "get",
  path: "/api/analysis/{ticker}/latest",
  tags: ["analysis"],
  summary: "The newest analysis of one ticker, with everything behind it",
  request: {
    params: z.object({ ticker: tickerParameter }),
    query: z.object({ mode: modeParameter.default("cached") }),
  },
  responses: {
    200: { description: "The analysis.", content: { "application/json": { schema: tickerAnalysisSchema } } },
    304: { description: "The client has this version already." },
    ...problems(404, 422, 429, 503),
  },
});

const tickerHistory = createRoute({
  method: "get",
  path: "/api/analysis/{ticker}/history",
  tags: ["analysis"],
  summary: "Past analyses of one ticker, newest first",
  request: {
    params: z.object({ ticker: tickerParameter }),
    query: z
      .object({
        from: dateParameter.optional(),
        to: dateParameter.optional(),
        type: z.enum(ANALYSIS_TYPES).optional().openapi({ description: "Adds the details of this analysis." }),
      })
      .extend(pageQuery(100, 500).shape),
  },
  responses: {
    200: {
      description: "One page.",
      content: {
        "application/json": {
          schema: z.object({
            ticker: z.string(),
            items: z.array(historyItemSchema),
            count: z.number().int(),
            next_cursor: z.string().nullable(),
          }),
        },
      },
    },
    ...problems(400, 404, 422),
  },
});

export function analysisRoutes(deps: RouteDependencies) {
  return createRouter()
    .openapi(tickerLatest, async (context) => {
      const { ticker } = context.req.valid("param");
      const live = context.req.valid("query").mode === "live";
      const analysis = live ? await analyzeLive(context, deps.live, ticker) : await deps.store.tickerLatest(ticker);
      if (!analysis) throw unknownTicker(ticker);
      const body = JSON.stringify(renderTickerAnalysis(analysis, await pastOf(deps, analysis)));
      const { analysis_date, data_source } = analysis.recommendation;
      const headers = {
        "X-Analysis-Date": analysis_date,
        "X-Data-Source": data_source,
        "Cache-Control": live ? "no-store" : CACHE_CONTROL,
      };
      return taggedJson(context, { body, headers });
    })
    .openapi(tickerHistory, async (context) => {
      const { ticker } = context.req.valid("param");
      const { limit, cursor, ...filters } = context.req.valid("query");
      const binding = { route: "/api/analysis/{ticker}/history", filters: { ...filters, ticker } };
      const after = cursor === undefined ? undefined : decodeCursor(cursor, binding, positionSchema);
      const page = await deps.store.tickerHistory(ticker, {
        ...dateRange(filters, deps),
        ...(filters.type ? { type: filters.type } : {}),
        ...(after ? { after } : {}),
        limit,
      });
      if (!page) throw unknownTicker(ticker);
      const { items, next } = page;
      const nextCursor = next ? encodeCursor(binding, next) : null;
      const body = { ticker, items, count: items.length, next_cursor: nextCursor };
      // Stored JSON is wider than what Hono's types call JSON.
      return context.json(body as never, 200, dataSourceHeader(items));
    });
}

/** Verdicts on generated prices never stand among those on real ones. */
async function pastOf(
  { store }: RouteDependencies,
  { recommendation }: TickerAnalysisView,
): Promise<AnalysisHistoryItem[]> {
  const to = recommendation.analysis_date;
  const page = await store.tickerHistory(recommendation.ticker, {
    from: addDays(to, -PAST_DAYS),
    to,
    limit: PAST_DAYS + 1,
  });
  return (page?.items ?? []).filter(({ data_source }) => data_source === recommendation.data_source);
}

export const unknownTicker = (ticker: string) =>
  new HttpProblem(404, "unknown_ticker", `There is no analysis of ${ticker}.`);
