import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assets, portfolios } from "../../../../src/db/schema/portfolio.ts";
import { silentLogger } from "../../../../src/kit/log.ts";
import type { Bar } from "../../../../src/market/bars.ts";
import { createCsvProvider } from "../../../../src/market/csv/csv-provider.ts";
import { soakTimes } from "../../../support/soak.ts";
import { numbersNotInJson } from "../files/markdown-numbers.ts";
import { uuid } from "../people/people-fixtures.ts";
import { type CycleBench, type CycleRun, type FileJson, openCycleBench } from "./cycle-bench.ts";
import { leaping, restated, walk } from "./price-table.ts";
import { FRIDAY } from "./stage.ts";

const good = walk(3, { until: FRIDAY, count: 520 });
const flat: Bar[] = good.map(({ date }) => ({
  ...{ date, open: 7, high: 7, low: 7, close: 7, adjClose: 7, volume: 1_000 },
}));
const HEADER = "date,open,high,low,close,volume";
const line = ({ date, open, high, low, close, volume }: Bar) => [date, open, high, low, close, volume].join(",");
const file = (bars: readonly Bar[]) => [HEADER, ...bars.map(line)].join("\n");
const withCells = (bars: readonly Bar[], count: number, cell: string) =>
  [HEADER, ...bars.map((bar, index) => (index < count ? line(bar).replace(String(bar.close), cell) : line(bar)))].join(
    "\n",
  );
const beforeSplit = (bars: readonly Bar[]) => [...restated(bars.slice(0, -5), 20), ...bars.slice(-5)];

/** Files of prices: what is wrong with each is in its name. */
const FILES: Record<string, string> = {
  GOOD: file(good),
  ONEBAR: file(good.slice(-1)),
  NINETEEN: file(good.slice(-19)),
  FLAT: file(flat),
  NOVOLUME: file(good.map((bar) => ({ ...bar, volume: 0 }))),
  FEWNAN: withCells(good, 40, "NaN"),
  MANYNAN: withCells(good, 200, "NaN"),
  SPLIT: file(beforeSplit(good)),
  TINY: file(restated(good, 1e-10)),
  HUGE: file(restated(good, 1e12)),
  ENDED: file(good.slice(0, -30)),
  EMPTY: "",
  HTML: "<!doctype html><title>Not found</title>",
  NOHEADER: file(good).split("\n").slice(1).join("\n"),
};
const BROKEN = [
  "ONEBAR",
  "NINETEEN",
  "MANYNAN",
  "ENDED",
  "EMPTY",
  "HTML",
  "NOHEADER",
  "UNKNOWN",
  "../etc/passwd",
  "A B",
];
const PRICED = Object.keys(FILES).filter((symbol) => !BROKEN.includes(symbol));

const LOTS = 5_000;
/** Distinct symbols of those lots: each unknown one costs a look into the folder. */
const SYMBOLS = soakTimes(800, LOTS);

const folder = mkdtempSync(join(tmpdir(), "vigia-bad-"));
let bench: CycleBench;
let cycle: CycleRun;
const [EVERYTHING, UNKNOWNS, RICH, NOTHING, HEALTHY] = [1, 2, 3, 4, 5].map(uuid) as [
  string,
  string,
  string,
  string,
  string,
];

