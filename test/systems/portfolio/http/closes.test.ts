import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addDays, weekdayOf } from "../../../../src/kit/dates.ts";
import { type Bar, toBars } from "../../../../src/market/bars.ts";
import type { Instrument } from "../../../../src/market/market.ts";
import { createServer } from "../../../../src/server/index.ts";
import { createMetrics } from "../../../../src/server/metrics/index.ts";
import { closesRoutes } from "../../../../src/systems/portfolio/http/closes-routes.ts";
import { openTestServer, type TestServer } from "../../../server/harness.ts";

const LAST = "2024-03-08";

/** Bars of `count` days back from `last`, closing at 1, 2, 3 …; weekends only where `daily`. */
function series(count: number, { last = LAST, daily = false } = {}): Bar[] {
  const dates: string[] = [];
  for (let date = last; dates.length < count; date = addDays(date, -1))
    if (daily || weekdayOf(date) % 6 !== 0) dates.unshift(date);
  return dates.map((date, index) => {
    const close = index + 1;
    return { date, open: close, high: close, low: close, close, adjClose: close / 2, volume: 10 };
  });
}

const STORED: Record<string, Bar[]> = {
  "^GSPC": series(400),
  "BTC-USD": series(400, { daily: true }),
  YOUNG: series(3),
  // Trading stopped for a year, then came back for two days.
  GAP: [...series(100, { last: "2023-03-08" }), ...series(2)],
  EMPTY: [],
};

/** Remembers what is read. */
function createFakeMarket(): Parameters<typeof closesRoutes>[0]["market"] & { loads: string[] } {
  const loads: string[] = [];
  return {
    loads,
    async load(symbol, _interval, { from = "1900-01-01", to = LAST } = {}) {
      loads.push(symbol);
      return toBars((STORED[symbol] ?? []).filter(({ date }) => from <= date && date <= to));
    },
    async instrument(symbol) {
      const bars = STORED[symbol];
      return bars && ({ symbol, lastBar: bars.at(-1)?.date ?? null, source: "csv" } as Instrument);
    },
  };
}

let base: TestServer;
let app: ReturnType<typeof createServer>;
const market = createFakeMarket();

beforeAll(async () => {
  base = await openTestServer();
  const systems = [{ name: "portfolio", routes: closesRoutes({ market, dataSource: "csv" }) }];
  app = createServer({ ...base.options, metrics: createMetrics({ log: base.log }), systems });
});
afterAll(() => base[Symbol.asyncDispose]());

interface Answer {
  data_source: string;
  items: { symbol: string; first_date: string; last_date: string; closes: number[] }[];
}

const ask = (query: string, init?: RequestInit) => app.request(`/api/market/closes?${query}`, init);
const read = async (query: string) => (await (await ask(query)).json()) as Answer;

describe("GET /api/market/closes", () => {
  test("gives the last closes of each symbol, oldest first, in the order asked for", async () => {
    const { data_source, items } = await read("symbols=btc-usd,%5EGSPC&bars=5");
    expect(data_source).toBe("csv");
    expect(items).toEqual([
      { symbol: "BTC-USD", first_date: "2024-03-04", last_date: LAST, closes: [396, 397, 398, 399, 400] },
      { symbol: "^GSPC", first_date: "2024-03-04", last_date: LAST, closes: [396, 397, 398, 399, 400] },
    ]);
  });

  test("sixty bars unless asked otherwise, 260 at most, on five and on seven days a week", async () => {
    for (const symbol of ["^GSPC", "BTC-USD"])
      for (const [query, count] of [
        ["", 60],
        ["&bars=1", 1],
        ["&bars=260", 260],
      ] as const) {
        const { items } = await read(`symbols=${encodeURIComponent(symbol)}${query}`);
        expect(items.map(({ closes }) => [closes.length, closes.at(-1)])).toEqual([[count, 400]]);
      }
  });

  test("a young symbol has what there is, and one with a gap goes on before it", async () => {
    const { items } = await read("symbols=YOUNG,GAP&bars=4");
    expect(items.map(({ closes }) => closes)).toEqual([
      [1, 2, 3],
      [99, 100, 1, 2],
    ]);
    expect(items[1]?.first_date).toBe("2023-03-07");
  });

  test("unknown symbols and ones without bars are absent, and nothing is read for the unknown", async () => {
    const before = market.loads.length;
    expect((await read("symbols=NOPE,EMPTY")).items).toEqual([]);
    expect(market.loads.slice(before)).toEqual([]);
  });

  test("a symbol named twice comes once", async () => {
    expect((await read("symbols=YOUNG,%20YOUNG,young")).items).toHaveLength(1);
  });

  test("anybody may read it, and asks again in vain while nothing has changed", async () => {
    const first = await ask("symbols=YOUNG");
    expect(first.status).toBe(200);
    expect(first.headers.get("x-data-source")).toBe("csv");
    const tag = first.headers.get("etag") ?? "";
    expect((await ask("symbols=YOUNG", { headers: { "if-none-match": tag } })).status).toBe(304);
    expect((await ask("symbols=YOUNG&bars=2", { headers: { "if-none-match": tag } })).status).toBe(200);
  });

  test.each([
    ["no list", "", "symbols"],
    ["an empty list", "symbols=", "symbols"],
    ["nothing between commas", "symbols=,,", "symbols"],
    ["a control character", "symbols=YOUNG%00", "symbols"],
    ["a path", "symbols=..%2F..%2Fetc", "symbols"],
    ["51 symbols", `symbols=${Array.from({ length: 51 }, (_, index) => `A${index}`).join(",")}`, "symbols"],
    ["a very long list", `symbols=${"A".repeat(5_000)}`, "symbols"],
    ["no bars", "symbols=YOUNG&bars=0", "bars"],
    ["too many bars", "symbols=YOUNG&bars=261", "bars"],
    ["half a bar", "symbols=YOUNG&bars=1.5", "bars"],
    ["bars in letters", "symbols=YOUNG&bars=NaN", "bars"],
  ])("refuses %s and names the field", async (_what, query, field) => {
    const response = await ask(query);
    expect(response.status).toBe(422);
    expect(await response.text()).toContain(field);
  });

  test("takes fifty symbols", async () => {
    const fifty = Array.from({ length: 49 }, (_, index) => `A${index}`);
    expect((await read(`symbols=${[...fifty, "YOUNG"].join(",")}`)).items).toHaveLength(1);
  });
});
