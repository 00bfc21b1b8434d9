import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { addDays } from "../../../../src/kit/dates.ts";
import { type Bars, cutBarsAt } from "../../../../src/market/bars.ts";
import {
  type AssetInput,
  analyzeAsset,
  computeAssetEntry,
} from "../../../../src/systems/portfolio/analysis/analyze-asset.ts";
import { type AssetAnalysis, isFailed } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import { selectWindow } from "../../../../src/systems/portfolio/analysis/periods.ts";
import { hasShared, sharedPath } from "../../../support/shared.ts";
import { readBars } from "./golden.ts";
import { seriesOf, withHoles } from "./series.ts";

const EXPECTED = "2024-03-08";
const input = (bars: Bars, changes: Partial<AssetInput> = {}): AssetInput => ({
  ...{ symbol: "YPF", bars, expectedDate: EXPECTED, period: "1y", interval: "1d" },
  ...changes,
});

function analyzed(bars: Bars, changes: Partial<AssetInput> = {}): AssetAnalysis {
  const entry = computeAssetEntry(input(bars, changes));
  if (isFailed(entry)) return expect.unreachable(entry.error);
  return entry;
}

describe("an entry", () => {
  const year = seriesOf({ from: addDays(EXPECTED, -252), count: 253 });

  test("has the keys of the files in their order, the additions last", () => {
    const entry = analyzed(year);
    expect(Object.keys(entry)).toEqual([
      ...["signals", "chart_file", "latest_metrics"],
      ...["detector_metrics", "data_as_of", "bars", "partial_bar", "period_used", "stale"],
    ]);
    expect(Object.keys(entry.latest_metrics)).toEqual([
      ...["price", "volume", "ema_12", "ema_26", "ema_50", "ema_200", "rsi", "macd", "macd_histogram", "adx", "obv"],
      ...["atr", "bollinger_lower", "bollinger_upper"],
    ]);
    expect(Object.keys(entry.detector_metrics)).toEqual(["atr_percent", "volume_sma_20", "close_prev", "stoch_k"]);
    expect(entry.detector_metrics).toMatchObject({ volume_sma_20: 1_000, close_prev: year.close[251]! });
  });

  test("P39: says that its bar is still forming only when told so", () => {
    expect(analyzed(year).partial_bar).toBe(false);
    expect(analyzed(year, { partialBar: true }).partial_bar).toBe(true);
  });

  test("P05: a daily series that ends too early is analysed and called stale, a weekly one is not", () => {
    const bars = seriesOf({ from: addDays(EXPECTED, -255), count: 253 });
    expect(bars.date.at(-1)).toBe(addDays(EXPECTED, -3));
    expect(analyzed(bars)).toMatchObject({ stale: true, data_as_of: addDays(EXPECTED, -3), bars: 253 });
    expect(analyzed(bars).signals.timestamp).toBe(`${EXPECTED} 00:00:00`);
    expect(analyzed(bars, { interval: "1wk" }).stale).toBe(false);
    expect(analyzed(seriesOf({ from: addDays(EXPECTED, -254), count: 253 })).stale).toBe(false);
  });

  test("carries the period and the chart that it is given", () => {
    expect(analyzed(year)).toMatchObject({ period_used: "1y", chart_file: null });
    const chartFile = "https://vigia.example/api/charts/YPF.svg";
    expect(analyzed(year, { periodUsed: "6mo", chartFile })).toMatchObject({
      period_used: "6mo",
      chart_file: chartFile,
    });
  });

  test("P11: keys appear as their indicators warm up, never before", () => {
    const firstBars = { ema_12: 12, ema_26: 26, ema_50: 50, ema_200: 200, rsi: 15, macd: 34, macd_histogram: 34 };
    const others = { adx: 28, obv: 1, atr: 15, bollinger_lower: 20, bollinger_upper: 20 };
    for (const count of [20, 25, 26, 27, 28, 33, 34, 49, 50, 199, 200]) {
      const { latest_metrics, signals } = analyzed(seriesOf({ count }));
      const expected = Object.entries({ ...firstBars, ...others }).filter(([, bars]) => count >= bars);
      const keys = ["price", "volume", ...expected.map(([key]) => key)].sort();
      expect(Object.keys(latest_metrics).sort()).toEqual(keys);
      expect("adx_value" in signals.filters).toBe(count >= 28);
      expect("macd_histogram" in signals).toBe(count >= 34);
    }
  });
});