beforeAll(async () => {
  for (const [symbol, text] of Object.entries(FILES)) await Bun.write(join(folder, `${symbol}.csv`), text);
  const provider = createCsvProvider({ folder, log: silentLogger });
  bench = await openCycleBench({ provider, settings: { MARKET_DATA_DIR: folder, MAX_WORKERS: "4" } });
  await bench.universe(["GOOD", "FLAT", "ONEBAR", "TINY", "SPLIT", "EMPTY"]);
  await bench.user({ userId: EVERYTHING, holds: { A: [...Object.keys(FILES), ...BROKEN, "", "  ", "good"] } });
  await bench.user({ userId: UNKNOWNS, holds: { A: ["UNKNOWN", "NOPE"] } });
  await bench.user({ userId: "  ", holds: { A: ["GOOD"] } });
  await bench.user({ userId: RICH });
  await giveFiveThousand(bench, RICH);
  await bench.user({ userId: NOTHING, holds: { Vacía: [] } });
  await bench.user({ userId: HEALTHY, holds: { A: ["GOOD"] } });
  cycle = await bench.run();
}, 120_000);
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("only the user without an id fails, and everybody else has a valid set", async () => {
  expect(cycle.result).toMatchObject({ outcome: "partial", errors: 1, logData: { users_processed: 6, failed: 1 } });
  expect(Object.fromEntries(Object.entries(cycle.users).map(([user, { state }]) => [user, state]))).toEqual({
    "  ": "failed",
    [EVERYTHING]: "ok",
    [UNKNOWNS]: "ok",
    [RICH]: "ok",
    [NOTHING]: "empty",
    [HEALTHY]: "ok",
  });
  for (const user of [EVERYTHING, UNKNOWNS, RICH, HEALTHY]) {
    const files = await bench.files(user);
    expect(files.size).toBe(4);
    for (const name of ["portfolio", "mercado"] as const) {
      const text = files.get(`${name}_analisis.json`)!.text;
      expect(text).not.toMatch(/NaN|Infinity|undefined/);
      // Thousands of lines take the check seconds, and are made like the others.
      if (user === RICH && name === "portfolio") continue;
      const missing = numbersNotInJson(files.get(`${name}_informe.md`)!.text, JSON.parse(text), {
        profile: "v2",
        timezone: "America/Argentina/Buenos_Aires",
        ignore: [`user_${user.slice(0, 8)}`],
      });
      expect([user, name, missing]).toEqual([user, name, []]);
    }
  }
  expect((await bench.files(NOTHING)).size).toBe(2);
});

test("each bad symbol is an entry that names it and says why, each good one is analysed", async () => {
  const { assets } = (await bench.json(EVERYTHING)).portfolio as { assets: Record<string, FileJson> };
  for (const symbol of BROKEN.map((text) => text.toUpperCase()))
    expect([symbol, assets[symbol]]).toEqual([symbol, { error: expect.stringContaining(symbol) }]);
  const analysed = Object.entries(assets).filter(([, entry]) => !("error" in entry));
  expect(analysed.map(([symbol]) => symbol).toSorted()).toEqual(PRICED.toSorted());
  expect(assets.ONEBAR.error).toContain("1 barra");
  expect(assets.NINETEEN.error).toContain("19 barras");
  expect(assets.ENDED.error).toMatch(/2024/);
});

test("flat prices and missing volume give no signal out of nothing", async () => {
  const { assets } = (await bench.json(EVERYTHING)).portfolio;
  expect(assets.FLAT.signals).toMatchObject({ recommendation: "MANTENER", signal: 0, priority: "LOW" });
  expect(assets.FLAT.latest_metrics).toMatchObject({
    price: 7,
    rsi: 0,
    atr: 0,
    bollinger_lower: 7,
    bollinger_upper: 7,
  });
  expect(assets.NOVOLUME.latest_metrics).toMatchObject({ volume: 0, obv: 0 });
  expect(assets.NOVOLUME.signals.price_current).toBe(good.at(-1)!.close);
  expect(assets.NOVOLUME.detector_metrics.volume_sma_20).toBe(0);
});

test("tiny and huge prices keep their figures in JSON and report", async () => {
  const { assets } = (await bench.json(EVERYTHING)).portfolio;
  const close = good.at(-1)!.close;
  for (const [symbol, factor] of [
    ["TINY", 1e-10],
    ["HUGE", 1e12],
  ] as const) {
    expect(assets[symbol].signals.price_current / (close * factor)).toBeCloseTo(1, 12);
    expect(assets[symbol].latest_metrics.rsi).toBeCloseTo(assets.GOOD.latest_metrics.rsi, 6);
    expect(assets[symbol].signals.recommendation).toBe(assets.GOOD.signals.recommendation);
  }
  const report = (await bench.files(EVERYTHING)).get("portfolio_informe.md")!.text;
  expect(report).not.toMatch(/\b0,0+(?!\d)\s*USD/);
});

test("lines that are no numbers cost themselves as long as they are few", async () => {
  const { assets } = (await bench.json(EVERYTHING)).portfolio;
  expect(assets.FEWNAN).toMatchObject({ data_as_of: FRIDAY, bars: assets.GOOD.bars });
});

