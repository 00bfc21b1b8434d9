import { createRoute, z } from "@hono/zod-openapi";
import type { DataSource } from "../../../db/schema/market.ts";
import { contentEtag, notModified } from "../../../server/etag.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter, invalidInput } from "../../../server/router.ts";
import { renderPriceChart } from "../charts/price-chart.ts";
import { symbolParameter } from "./parameters.ts";
import { loadStoredWindow, type StoredPrices, windowQuery } from "./stored-window.ts";

const chart = createRoute({
  method: "get",
  path: "/api/charts/{symbol}.svg",
  tags: ["radar"],
  summary: "Stored prices of a symbol as a picture: candles or closes, averages, Bollinger bands, volume",
  request: { params: z.object({ symbol: symbolParameter }), query: windowQuery },
  responses: {
    200: {
      description: "SVG for light and dark pages. It ends with the newest stored bar; nothing is fetched for it.",
      content: { "image/svg+xml": { schema: z.string() } },
    },
    304: { description: "The client has this version already." },
    ...problems(404, 422),
  },
});

/** The name under which the router keeps the whole last part of the address: it knows no suffixes. */
const FILE = "symbol.svg";
const SUFFIX = ".svg";

const fileParameter = z
  .string()
  .refine((file) => file.endsWith(SUFFIX), `must be a symbol and ${SUFFIX}, like AAPL${SUFFIX}`)
  .transform((file) => file.slice(0, -SUFFIX.length))
  .pipe(symbolParameter);

/** The EMA 200, the slowest of the averages. */
const WARMUP_BARS = 200;

/** A picture may be shown and styles itself; whatever else somebody got into it does nothing. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

interface ChartOptions {
  market: StoredPrices;
  dataSource: DataSource;
}

/** Charts of stored prices: market data, readable by anyone. */
export function chartRoutes({ market, dataSource }: ChartOptions) {
  const router = createRouter();
  router.openAPIRegistry.registerPath(chart);
  router.get(chart.getRoutingPath(), async (context) => {
    const symbol = valid("param", z.object({ symbol: fileParameter }), { symbol: context.req.param()[FILE] }).symbol;
    const window = valid("query", windowQuery, context.req.query());
    const { bars, history, instrument } = await loadStoredWindow(market, symbol, { ...window, warmup: WARMUP_BARS });
    const { name, currency } = instrument;
    const svg = renderPriceChart({ symbol, name, currency, dataSource, bars: history, from: bars.date[0]! });
    const headers = {
      ETag: contentEtag(svg),
      "Cache-Control": "public, max-age=300",
      "Content-Security-Policy": PICTURE_POLICY,
      "X-Data-Source": dataSource,
    };
    return (
      notModified(context.req.raw, headers.ETag, headers) ??
      context.body(svg, 200, { ...headers, "Content-Type": "image/svg+xml; charset=utf-8" })
    );
  });
  return router;
}

function valid<Schema extends z.ZodType>(target: string, schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidInput(target, result.error);
  return result.data;
}