describe("hostile bars", () => {
  test("none, one or nineteen: a sentence instead of an analysis", () => {
    for (const count of [0, 1, 19]) {
      const entry = computeAssetEntry(input(seriesOf({ count })));
      expect(Object.keys(entry)).toEqual(["error"]);
      expect(isFailed(entry) && entry.error).toContain("YPF");
    }
  });

  test.each([0.00000001, 0.1, 1 / 3, 59.99, 1e12])("a price that never moves from %p is held", (price) => {
    const { signals, latest_metrics } = analyzed(seriesOf({ count: 253, close: () => price, spread: 0 }));
    expect([signals.signal, signals.priority, signals.price_current]).toEqual([0, "LOW", price]);
    expect(signals.alerts.map(({ priority }) => priority)).not.toContain("HIGH");
    expect(latest_metrics.bollinger_upper! - latest_metrics.bollinger_lower!).toBe(0);
  });

  test("a price that stops moving gives no signal either", () => {
    const halted = seriesOf({ count: 253, close: (index) => 10 + Math.min(index, 200) / 7, spread: 0 });
    expect(analyzed(halted).signals).toMatchObject({ signal: 0, priority: "LOW" });
  });

  test("without any volume there is no confirmed breakout, and the rest is there", () => {
    const jump = { count: 253, close: (index: number) => (index === 252 ? 140 : 100 + (index % 5)) };
    expect(analyzed(seriesOf(jump)).signals.alerts[0]!.type).toBe("SOBRECOMPRA");
    expect(typesOf(analyzed(seriesOf(jump)))).toContain("RUPTURA_ALCISTA_CONFIRMADA");
    const silent = analyzed(seriesOf({ ...jump, volume: () => 0 }));
    expect(typesOf(silent)).not.toContain("RUPTURA_ALCISTA_CONFIRMADA");
    expect(silent.latest_metrics).toMatchObject({ volume: 0, obv: 0 });
    expect(silent.detector_metrics.volume_sma_20).toBe(0);
  });

  test("holes are filled and analysed, too many are refused", () => {
    const holes = withHoles(seriesOf({ count: 252 }), (index) => index % 11 === 0);
    expectClean(analyzed(holes));
    const entry = computeAssetEntry(input(withHoles(seriesOf({ count: 252 }), (index) => index % 9 === 0)));
    expect(isFailed(entry)).toBe(true);
  });

  test("an unadjusted split of 20:1 is a fall like any other, an adjusted one is no event", () => {
    const wave = (index: number) => 1_500 + 100 * Math.sin(index / 8);
    const split = analyzed(seriesOf({ count: 253, close: (index) => wave(index) / (index < 240 ? 1 : 20) }));
    expectClean(split);
    expect(split.signals.rsi_value).toBeLessThan(30);
    const before = analyzed(seriesOf({ count: 253, close: wave }));
    const after = analyzed(seriesOf({ count: 253, close: (index) => wave(index) / 20 }));
    expect(typesOf(after)).toEqual(typesOf(before));
  });

  test.each([1e-8, 1e-300, 1e9, 1e150])("prices around %p are judged like any others", (scale) => {
    const wave = (index: number) => 1.5 + Math.sin(index / 11) / 5 + Math.sin(index * 2.1) / 40;
    const usual = analyzed(seriesOf({ count: 253, close: wave }));
    const scaled = analyzed(seriesOf({ count: 253, close: (index) => wave(index) * scale }));
    expect(typesOf(scaled)).toEqual(typesOf(usual));
    expect(scaled.signals.rsi_value!).toBeCloseTo(usual.signals.rsi_value!, 6);
    expectClean(scaled);
  });

  test("where sums overflow, the indicator is missing", () => {
    const huge = analyzed(seriesOf({ count: 253, close: (index) => 1e308 + (index % 7) * 1e306, volume: () => 1e308 }));
    expectClean(huge);
    expect(huge.latest_metrics).not.toContainKey("obv");
  });

  test("no number of any analysis of any bars is missing, infinite or not a number", () => {
    const price = fc.oneof(
      { weight: 8, arbitrary: fc.double({ min: 0.01, max: 1_000, noNaN: true }) },
      fc.constantFrom(0, -3, 1e-8, 1e308, Number.MAX_VALUE, Number.MIN_VALUE),
    );
    const volume = fc.oneof(fc.nat(1_000_000), fc.constantFrom(0, 1e308));
    const cell = fc.record({ close: price, low: price, high: price, volume });
    const hole = fc.option(fc.nat(19), { nil: undefined });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 20, maxLength: 60 }), hole, (cells, holeAt) => {
        const bars = seriesOf({ count: cells.length, close: (index) => cells[index]!.close });
        cells.forEach((values, index) => {
          bars.high[index] = values.high;
          bars.low[index] = values.low;
          bars.volume[index] = values.volume;
        });
        expectClean(analyzed(withHoles(bars, (index) => index === holeAt)));
      }),
      { numRuns: 300 },
    );
  });
});

