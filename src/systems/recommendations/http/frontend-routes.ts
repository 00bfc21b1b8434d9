import { createRoute, z } from "@hono/zod-openapi";
import { createRouter } from "../../../server/router.ts";
import type { RouteDependencies } from "./dependencies.ts";
import { stockSchema } from "./schemas.ts";
import { renderStock, type Stock } from "./stock-shape.ts";

const stocks = createRoute({
  method: "get",
  path: "/api/recommendations/stocks",
  tags: ["frontend"],
  summary: "The newest recommendations in the shape of the existing page",
  responses: {
    200: {
      description: "Tickers with a price; empty before the first analysis.",
      content: { "application/json": { schema: z.array(stockSchema) } },
    },
  },
});

const bonds = createRoute({
  method: "get",
  path: "/api/recommendations/bonds",
  tags: ["frontend"],
  summary: "Always empty: there is no source for bonds",
  responses: { 200: { description: "No bonds.", content: { "application/json": { schema: z.array(z.never()) } } } },
});

export function frontendRoutes({ store }: RouteDependencies) {
  let rendered: { version: string; stocks: Stock[] } | undefined;
  return createRouter()
    .openapi(stocks, async (context) => {
      const latest = await store.latest();
      if (!latest) return context.json([], 200);
      if (rendered?.version !== latest.version) {
        const analyses = await Promise.all(latest.items.map(({ ticker }) => store.tickerLatest(ticker)));
        const shown = analyses.flatMap((analysis) => (analysis ? [renderStock(analysis)] : []));
        rendered = { version: latest.version, stocks: shown.filter((stock) => stock !== undefined) };
      }
      return context.json(rendered.stocks, 200, { "X-Data-Source": latest.dataSource });
    })
    .openapi(bonds, (context) => context.json([], 200));
}
