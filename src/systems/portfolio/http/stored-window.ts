import { z } from "@hono/zod-openapi";
import type { AnalysisPeriod } from "../../../db/schema/portfolio.ts";
import { addDays, type IsoDate } from "../../../kit/dates.ts";
import type { Bars, Interval } from "../../../market/bars.ts";
import type { Instrument, Market } from "../../../market/market.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { selectWindow, windowStart } from "../analysis/periods.ts";
import { computeWeeklyColumns } from "../analysis/weekly-columns.ts";

/** How much of a symbol's history, and in which bars. */
export const windowQuery = z.object({
  period: z.enum(["3mo", "6mo", "1y", "2y"]).default("1y"),
  interval: z.enum(["1d", "1wk"]).default("1d").openapi({ description: "`1wk`: daily bars gathered by week." }),
});

/** The part of the market that reads what is stored, and fetches nothing. */
export type StoredPrices = Pick<Market, "instrument" | "load">;

export interface StoredWindow {
  /** The bars of the period, as an analysis of the newest stored bar sees them. */
  bars: Bars;
  /** The same and bars before them, for what warms up. */
  history: Bars;
  instrument: Instrument;
}

export interface WindowRequest {
  period: AnalysisPeriod;
  interval: Interval;
  /** Bars wanted before the window; fewer come where fewer are stored. Default: 0. */
  warmup?: number;
}

/** Stored bars of a symbol up to its newest one. Throws 404 where nothing is stored. */
export async function loadStoredWindow(
  market: StoredPrices,
  symbol: string,
  { period, interval, warmup = 0 }: WindowRequest,
): Promise<StoredWindow> {
  const instrument = await market.instrument(symbol);
  if (!instrument?.lastBar) throw noBars(symbol);
  const asOf = instrument.lastBar;
  const daily = await market.load(symbol, "1d", { from: earliest(asOf, { period, interval, warmup }), to: asOf });
  const bars = selectWindow(daily, { asOf, period, interval });
  if (bars.length === 0) throw noBars(symbol);
  return { bars, history: interval === "1d" ? daily : computeWeeklyColumns(daily), instrument };
}

/** Calendar days that hold a session each, at most: weekends and the longest row of holidays. */
const DAYS_A_SESSION = 1.6;

function earliest(asOf: IsoDate, { period, interval, warmup }: Required<WindowRequest>): IsoDate {
  // A week before the start: its first weekly bar may begin there.
  return addDays(windowStart(asOf, period), -7 - Math.ceil(warmup * (interval === "1d" ? DAYS_A_SESSION : 7)));
}

const noBars = (symbol: string) =>
  new HttpProblem(
    404,
    "no_prices",
    `There are no stored prices of ${symbol}. A cycle stores those of the symbols it analyses.`,
  );
