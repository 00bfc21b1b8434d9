import { afterEach, beforeEach, expect, test } from "bun:test";
import type { DataSource, MarketName } from "../../../../src/db/schema/market.ts";
import type { RadarProfile, RadarScan } from "../../../../src/systems/portfolio/radar/radar-scan.ts";
import { saveScan } from "../../../../src/systems/portfolio/store/scans.ts";
import { AT, openPortfolioApi, type PortfolioApi } from "./portfolio-api.ts";

let api: PortfolioApi;
beforeEach(async () => {
  api = await openPortfolioApi();
});
afterEach(() => api[Symbol.asyncDispose]());
const radar = (path: string, headers: Record<string, string> = {}) =>
  api.ask("anonymous", `/radar${path}`, { headers });

const metricsOf = (ticker: string) => ({
  ticker,
  precio: 10,
  precio_prev: 9,
  ema_20: 9,
  ema_20_prev: 9,
  ema_50: 8,
  EMA_100: 7,
  rsi: 50,
  macd_hist: 0.1,
  macd_hist_prev: -0.1,
  adx: 22,
  volume: 1_000,
  volume_sma_20: 900,
});

interface GivenScan {
  market?: MarketName;
  profile?: RadarProfile;
  dataSource?: DataSource;
  /** Best first. */
  found?: readonly string[];
}

function giveScan(
  asOf: string,
  { market = "sp500", profile = "v1", dataSource = "csv", found = ["AAPL", "KO"] }: GivenScan = {},
) {
  const candidates = found.map((symbol, index) => ({
    ...metricsOf(symbol),
    radar: "Ruptura Alcista",
    score: 90 - index,
  }));
  const scan: RadarScan & { as_of: string } = {
    as_of: asOf,
    profile,
    candidates,
    metrics: candidates,
    skipped: ["NEWCO"],
    radars_used: "Radar 2 (Ruptura Alcista)",
    regime: {
      regime: "ALCISTA",
      signal: "COMPRAR",
      confidence: 80,
      benchmark: "^GSPC",
      reasons: ["Sube."],
      timestamp: AT,
    },
  };
  return saveScan(api.db, { market, scan, dataSource, universeSource: "folder", universeAsOf: null, scannedAt: AT });
}
const datesOf = (items: { as_of: string }[]) => items.map(({ as_of }) => as_of);

test("404 with the job's name before the first scan of that market and profile; the history is empty", async () => {
  await giveScan("2024-03-08", { market: "crypto30" });
  await giveScan("2024-03-08", { profile: "v2" });
  await giveScan("2024-03-08", { dataSource: "sample" });
  const { status, body } = await radar("/sp500/latest");
  expect([status, body.code]).toEqual([404, "no_scan_yet"]);
  expect(body.detail).toBe(
    "There is no scan of sp500 with profile v1 yet. portfolio_cycle stores those of SVGA_RADAR_PROFILE.",
  );
  expect((await radar("/sp500/history")).body).toEqual({ items: [], count: 0, next_cursor: null });
});

test("the newest scan has its regime, universe and candidates, best first", async () => {
  await giveScan("2024-03-07");
  await giveScan("2024-03-08");
  await giveScan("2024-03-06");
  const { status, body, headers } = await radar("/sp500/latest");
  expect([status, headers.get("x-data-source"), headers.get("cache-control")]).toEqual([200, "csv", "max-age=60"]);
  expect(body).toEqual({
    market: "sp500",
    as_of: "2024-03-08",
    profile: "v1",
    data_source: "csv",
    regime: {
      regime: "ALCISTA",
      signal: "COMPRAR",
      confidence: 80,
      benchmark: "^GSPC",
      reasons: ["Sube."],
      timestamp: AT,
    },
    radars_used: "Radar 2 (Ruptura Alcista)",
    scanned: 2,
    skipped: ["NEWCO"],
    universe: { source: "folder", as_of: null },
    scanned_at: AT,
    candidates: [
      { rank: 1, symbol: "AAPL", radar: "Ruptura Alcista", score: 90, metrics: metricsOf("AAPL") },
      { rank: 2, symbol: "KO", radar: "Ruptura Alcista", score: 89, metrics: metricsOf("KO") },
    ],
  });
});

