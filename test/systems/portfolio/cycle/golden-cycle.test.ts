import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { assets as assetsTable, portfolios, users as usersTable } from "../../../../src/db/schema/portfolio.ts";
import type { IsoDate } from "../../../../src/kit/dates.ts";
import { silentLogger } from "../../../../src/kit/log.ts";
import { type Bar, type Bars, sliceBars, toBars } from "../../../../src/market/bars.ts";
import { createCsvProvider } from "../../../../src/market/csv/csv-provider.ts";
import type { PriceProvider } from "../../../../src/market/provider.ts";
import { computeAssetEntry } from "../../../../src/systems/portfolio/analysis/analyze-asset.ts";
import { selectWindow } from "../../../../src/systems/portfolio/analysis/periods.ts";
import { hasShared, readShared, sharedPath } from "../../../support/shared.ts";
import { expectSame } from "../analysis/golden.ts";
import { type CycleBench, type CycleRun, type FileJson, openCycleBench } from "./cycle-bench.ts";

const CYCLES = "golden/portfolio/cycle";
const AS_OF = "2022-01-07";
/** The clock of the recorded run, and the end of that day in UTC, when the coins' day is complete too. */
const RECORDED_NOW = "2022-01-07T21:30:00.000Z";
const RUN_NOW = "2022-01-08T00:00:00.000Z";
const recordings = hasShared
  ? readdirSync(sharedPath(CYCLES)).filter((name) => name.startsWith(AS_OF) && name.endsWith(".intended"))
  : [];

interface Recording {
  tables: Record<"users" | "portfolios" | "assets", Record<string, never>[]>;
  radar_cache: Record<"sp500" | "crypto", { candidates: string[] }>;
  download_calls_total: number;
  download_calls_by_kind: Record<string, number>;
  cycle_result: { users_processed: number; successful: number; failed: number; market_candidates: number };
}

