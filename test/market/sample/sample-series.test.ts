import { describe, expect, test } from "bun:test";
import { sha256Hex } from "../../../src/kit/hash.ts";
import { SAMPLE_FIRST_DATE } from "../../../src/market/sample/sample-days.ts";
import { SAMPLE_PROFILES } from "../../../src/market/sample/sample-profile.ts";
import { computeSampleBars } from "../../../src/market/sample/sample-series.ts";

const all = (symbol: string, to = "2026-02-27") => computeSampleBars(symbol, SAMPLE_FIRST_DATE, to);

describe("the generated market", () => {
  test("is the same on every machine and in every version", () => {
    const digest = (symbol: string) => sha256Hex(JSON.stringify(all(symbol))).slice(0, 16);
    expect(["YPF", "TEO", "BTC-USD", "SPY", "XYZ"].map(digest)).toEqual(DIGESTS);
  });

  test("a longer history repeats the shorter one, and a later start changes nothing", () => {
    const long = all("GGAL");
    const short = all("GGAL", "2023-07-03");
    expect(long.slice(0, short.length)).toEqual(short);
    expect(computeSampleBars("GGAL", "2025-01-01", "2026-02-27")).toEqual(
      long.filter(({ date }) => date >= "2025-01-01"),
    );
  });

  test("every bar is possible", () => {
    for (const symbol of [...Object.keys(SAMPLE_PROFILES), "AAPL", "ZZZ", "DOGE-USD"])
      for (const bar of all(symbol)) {
        expect(bar.low).toBeGreaterThan(0);
        expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close));
        expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
        expect(bar.volume).toBeGreaterThan(0);
      }
  });

  test("moves like a market: clustered volatility, fat tails, plausible size", () => {
    const moves = returnsOf("YPF");
    const yearly = deviation(moves) * Math.sqrt(252);
    expect(yearly).toBeGreaterThan(0.25);
    expect(yearly).toBeLessThan(0.7);
    const sizes = moves.map(Math.abs);
    expect(correlation(sizes.slice(0, -1), sizes.slice(1))).toBeGreaterThan(0.05);
    expect(kurtosis(moves)).toBeGreaterThan(3.5);
  });

  test("has one crash in common", () => {
    for (const symbol of ["YPF", "GGAL", "MELI", "SPY", "AAPL"]) {
      const bars = all(symbol, "2020-03-20");
      const before = bars.findLast(({ date }) => date < "2020-03-09")!.close;
      expect(bars.at(-1)!.close / before).toBeLessThan(0.85);
    }
  });

  test("one series never moves, and one has a hole of three weeks", () => {
    expect(new Set(all("DESP").map(({ close }) => close)).size).toBe(1);
    const dates = all("TEO").map(({ date }) => date);
    expect(dates).toContain("2022-05-13");
    expect(dates).toContain("2022-06-06");
    expect(dates.filter((date) => date > "2022-05-13" && date < "2022-06-06")).toEqual([]);
  });
});

const DIGESTS = ["6ea6d59f08c721dc", "161c705195b3adc7", "1f05422e1420806d", "efe51807ac84e273", "bddb5ccb93edba7a"];

function returnsOf(symbol: string): number[] {
  const closes = all(symbol).map(({ close }) => close);
  return closes.slice(1).map((close, index) => close / closes[index]! - 1);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

function kurtosis(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 4)) / deviation(values) ** 4;
}

function correlation(left: readonly number[], right: readonly number[]): number {
  const [middleLeft, middleRight] = [mean(left), mean(right)];
  const products = left.map((value, index) => (value - middleLeft) * (right[index]! - middleRight));
  return mean(products) / (deviation(left) * deviation(right));
}