describe("no look-ahead", () => {
  const windows = [
    { period: "1y", interval: "1d" },
    { period: "2y", interval: "1wk" },
    { period: "1mo", interval: "1d" },
  ] as const;

  function expectSameWithoutFuture(history: Bars, asOf: string): void {
    for (const { period, interval } of windows) {
      const analyze = (bars: Bars) =>
        computeAssetEntry(
          input(selectWindow(bars, { asOf, period, interval }), { period, interval, expectedDate: asOf }),
        );
      expect(analyze(history)).toEqual(analyze(cutBarsAt(history, asOf)));
    }
  }

  test("random prices: what comes later changes nothing", () => {
    const steps = fc.array(fc.double({ min: -0.05, max: 0.05, noNaN: true }), { minLength: 40, maxLength: 400 });
    fc.assert(
      fc.property(steps, fc.nat(420), (changes, day) => {
        const closes: number[] = [];
        for (const change of changes) closes.push((closes.at(-1) ?? 100) * (1 + change));
        const history = seriesOf({ from: "2023-01-02", count: closes.length, close: (index) => closes[index]! });
        expectSameWithoutFuture(history, addDays("2023-01-02", day));
      }),
      { numRuns: 40 },
    );
  });

  test.skipIf(!hasShared)("twenty real symbols: what came later changes nothing", () => {
    const folder = sharedPath("data/prices/sp500");
    const files = readdirSync(folder).sort();
    const every = Math.floor(files.length / 20);
    for (let index = 0; index < 20; index++) {
      const history = readBars(`${folder}/${files[index * every]}`).get("")!;
      for (const asOf of ["2020-02-29", "2022-06-18", "2023-10-04"]) expectSameWithoutFuture(history, asOf);
    }
  });

  test("the bars themselves are not changed", () => {
    const bars = seriesOf({ count: 253 });
    const before = structuredClone({ ...bars, date: [...bars.date] });
    analyzeAsset(input(bars));
    expect({ ...bars, date: [...bars.date] }).toEqual(before);
  });
});

const typesOf = ({ signals }: AssetAnalysis) => signals.alerts.map(({ type }) => type);

/** Survives JSON unchanged, which turns what is no number into null. */
function expectClean(entry: AssetAnalysis): void {
  const { chart_file, ...figures } = entry;
  expect(chart_file).toBeNull();
  const text = JSON.stringify(figures);
  expect(text).not.toContain("null");
  expect(JSON.stringify(JSON.parse(text))).toBe(text);
  expect(Object.keys(JSON.parse(text).latest_metrics)).toEqual(Object.keys(entry.latest_metrics));
  for (const { description } of entry.signals.alerts) expect(description).not.toMatch(/NaN|Infinity|undefined/);
}
