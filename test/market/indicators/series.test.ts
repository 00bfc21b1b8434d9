import { describe, expect, test } from "bun:test";
import {
  computeAdx,
  computeAtr,
  computeBollinger,
  computeEma,
  computeMacd,
  computeObv,
  computeRsi,
  computeSma,
} from "../../../src/market/indicators/index.ts";
import { hasShared } from "../../support/shared.ts";
import { expectSeries, type GoldenSeries, readGoldenSeries } from "./golden.ts";

describe.skipIf(!hasShared)("recorded series", async () => {
  const files = await readGoldenSeries();

  test("there are records, daily and weekly", () => {
    expect(files.map(({ name }) => name.slice(-7)).sort()).toContainAllValues(["_1d.csv", "1wk.csv"]);
  });

  test.each(files)(
    "P07: every indicator of $name is within 1e-9 (bands 1e-8) of its record from the same first index",
    (file) => {
      const { bars, columns } = file;
      for (const [name, values] of Object.entries(computeAll(file))) {
        const recorded = columns.get(name);
        // A column is left out when it would be empty: EMA_200 of two years of weeks.
        if (!recorded) expect([name, values.every(Number.isNaN)]).toEqual(["EMA_200", true]);
        else expectSeries(name, values, recorded, toleranceOf(name));
      }
      expect(columns.get("SMA_20")).toHaveLength(bars.length);
    },
  );
});

function computeAll({ bars: { high, low, close, volume } }: GoldenSeries): Record<string, Float64Array> {
  const macd = computeMacd(close);
  const bands = computeBollinger(close);
  return {
    EMA_12: computeEma(close, 12),
    EMA_26: computeEma(close, 26),
    EMA_50: computeEma(close, 50),
    EMA_200: computeEma(close, 200),
    SMA_20: computeSma(close, 20),
    RSI_14: computeRsi(close),
    MACD_12_26_9: macd.line,
    MACDs_12_26_9: macd.signal,
    MACDh_12_26_9: macd.histogram,
    ADX_14: computeAdx(high, low, close),
    OBV: computeObv(close, volume),
    ATR_14: computeAtr(high, low, close),
    "BBL_20_2.0": bands.lower,
    "BBM_20_2.0": bands.middle,
    "BBU_20_2.0": bands.upper,
  };
}

const toleranceOf = (name: string) => ({ tolerance: name.startsWith("BB") ? 1e-8 : 1e-9 });
