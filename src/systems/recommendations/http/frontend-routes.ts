import { createRoute, z } from "@hono/zod-openapi";
import { RECOMMENDATIONS } from "../../../db/schema/recommendations.ts";
import { createRouter } from "../../../server/router.ts";
import { taggedJson } from "../../../server/tagged-json.ts";
import type { RouteDependencies } from "./dependencies.ts";
import { renderStock } from "./stock-shape.ts";

/** The existing page's own type: every field is there and never null. */
export const stockSchema = z
  .object({
    symbol: z.string(),
    name: z.string().openapi({ description: "Ends in `(datos de muestra)` when the figures are generated." }),
    sector: z.string(),
    price: z.number(),
    change: z.number().openapi({ description: "Against the previous close, in the currency." }),
    changePercent: z.number(),
    recommendation: z.enum(RECOMMENDATIONS),
    confidence: z.number().int(),
    risk: z.enum(["Muy Bajo", "Bajo", "Medio-Bajo", "Medio", "Alto", "Muy Alto"]),
    targetPrice: z.number(),
    monthlyInvestment: z.string(),
  })
  .openapi("Stock");

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
    304: { description: "The client has this version already." },
  },
});

const bonds = createRoute({
  method: "get",
  path: "/api/recommendations/bonds",
  tags: ["frontend"],
  summary: "Always empty: there is no source for bonds",
  responses: { 200: { description: "No bonds.", content: { "application/json": { schema: z.array(stockSchema) } } } },
});

export function frontendRoutes({ store }: RouteDependencies) {
  let rendered: { version: string; body: string } | undefined;
  return createRouter()
    .openapi(stocks, async (context) => {
      const latest = await store.latest();
      if (!latest) return taggedJson(context, { body: "[]" });
      const version = `${latest.dataSource} ${latest.analysisDate} ${latest.version}`;
      if (rendered?.version !== version) {
        const shown = (await store.latestAnalyses()).map(renderStock).filter((stock) => stock !== undefined);
        rendered = { version, body: JSON.stringify(shown) };
      }
      return taggedJson(context, { body: rendered.body, headers: { "X-Data-Source": latest.dataSource } });
    })
    .openapi(bonds, (context) => context.json([], 200));
}
