import { addDays, weekdayOf } from "../../../../src/kit/dates.ts";
import { type Bar, toBars } from "../../../../src/market/bars.ts";
import type { Instrument } from "../../../../src/market/market.ts";
import { createServer } from "../../../../src/server/index.ts";
import { createMetrics } from "../../../../src/server/metrics/index.ts";
import { chartRoutes } from "../../../../src/systems/portfolio/http/chart-routes.ts";
import { indicatorRoutes } from "../../../../src/systems/portfolio/http/indicator-routes.ts";
import type { StoredPrices } from "../../../../src/systems/portfolio/http/stored-window.ts";
import { openTestServer } from "../../../server/harness.ts";

/** Weekday bars of a wave that rises, `count` back from 2024-03-08. */
export function sessions(count: number): Bar[] {
  const dates: string[] = [];
  for (let date = "2024-03-08"; dates.length < count; date = addDays(date, -1))
    if (weekdayOf(date) % 6 !== 0) dates.unshift(date);
  return dates.map((date, index) => {
    const close = 100 + 10 * Math.sin(index / 9) + index / 20;
    return {
      date,
      open: close - 0.5,
      high: close + 1,
      low: close - 1.5,
      close,
      adjClose: close,
      volume: 1_000 + index,
    };
  });
}

/** A market that only reads, and remembers what. */
export function storedPrices(stored: Record<string, Bar[]>): StoredPrices & { loads: string[] } {
  const loads: string[] = [];
  return {
    loads,
    async load(symbol, interval, { from = "1900-01-01", to = "9999-12-31" } = {}) {
      loads.push(`${symbol} ${interval} ${from}`);
      return toBars((stored[symbol] ?? []).filter(({ date }) => from <= date && date <= to));
    },
    async instrument(symbol) {
      const bars = stored[symbol];
      if (!bars) return undefined;
      const facts = { symbol, name: `${symbol} Inc.`, currency: "USD", lastBar: bars.at(-1)?.date ?? null };
      return facts as Instrument;
    },
  };
}

/** Charts and indicators of stored prices behind the real gate. */
export async function openPricesApi(stored: Record<string, Bar[]>) {
  const base = await openTestServer();
  const market = storedPrices(stored);
  const systems = [
    { name: "charts", routes: chartRoutes({ market, dataSource: "csv" }) },
    { name: "indicators", routes: indicatorRoutes({ market, dataSource: "csv" }) },
  ];
  const app = createServer({ ...base.options, metrics: createMetrics({ log: base.log }), systems });
  return {
    market,
    get: async (path: string, headers: Record<string, string> = {}) => app.request(path, { headers }),
    [Symbol.asyncDispose]: base[Symbol.asyncDispose],
  };
}