test("304 while the scan is the same", async () => {
  await giveScan("2024-03-07");
  const etag = (await radar("/sp500/latest")).headers.get("etag")!;
  const known = await radar("/sp500/latest", { "If-None-Match": etag });
  expect([known.status, known.text]).toEqual([304, ""]);
  await giveScan("2024-03-07", { found: ["KO"] });
  expect((await radar("/sp500/latest", { "If-None-Match": etag })).status).toBe(200);
});

test("profiles are told apart, and the configured one is the default", async () => {
  await giveScan("2024-03-07");
  await giveScan("2024-03-08", { profile: "v2" });
  for (const [query, date] of [
    ["", "2024-03-07"],
    ["?profile=v1", "2024-03-07"],
    ["?profile=v2", "2024-03-08"],
  ])
    expect([query, (await radar(`/sp500/latest${query}`)).body.as_of]).toEqual([query, date]);
});

test("P38: candidates are found by symbol and date", async () => {
  await giveScan("2024-03-06", { found: ["KO"] });
  await giveScan("2024-03-07", { found: ["AAPL", "KO"] });
  await giveScan("2024-03-08", { found: ["AAPL"] });
  await giveScan("2024-03-08", { found: ["KO"], profile: "v2" });
  await giveScan("2024-03-08", { found: ["KO"], market: "crypto30" });
  await giveScan("2024-03-05", { found: [] });
  for (const [query, dates] of [
    ["", ["2024-03-08", "2024-03-07", "2024-03-06", "2024-03-05"]],
    ["?symbol=ko", ["2024-03-07", "2024-03-06"]],
    ["?symbol=AAPL&to=2024-03-07", ["2024-03-07"]],
    ["?symbol=NEWCO", []],
    ["?from=2024-03-06&to=2024-03-07", ["2024-03-07", "2024-03-06"]],
    ["?symbol=KO&profile=v2", ["2024-03-08"]],
  ] as const) {
    const { body, headers } = await radar(`/sp500/history${query}`);
    expect([query, datesOf(body.items), headers.get("x-data-source")]).toEqual([query, [...dates], "csv"]);
  }
  // A scan stays whole: the others that it found are the context of a candidate.
  const [scan] = (await radar("/sp500/history?symbol=KO")).body.items;
  expect(scan.candidates.map(({ rank, symbol }: { rank: number; symbol: string }) => [rank, symbol])).toEqual([
    [1, "AAPL"],
    [2, "KO"],
  ]);
});

test("pages meet every scan once; a cursor belongs to its market and filters", async () => {
  for (const day of [1, 4, 5, 6, 7]) await giveScan(`2024-03-0${day}`);
  const first = (await radar("/sp500/history?limit=2")).body;
  const second = (await radar(`/sp500/history?limit=2&cursor=${first.next_cursor}`)).body;
  const third = (await radar(`/sp500/history?limit=2&cursor=${second.next_cursor}`)).body;
  expect([first, second, third].map(({ items }) => datesOf(items))).toEqual([
    ["2024-03-07", "2024-03-06"],
    ["2024-03-05", "2024-03-04"],
    ["2024-03-01"],
  ]);
  expect(third.next_cursor).toBeNull();
  for (const path of [
    "/crypto30/history?",
    "/sp500/history?symbol=KO&",
    "/sp500/history?profile=v2&",
    "/sp500/history?from=2024-01-01&",
  ])
    expect([path, (await radar(`${path}cursor=${first.next_cursor}`)).body.code]).toEqual([path, "bad_cursor"]);
  // The default said aloud is the same list.
  expect((await radar(`/sp500/history?profile=v1&limit=9&cursor=${first.next_cursor}`)).body.count).toBe(3);
});

test.each([
  ["/nasdaq/latest", "path.market"],
  ["/SP500/latest", "path.market"],
  ["/sp500/latest?profile=v3", "query.profile"],
  ["/sp500/history?limit=201", "query.limit"],
  ["/sp500/history?symbol=%00", "query.symbol"],
  ["/sp500/history?from=2024-3-8", "query.from"],
  ["/sp500/history?from=2024-03-08&to=2024-03-01", "query.from"],
])("422: %s names %s", async (path, field) => {
  const { status, body } = await radar(path);
  expect([status, body.errors[0].path]).toEqual([422, field]);
});
