import { createRoute, z } from "@hono/zod-openapi";
import { DATA_SOURCES, type DataSource } from "../../../db/schema/market.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { taggedJson } from "../../../server/tagged-json.ts";
import { extraSchema, indicatorsSchema } from "./indicator-schemas.ts";
import { renderExtraIndicators, renderIndicators } from "./indicator-values.ts";
import { symbolParameter } from "./parameters.ts";
import { loadStoredWindow, type StoredPrices, windowQuery } from "./stored-window.ts";

const indicators = createRoute({
  method: "get",
  path: "/api/indicators/{symbol}",
  tags: ["radar"],
  summary: "Indicators of a symbol at its newest stored bar, computed when asked for",
  request: { params: z.object({ symbol: symbolParameter }), query: windowQuery },
  responses: {
    200: {
      description:
        "Only the bars of the period count, as in an analysis. Null: too few bars, or nothing to divide by. Nothing is fetched.",
      content: {
        "application/json": {
          schema: z
            .object({
              symbol: z.string(),
              as_of: z.string().openapi({ description: "Date of the newest bar; a weekly bar carries its Monday." }),
              period: windowQuery.shape.period.removeDefault(),
              interval: windowQuery.shape.interval.removeDefault(),
              bars: z.number().int(),
              data_source: z.enum(DATA_SOURCES),
              currency: z.string().nullable(),
              close: z.number(),
              indicators: indicatorsSchema,
              extra: extraSchema,
            })
            .openapi("SymbolIndicators"),
        },
      },
    },
    304: { description: "The client has this version already." },
    ...problems(404, 422),
  },
});

interface IndicatorOptions {
  market: StoredPrices;
  dataSource: DataSource;
}

/** Indicators of stored prices: market data, readable by anyone. */
export function indicatorRoutes({ market, dataSource }: IndicatorOptions) {
  return createRouter().openapi(indicators, async (context) => {
    const { symbol } = context.req.valid("param");
    const { period, interval } = context.req.valid("query");
    const { bars, instrument } = await loadStoredWindow(market, symbol, { period, interval });
    const body = {
      symbol,
      as_of: bars.date.at(-1)!,
      period,
      interval,
      bars: bars.length,
      data_source: dataSource,
      currency: instrument.currency,
      close: bars.close.at(-1)!,
      indicators: renderIndicators(bars),
      extra: renderExtraIndicators(bars),
    };
    return taggedJson(context, { body: JSON.stringify(body), headers: { "X-Data-Source": dataSource } });
  });
}
