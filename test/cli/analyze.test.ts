import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SeriesAnalysis } from "../../src/systems/recommendations/scoring/analyze-series.ts";
import { hasShared, readShared, sharedPath } from "../support/shared.ts";
import { soakTimes } from "../support/soak.ts";
import { jsonOf, temporaryDir, vigia } from "./harness.ts";

const dir = temporaryDir();
afterAll(() => dir[Symbol.dispose]());

const HEADER = "date,open,high,low,close,volume";
const analyze = (...args: string[]) => vigia(["analyze", ...args, "--json"]);

/** Day `index` after 2023-01-01. */
const dateOf = (index: number) => new Date(Date.UTC(2023, 0, 1 + index)).toISOString().slice(0, 10);

function csvOf(closes: readonly number[], header = HEADER): string {
  const lines = closes.map((close, index) => `${dateOf(index)},${close},${close},${close},${close},1000`);
  return `${[header, ...lines].join("\n")}\n`;
}

interface GoldenCase {
  as_of: string;
  window_bars: number;
  indicators: Record<string, number | null>;
  technical_score: number;
  signals: Record<string, string>;
}

describe.skipIf(!hasShared)("golden: the recorded windows of AAPL, profile legacy-1", () => {
  test.each([126, 252])("--window %i gives indicators, score and signals as recorded", async (window) => {
    type Series = Record<"date", string[]> &
      Record<"open" | "high" | "low" | "close" | "volume" | "adjclose", number[]>;
    const series = await readShared<Series>("golden/recommendations/series_aapl.json");
    const columns = ["open", "high", "low", "close", "volume", "adjclose"] as const;
    const rows = series.date.map((date, index) => [date, ...columns.map((name) => series[name][index])].join(","));
    const path = dir.file("AAPL.csv", [`${HEADER},adjclose`, ...rows].join("\n"));
    const { cases } = await readShared<{ cases: GoldenCase[] }>(`golden/recommendations/scores_aapl_w${window}.json`);
    const step = soakTimes(8, 1);
    const chosen = cases.filter((_, index) => index % step === 0 || index === cases.length - 1);
    for (const recorded of chosen) {
      const options = ["--profile", "legacy-1", "--window", String(window), "--as-of", recorded.as_of];
      const analysis = jsonOf<SeriesAnalysis>(await analyze(path, ...options));
      expect(analysis).toMatchObject({ symbol: "AAPL", as_of: recorded.as_of, bars: recorded.window_bars });
      for (const [name, value] of Object.entries(recorded.indicators)) {
        const computed = analysis.indicators[name as keyof SeriesAnalysis["indicators"]];
        if (value === null) expect(computed).toBeNull();
        else expect(Math.abs(computed! - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
      }
      expect(Math.abs(analysis.technical_score! - recorded.technical_score)).toBeLessThanOrEqual(0.005);
      expect(analysis.signals).toEqual(recorded.signals as unknown as SeriesAnalysis["signals"]);
    }
  });
});

describe("vigia analyze file.csv", () => {
  test("prints exactly the documented keys", async () => {
    const path = dir.file("keys.csv", csvOf(Array.from({ length: 80 }, (_, index) => 10 + Math.sin(index))));
    const analysis = jsonOf<SeriesAnalysis>(await analyze(path));
    expect(Object.keys(analysis)).toEqual([
      "symbol",
      "profile",
      "as_of",
      "bars",
      "data_source",
      "indicators",
      "points",
      "technical_score",
      "signals",
    ]);
    expect(Object.keys(analysis.indicators).sort()).toEqual([
      "bollinger_lower",
      "bollinger_upper",
      "macd",
      "macd_histogram",
      "macd_signal",
      "rsi",
      "sma_20",
      "sma_200",
      "sma_50",
      "volume_sma",
    ]);
    expect(Object.keys(analysis.signals)).toEqual(["rsi", "macd", "trend"]);
    expect(analysis).toMatchObject({ symbol: "KEYS", profile: "v2", as_of: dateOf(79), bars: 80, data_source: "file" });
    expect(analysis.indicators.sma_200).toBeNull();
  });

  test("a flat series has no RSI: null, never NaN or an invented 50", async () => {
    const { stdout } = await analyze(dir.file("flat.csv", csvOf(Array(80).fill(10))));
    expect(stdout).not.toMatch(/NaN|Infinity/);
    expect(JSON.parse(stdout)).toMatchObject({
      indicators: { rsi: null, macd: 0, macd_histogram: 0, bollinger_upper: 10, bollinger_lower: 10 },
      signals: { rsi: null },
    });
  });

  test("--as-of sees exactly what a file that ends there would show", async () => {
    const closes = Array.from({ length: 120 }, (_, index) => 50 + ((index * 37) % 11));
    const whole = dir.file("cut.csv", csvOf(closes));
    const seen = jsonOf<object>(await analyze(whole, "--as-of", dateOf(89)));
    const ending = dir.file("CUT.CSV", csvOf(closes.slice(0, 90)));
    expect(seen).toEqual(jsonOf<object>(await analyze(ending)));
  });

  test("bad lines cost themselves and are named with file and line", async () => {
    const text = csvOf(Array(70).fill(10)).replace(`${dateOf(3)},10`, `${dateOf(3)},ten`);
    const path = dir.file("bad-line.csv", text);
    const ran = await analyze(path);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toBe(`${path} line 5: open "ten" is not a number; the line is left out\n`);
    expect(jsonOf<SeriesAnalysis>(ran).bars).toBe(69);
  });

  test.each([
    ["empty", "", /empty\.csv: the file is empty/],
    ["header", `${HEADER}\n`, /header\.csv: no line after the header/],
    ["rotten", `${HEADER}\n${"2023-01-01,x,x,x,x,x\n".repeat(101)}`, /rotten\.csv: more than 100 bad lines.*line 102/],
    ["huge", `${HEADER}\n${"x".repeat(51 * 1024 * 1024)}`, /huge\.csv: larger than 50 MB/],
  ])("a %s file is refused with its name and the expected header: exit 1", async (name, content, problem) => {
    const ran = await analyze(dir.file(`${name}.csv`, content));
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toMatch(problem);
    expect(ran.stderr).toContain(HEADER);
  });

  test("no bar on or before --as-of: exit 1 with the remedy", async () => {
    const ran = await analyze(dir.file("late.csv", csvOf([10, 11])), "--as-of", "2022-12-31");
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toMatch(/no bars of LATE[\s\S]*--as-of/);
  });
});

describe("vigia analyze SYMBOL", () => {
  test("creates and stores nothing", async () => {
    const dataDir = join(dir.path, "never");
    const ran = await vigia(["analyze", "ypf"], { environment: { VIGIA_DATA_DIR: dataDir } });
    expect(ran.stdout).toMatch(/^YPF on \d{4}-\d\d-\d\d \(\d+ bars, sample: not real prices\), profile v2\n/);
    expect(existsSync(dataDir)).toBe(false);
  });

  test("looks at PRICE_HISTORY_DAYS, and beyond them when --window asks for more bars", async () => {
    const environment = { VIGIA_DATA_DIR: join(dir.path, "never"), VIGIA_NOW: "2024-03-08T23:00:00Z" };
    const barsOf = async (...args: string[]) =>
      jsonOf<SeriesAnalysis>(await vigia(["analyze", "YPF", ...args, "--json"], { environment })).bars;
    expect(await barsOf()).toBeLessThan(290);
    expect(await barsOf("--window", "600")).toBe(600);
    expect(await barsOf("--window", "20")).toBe(20);
  });

  test("without the network: with MARKET_DATA=yahoo only what is stored counts", async () => {
    const environment = { VIGIA_DATA_DIR: join(dir.path, "never"), MARKET_DATA: "yahoo" };
    const ran = await vigia(["analyze", "YPF"], { environment });
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toMatch(/No prices of YPF from yahoo up to \d{4}-\d\d-\d\d are stored[\s\S]*daily_analysis/);
  });

  test.skipIf(!hasShared)("reads the folder of MARKET_DATA=csv", async () => {
    const folder = sharedPath("data/prices/adr");
    const environment = { VIGIA_DATA_DIR: join(dir.path, "never"), MARKET_DATA: "csv", MARKET_DATA_DIR: folder };
    const options = ["--as-of", "2024-03-08", "--window", "126"];
    const bySymbol = jsonOf<object>(await vigia(["analyze", "YPF", ...options, "--json"], { environment }));
    const byFile = jsonOf<object>(await vigia(["analyze", join(folder, "YPF.csv"), ...options, "--json"]));
    expect(bySymbol).toEqual({ ...byFile, data_source: "csv" });
  });
});
