import { createRoute, z } from "@hono/zod-openapi";
import { DATA_SOURCES } from "../../../db/schema/market.ts";
import { addDays, type IsoDate } from "../../../kit/dates.ts";
import { lastBars } from "../../../market/bars.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { taggedJson } from "../../../server/tagged-json.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { symbolParameter } from "./parameters.ts";
import type { StoredPrices } from "./stored-window.ts";

/** Two scans with their benchmarks fit twice. */
const MAX_SYMBOLS = 50;
/** A year of sessions. */
const MAX_BARS = 260;
const DEFAULT_BARS = 60;

const symbolsQuery = z
  .string()
  // Before anything is taken apart: the longest list of the longest symbols.
  .max(MAX_SYMBOLS * 25)
  .transform((text) => text.split(",").map((part) => part.trim()))
  .pipe(z.array(symbolParameter).max(MAX_SYMBOLS, `names more than ${MAX_SYMBOLS} symbols`))
  .transform((symbols) => [...new Set(symbols)])
  .openapi({ type: "string", example: "^GSPC,BTC-USD", description: `Up to ${MAX_SYMBOLS}, with commas between.` });

const seriesSchema = z.object({
  symbol: z.string(),
  first_date: z.string(),
  last_date: z.string(),
  closes: z
    .array(z.number())
    .openapi({ description: "Split-adjusted, oldest first; days without a bar are left out." }),
});

const closes = createRoute({
  method: "get",
  path: "/api/market/closes",
  tags: ["radar"],
  summary: "The last stored daily closes of some symbols, as a line chart needs them",
  request: {
    query: z.object({
      symbols: symbolsQuery,
      bars: z.coerce.number().int().min(1).max(MAX_BARS).default(DEFAULT_BARS),
    }),
  },
  responses: {
    200: {
      description: "In the order asked for. Symbols without a stored bar are absent; nothing is fetched for this.",
      content: {
        "application/json": {
          schema: z.object({ data_source: z.enum(DATA_SOURCES), items: z.array(seriesSchema) }).openapi("MarketCloses"),
        },
      },
    },
    304: { description: "The client has this version already." },
    ...problems(422),
  },
});

interface ClosesOptions extends Pick<PortfolioRoutesOptions, "dataSource"> {
  market: StoredPrices;
}

/** Stored prices for sparklines: market data, readable by anyone. */
export function closesRoutes({ market, dataSource }: ClosesOptions) {
  return createRouter().openapi(closes, async (context) => {
    const { symbols, bars } = context.req.valid("query");
    const found = await Promise.all(symbols.map((symbol) => loadCloses(symbol, bars)));
    const items = found.filter((series) => series !== undefined);
    return taggedJson(context, {
      body: JSON.stringify({ data_source: dataSource, items }),
      headers: { "X-Data-Source": dataSource },
    });
  });

  async function loadCloses(symbol: string, count: number) {
    const instrument = await market.instrument(symbol);
    if (!instrument?.lastBar) return undefined;
    const stored = lastBars(await loadFrom(market, symbol, addDays(instrument.lastBar, -daysOf(count)), count), count);
    if (stored.length === 0) return undefined;
    return {
      symbol,
      first_date: stored.date[0]!,
      last_date: stored.date.at(-1)!,
      closes: [...stored.close],
    };
  }
}

/** Bars from a date on, or all when these are too few: after a gap in trading, or with a clock before the newest bar. */
async function loadFrom(market: StoredPrices, symbol: string, from: IsoDate, count: number) {
  const recent = await market.load(symbol, "1d", { from });
  return recent.length >= count ? recent : market.load(symbol, "1d");
}

/** Calendar days that hold so many sessions: five a week, and some weeks of holidays. */
const daysOf = (bars: number): number => Math.ceil((bars * 7) / 5) + 14;
