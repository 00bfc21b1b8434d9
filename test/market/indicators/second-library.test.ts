import { describe, expect, test } from "bun:test";
import { ADX, ATR, BollingerBands, EMA, MACD, OBV, RSI, SMA } from "technicalindicators";
import { toBars } from "../../../src/market/bars.ts";
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
import { walkBars } from "./random-bars.ts";

const { high, low, close, volume } = toBars(walkBars(1_200, 5));
const columns = { high: [...high], low: [...low], close: [...close], volume: [...volume] };

/** The last values of both; relative to the price level, as the library keeps running sums. */
function expectSameTail(
  actual: Float64Array,
  theirs: readonly number[],
  { bars = theirs.length, scale = 1 } = {},
): void {
  const ours = actual.slice(-bars);
  for (const [index, value] of theirs.slice(-bars).entries())
    expect((ours[index]! - value) / Math.max(scale, Math.abs(value))).toBeCloseTo(0, 9);
}

describe("the package technicalindicators agrees where its variant is the same", () => {
  test.each([12, 26, 50, 200])("SMA and EMA over %p bars, every value", (period) => {
    expectSameTail(computeSma(close, period), SMA.calculate({ period, values: columns.close }));
    expectSameTail(computeEma(close, period), EMA.calculate({ period, values: columns.close }));
  });

  test("Bollinger bands, every value", () => {
    const theirs = BollingerBands.calculate({ period: 20, stdDev: 2, values: columns.close });
    const ours = computeBollinger(close);
    for (const side of ["lower", "middle", "upper"] as const)
      expectSameTail(
        ours[side],
        theirs.map((bands) => bands[side]),
      );
  });

  test("OBV, every change: it starts at 0 instead of the first volume", () => {
    const theirs = OBV.calculate({ close: columns.close, volume: columns.volume });
    expectSameTail(
      computeObv(close, volume).map((total) => total - volume[0]!),
      theirs,
    );
  });

  test("ATR, every value", () => {
    const theirs = ATR.calculate({ ...columns, period: 14 });
    expectSameTail(computeAtr(high, low, close), theirs);
  });

  test("RSI, every value, as far as the library rounds it", () => {
    const theirs = RSI.calculate({ period: 14, values: columns.close });
    for (const [index, value] of computeRsi(close).subarray(14).entries())
      expect(Math.abs(value - theirs[index]!)).toBeLessThanOrEqual(0.005 + 1e-9);
  });

  test("MACD, once its other seed of the fast mean is forgotten", () => {
    const theirs = MACD.calculate({
      values: columns.close,
      fastPeriod: 12,
      slowPeriod: 26,
      signalPeriod: 9,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
    });
    const ours = computeMacd(close);
    const bars = 800;
    expectSameTail(
      ours.line,
      theirs.map((value) => value.MACD!),
      { bars },
    );
    expectSameTail(
      ours.signal,
      theirs.map((value) => value.signal!),
      { bars },
    );
    expectSameTail(
      ours.histogram,
      theirs.map((value) => value.histogram!),
      { bars },
    );
  });

  test("ADX, once its other seed is forgotten", () => {
    const theirs = ADX.calculate({ high: columns.high, low: columns.low, close: columns.close, period: 14 });
    expectSameTail(
      computeAdx(high, low, close),
      theirs.map(({ adx }) => adx),
      { bars: 500 },
    );
  });
});