describe.skipIf(!hasShared).each(recordings)("the recorded cycle %s", (recording) => {
  const folder = mkdtempSync(join(tmpdir(), "vigia-golden-"));
  const asked: string[] = [];
  const statements: string[] = [];
  let bench: CycleBench;
  let cycle: CycleRun;
  let recorded: Recording;
  let series: Map<string, Bar[]>;

  beforeAll(async () => {
    series = await writePrices(folder);
    recorded = await readShared(`${CYCLES}/${recording}/run.json`);
    const provider = counting(createCsvProvider({ folder, log: silentLogger }), asked);
    const settings = { SVGA_DEFAULT_PORTFOLIO: "true", MARKET_DATA_DIR: folder };
    bench = await openCycleBench({ provider, now: "2022-01-08T06:00:00.000Z", settings });
    await giveTables(bench, recorded.tables);
    const { client } = bench.store.db;
    const { execute } = client;
    client.execute = ((statement: string | { sql: string }) => {
      statements.push(typeof statement === "string" ? statement : statement.sql);
      return execute.call(client, statement as never);
    }) as typeof execute;
    cycle = await bench.run({ as_of: AS_OF });
    client.execute = execute;
  });
  afterAll(async () => {
    await bench?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const everybody = () => recorded.tables.users.map(({ user_id }) => String(user_id));
  const recordedFile = (user: string, name: string) =>
    readShared<FileJson>(`${CYCLES}/${recording}/portfolio-files/${user}/${name}_analisis.json`);

  test("P24: every portfolio_analisis.json has the recorded keys, order, words and numbers", async () => {
    for (const user of everybody()) {
      const old = await recordedFile(user, "portfolio");
      const json = await bench.json(user);
      const symbols = symbolsOf(recorded, user) ?? old.portfolio.portfolio_composition;
      expect(json.portfolio.portfolio_composition).toEqual(symbols);
      expect(Object.keys(json.portfolio.assets)).toEqual(symbols);
      // The original took its symbols from an unordered set.
      expect(symbols.toSorted()).toEqual(old.portfolio.portfolio_composition.toSorted());
      expect(Object.keys(json).slice(0, 2)).toEqual(Object.keys(old));
      expect(Object.keys(json.portfolio).slice(0, 3)).toEqual(Object.keys(old.portfolio));
      expect(json.portfolio.analysis_timestamp).toBe(RUN_NOW);
      expect(json.metadata).toEqual({ ...old.metadata, timestamp: RUN_NOW });
      for (const symbol of symbols)
        expectRecorded(json.portfolio.assets[symbol], old.portfolio.assets[symbol], `${user} ${symbol}`);
    }
  });

  test("P25: every mercado_analisis.json has the recorded candidates, and its stocks' keys, order and numbers", async () => {
    for (const user of everybody()) {
      const old = await recordedFile(user, "mercado");
      const { market, metadata } = await bench.json(user, "mercado");
      expect(market.market_indicators).toEqual(old.market.market_indicators);
      expect(Object.keys(market.assets)).toEqual(Object.keys(old.market.assets));
      expect(Object.keys(market).slice(0, 3)).toEqual(Object.keys(old.market));
      expect(metadata).toEqual({ ...old.metadata, timestamp: RUN_NOW });
      const stocks = recorded.radar_cache.sp500.candidates;
      expect(stocks.length).toBeGreaterThan(0);
      for (const symbol of stocks) expectRecorded(market.assets[symbol], old.market.assets[symbol], symbol);
    }
  });

  test("P39: coins' candidates leave out the week that is running, and differ from the recorded ones in that alone", async () => {
    const [user] = everybody();
    const old = await recordedFile(user!, "mercado");
    const { market } = await bench.json(user!, "mercado");
    const coins = recorded.radar_cache.crypto.candidates;
    expect(coins.length).toBeGreaterThan(0);
    const judge = (symbol: string, bars: Bars) =>
      computeAssetEntry({ symbol, bars, expectedDate: AS_OF, period: "2y", interval: "1wk" });
    const weeksOf = (bars: readonly Bar[], asOf: IsoDate) =>
      selectWindow(toBars(bars), { asOf, period: "2y", interval: "1wk" });
    let cut = 0;
    for (const symbol of coins) {
      const bars = series.get(symbol)!;
      expectRecorded(judge(symbol, weeksOf(bars, AS_OF)), old.market.assets[symbol], `${symbol} as recorded`);
      // One coin's prices end before the running week.
      const weeks = weeksOf(bars.filter(isPriced), bars.at(-1)!.date);
      const isRunning = weeks.date.at(-1) === "2022-01-03";
      const closed = isRunning ? sliceBars(weeks, 0, weeks.length - 1) : weeks;
      if (isRunning) cut++;
      expectRecorded(market.assets[symbol], judge(symbol, closed), `${symbol} without the running week`);
      expect(market.assets[symbol]).toMatchObject({ data_as_of: "2021-12-27", partial_bar: false, market: "crypto" });
    }
    expect(cut).toBeGreaterThan(coins.length / 2);
  });

  test("P25: with bars still forming (live), the coins' candidates are the recorded ones too", async () => {
    const settings = { SVGA_DEFAULT_PORTFOLIO: "true", MARKET_DATA_DIR: folder, SVGA_BAR_MODE: "live" };
    const provider = createCsvProvider({ folder, log: silentLogger });
    await using live = await openCycleBench({ provider, now: "2022-01-08T06:00:00.000Z", settings });
    await giveTables(live, recorded.tables);
    await live.run({ as_of: AS_OF });
    const [user] = everybody();
    const old = await recordedFile(user!, "mercado");
    const { market } = await live.json(user!, "mercado");
    let running = 0;
    for (const symbol of recorded.radar_cache.crypto.candidates.filter((candidate) => candidate !== FIRST_PRICED)) {
      expect(market.assets[symbol].partial_bar).toBe(market.assets[symbol].data_as_of === "2022-01-03");
      if (!market.assets[symbol].partial_bar) continue;
      running++;
      expectRecorded(market.assets[symbol], old.market.assets[symbol], `${symbol} live`);
    }
    expect(running).toBeGreaterThan(5);
  });

  test("P23: the first user's summary says what the recorded one says", async () => {
    const old = await readShared<FileJson>(`${CYCLES}/${recording}/resumen_ejecutivo.json`);
    const [user] = everybody();
    const { summary } = (await bench.json(user!)).portfolio;
    expect(Object.keys(summary)).toEqual(Object.keys(old));
    expect(summary.distribucion_senales).toEqual(old.distribucion_senales);
    for (const [symbol, state] of Object.entries(old.metricas_tecnicas))
      expectSame(summary.metricas_tecnicas[symbol], state as object, symbol);
    expect(Object.keys(summary.metricas_tecnicas).toSorted()).toEqual(Object.keys(old.metricas_tecnicas).toSorted());
    const told = (list: FileJson[]) => list.map(({ ticker, tipo }) => `${ticker} ${tipo}`).toSorted();
    expect(told(summary.alertas_media_prioridad)).toEqual(told(old.alertas_media_prioridad));
    expect(summary.cambios_abruptos).toEqual(old.cambios_abruptos);
    // The detector now gets the five figures that it never had (a-21): it can only find more.
    for (const list of ["alertas_alta_prioridad", "anomalias", "oportunidades"] as const)
      expect(told(summary[list])).toEqual(expect.arrayContaining(told(old[list])));
    expect(summary.contexto_mercado).toEqual(old.contexto_mercado);
  });

  test("P28: a symbol without prices is an error entry and costs the others nothing", async () => {
    for (const user of everybody()) {
      const { portfolio } = await bench.json(user);
      for (const [symbol, entry] of Object.entries<FileJson>(portfolio.assets))
        expect([symbol, "error" in entry]).toEqual([symbol, ["NOEXISTE", "PAXG-USD"].includes(symbol)]);
    }
  });

  test("P32: each symbol is asked for once, where the original made every request anew for each user", () => {
    expect(new Set(asked).size).toBe(asked.length);
    expect(recorded.download_calls_total).toBeGreaterThan(100);
    // Of the recorded requests, the members of both batches come on top of the ones made symbol by symbol.
    const single = new Set(
      Object.keys(recorded.download_calls_by_kind)
        .filter((kind) => !kind.startsWith("<"))
        .map((kind) => kind.split(" ")[0]!),
    );
    const ofUsersAndCandidates = asked.filter((symbol) => single.has(symbol));
    expect(ofUsersAndCandidates.toSorted()).toEqual([...single].toSorted());
    expect(ofUsersAndCandidates.length).toBeLessThanOrEqual(40);
  });

  test("P01: one query for each table of users and page, none for each user", () => {
    const reads = (pattern: RegExp) => statements.filter((sql) => pattern.test(sql));
    const page = /^select user_id, email/;
    const held = /^select p\.user_id, p\.portfolio_id/;
    expect(reads(page)).toHaveLength(1);
    expect(reads(held)).toHaveLength(1);
    expect(reads(/^select user_id, portfolio_tickers/)).toHaveLength(1);
    // Beside them the count and the distinct symbols, for all users at once.
    expect(reads(/\b(from|join) (users|portfolios|assets|portfolio_config)\b/).length).toBeLessThanOrEqual(7);
  });

  test("P36: the counts are those of the recorded result", () => {
    const { users_processed, successful, failed, market_candidates } = recorded.cycle_result;
    expect(cycle.result.outcome).toBe("ok");
    expect(cycle.result.logData).toMatchObject({ users_processed, successful, failed, market_candidates });
    expect(Object.values(cycle.users).map(({ state }) => state)).toEqual(everybody().map(() => "ok"));
  });

  test("the scans are those of the recording, of the files in the folder", async () => {
    const rows = await bench.sql("select * from radar_scans order by market desc");
    expect(rows.map(({ market, as_of, universe_source }) => [market, as_of, universe_source])).toEqual([
      ["sp500", AS_OF, "folder"],
      ["crypto30", AS_OF, "embedded"],
    ]);
    const listed = await bench.sql("select market, symbol from radar_candidates order by market desc, rank");
    expect(listed.map(({ symbol }) => symbol)).toEqual([
      ...recorded.radar_cache.sp500.candidates,
      ...recorded.radar_cache.crypto.candidates,
    ]);
  });

  test("at the recorded minute the coins' day is still running, so they are judged on the day before", async () => {
    expect(RECORDED_NOW < RUN_NOW).toBe(true);
    await using earlier = await openCycleBench({ now: RECORDED_NOW });
    for (const symbol of ["AAPL", "BTC-USD"]) earlier.table.give(symbol, series.get(symbol)!);
    await giveTables(earlier, recorded.tables);
    await earlier.run();
    const [user] = everybody();
    const old = await recordedFile(user!, "portfolio");
    const { assets } = (await earlier.json(user!)).portfolio;
    expectRecorded(assets.AAPL, old.portfolio.assets.AAPL, "AAPL");
    expect(assets["BTC-USD"]).toMatchObject({ data_as_of: "2022-01-06", partial_bar: false });
  });
});

/** Keys of the old contract in their order; words and numbers equal; free texts and chart names apart. */
function expectRecorded(entry: FileJson, old: FileJson, label: string): void {
  if ("error" in old) {
    expect(Object.keys(entry)[0], label).toBe("error");
    return;
  }
  expect(Object.keys(entry).slice(0, 3), label).toEqual(["signals", "chart_file", "latest_metrics"]);
  expect(entry.chart_file, label).toBeNull();
  const { alerts, filters, ...signals } = entry.signals;
  const { alerts: oldAlerts, filters: oldFilters, ...oldSignals } = old.signals;
  expect(Object.keys(entry.signals), label).toEqual(Object.keys(old.signals));
  const kind = ({ type, priority }: FileJson) => [type, priority];
  expect(alerts.map(kind), label).toEqual(oldAlerts.map(kind));
  expectSame(signals, oldSignals, label);
  expectSame(filters, oldFilters, label);
  expectSame(entry.latest_metrics, old.latest_metrics, label);
}

/** The user's symbols by portfolio and asset, each once; undefined for one without any. */
function symbolsOf({ tables }: Recording, user: string): string[] | undefined {
  const own = tables.portfolios.filter(({ user_id }) => user_id === user).map(({ portfolio_id }) => portfolio_id);
  const symbols = own.flatMap((id) =>
    tables.assets.filter(({ portfolio_id }) => portfolio_id === id).map(({ asset_symbol }) => String(asset_symbol)),
  );
  return symbols.length > 0 ? [...new Set(symbols)] : undefined;
}

async function giveTables({ store }: CycleBench, tables: Recording["tables"]): Promise<void> {
  await store.db.write(async (tx) => {
    for (const row of tables.users as FileJson[])
      await tx.insert(usersTable).values({
        userId: row.user_id,
        email: row.email,
        firstName: row.first_name,
        lastName: row.last_name,
        createdAt: new Date(row.created_at).toISOString(),
        updatedAt: new Date(row.created_at).toISOString(),
      });
    for (const [position, row] of (tables.portfolios as FileJson[]).entries())
      await tx.insert(portfolios).values({
        portfolioId: String(row.portfolio_id),
        userId: row.user_id,
        portfolioName: row.portfolio_name,
        position,
      });
    for (const [position, row] of (tables.assets as FileJson[]).entries())
      await tx.insert(assetsTable).values({
        assetId: String(row.asset_id),
        portfolioId: String(row.portfolio_id),
        assetSymbol: row.asset_symbol,
        quantity: row.quantity,
        acquisitionPrice: row.acquisition_price,
        position,
      });
  });
}

/** The recorded bars as files: stocks are the universe, in a subfolder of its name. */
async function writePrices(folder: string): Promise<Map<string, Bar[]>> {
  const text = gunzipSync(await Bun.file(sharedPath(`${CYCLES}/inputs.csv.gz`)).bytes());
  const [header = "", ...lines] = new TextDecoder().decode(text).trim().split("\n");
  const files = new Map<string, string[]>();
  for (const line of lines) {
    const [symbol = ""] = line.split(",", 1);
    const rows = files.get(symbol) ?? [];
    files.set(symbol, rows);
    rows.push(line.slice(symbol.length + 1));
  }
  mkdirSync(join(folder, "sp500"));
  const series = new Map([...files].map(([symbol, rows]) => [symbol, rows.map(readBar)]));
  for (const [symbol, rows] of files) {
    const isStock = !symbol.endsWith("-USD") && !symbol.startsWith("^");
    const content = [header.slice(header.indexOf(",") + 1), ...rows].join("\n");
    await Bun.write(join(folder, isStock ? "sp500" : ".", `${symbol}.csv`), content);
  }
  return series;
}

/** Its recorded bars open with zeros, which are no prices here. */
const FIRST_PRICED = "SHIB-USD";

/** A coin of 2020 cost less than the source's last digit: such rows are no prices. */
const isPriced = ({ low }: Bar): boolean => low > 0;

function readBar(row: string): Bar {
  const [date = "", ...cells] = row.split(",");
  const [open = 0, high = 0, low = 0, close = 0, volume = 0] = cells.map(Number);
  return { date, open, high, low, close, adjClose: close, volume };
}

const counting = (provider: PriceProvider, asked: string[]): PriceProvider => ({
  ...provider,
  fetchBars: (request) => {
    asked.push(request.symbol);
    return provider.fetchBars(request);
  },
});