test("a split that the file does not adjust shows as the fall that it says, to its owner alone", async () => {
  const { assets } = (await bench.json(EVERYTHING)).portfolio;
  expect(assets.SPLIT.latest_metrics.ema_50).toBeGreaterThan(assets.SPLIT.signals.price_current * 2);
  expect((await bench.json(HEALTHY)).portfolio.assets.GOOD).toEqual(assets.GOOD);
});

test("a split that the source restates gives what a fresh start would give", async () => {
  const closing = async (steps: readonly (readonly Bar[])[]) => {
    await using split = await openCycleBench({ now: "2024-03-07T21:30:00.000Z" });
    await split.universe(["SPLIT"]);
    await split.user({ userId: HEALTHY, holds: { A: ["SPLIT"] } });
    for (const bars of steps) {
      split.table.give("SPLIT", bars);
      await split.run();
      split.clock.jump(Date.parse("2024-03-08T21:30:00.000Z") - split.clock.now().getTime());
    }
    if (steps.length === 1) await split.run();
    const { assets, changes } = (await split.json(HEALTHY)).portfolio;
    return { assets, changes };
  };
  const old = restated(good.slice(0, -1), 20);
  const twoSteps = await closing([old, good]);
  const fresh = await closing([good]);
  expect(twoSteps.assets).toEqual(fresh.assets);
  expect(twoSteps.assets.SPLIT.signals.price_current).toBe(good.at(-1)!.close);
  // Against the price of before the split there would be a fall of 95 %.
  const [change] = twoSteps.changes.recommendations;
  if (change) expect(Math.abs(change.price_change_percent)).toBeLessThan(90);
});

test("5,000 assets of one user: every symbol is listed once with all its lots, and the cycle stays quick", async () => {
  const { portfolio } = await bench.json(RICH);
  expect(portfolio.portfolio_composition).toHaveLength(SYMBOLS);
  expect(Object.keys(portfolio.assets)).toEqual(portfolio.portfolio_composition);
  const failed = SYMBOLS - PRICED.length;
  expect(portfolio.data_quality).toMatchObject({ symbols: SYMBOLS, analysed: PRICED.length, failed });
  expect(portfolio.positions).toHaveLength(SYMBOLS);
  const held = (portfolio.positions as FileJson[]).reduce((sum, { quantity }) => sum + quantity, 0);
  expect(held).toBe((LOTS * (LOTS + 1)) / 2);
  expect(cycle.users[RICH]).toMatchObject({ state: "ok", symbols: SYMBOLS, failedSymbols: failed });
  // The log names some and counts the others.
  expect(JSON.stringify(cycle.result.logData).length).toBeLessThan(10_000);
});

test("a leap of one bar is told once, however absurd", async () => {
  await using wild = await openCycleBench();
  await wild.universe(["WILD"]);
  await wild.user({ userId: HEALTHY, holds: { A: ["WILD", "WILD"], B: ["WILD"] } });
  wild.table.give("WILD", leaping(good, 1e6));
  const { result } = await wild.run();
  expect(result.outcome).toBe("ok");
  expect(await wild.sql("select symbol, priority from portfolio_alerts")).toEqual([
    { symbol: "WILD", priority: "HIGH" },
  ]);
});

/** Lots of the symbols that exist and of many that do not, in turn. */
async function giveFiveThousand({ store }: CycleBench, userId: string): Promise<void> {
  const invented = Array.from({ length: SYMBOLS - PRICED.length }, (_, index) => `X${index}`);
  const symbols = [...PRICED, ...invented];
  await store.db.write(async (tx) => {
    await tx.insert(portfolios).values({ portfolioId: "rich", userId, portfolioName: "Todo", position: 0 });
    const rows = Array.from({ length: LOTS }, (_, position) => ({
      ...{ assetId: `rich-${position}`, portfolioId: "rich", assetSymbol: symbols[position % SYMBOLS]!, position },
      ...{ quantity: position + 1, acquisitionPrice: position % 7 === 0 ? null : 1.5 },
    }));
    for (let start = 0; start < LOTS; start += 500) await tx.insert(assets).values(rows.slice(start, start + 500));
  });
}
