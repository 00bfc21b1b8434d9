import { describe, expect, test } from "bun:test";
import { toBars } from "../../../src/market/bars.ts";
import { computeEma, computeMacd, createSma, warmupBars } from "../../../src/market/indicators/index.ts";
import { barOf, flatBars, walkBars } from "./random-bars.ts";
import { firstDifference, SUBJECTS } from "./subjects.ts";

describe.each(SUBJECTS)("$name", ({ batch, firstIndex }) => {
  test("has its first value exactly at warmupBars and one at every bar after it", () => {
    const bars = toBars(walkBars(firstIndex + 100));
    for (const values of Object.values(batch(bars))) {
      expect(values).toHaveLength(bars.length);
      expect(values.findIndex((value) => !Number.isNaN(value))).toBe(firstIndex);
      expect(values.subarray(firstIndex).some(Number.isNaN)).toBeFalse();
    }
  });

  test("is NaN throughout when the series is one bar too short", () => {
    for (const values of Object.values(batch(toBars(walkBars(firstIndex))))) {
      expect(values).toHaveLength(firstIndex);
      expect(values.every(Number.isNaN)).toBeTrue();
    }
  });

  test("of nothing is nothing", () => {
    for (const values of Object.values(batch(toBars([])))) expect(values).toBeEmpty();
  });

  test("of a flat series has a value at every bar, whatever the price and without volume", () => {
    for (const price of [5e-324, 1e-300, 1e-8, 0.1 + 0.2, 1, 1 / 3, 12_345.678_9, 1e15, 1e300]) {
      const bars = toBars(flatBars(firstIndex + 60, price, 0));
      for (const values of Object.values(batch(bars)))
        expect(values.subarray(firstIndex).some(Number.isNaN)).toBeFalse();
    }
  });

  test("of a NaN says nothing from there on, or while it is in the window; what came before stands", () => {
    for (const column of ["high", "low", "close", "volume"] as const) {
      const sound = walkBars(firstIndex + 150);
      const broken = firstIndex + 20;
      const bars = toBars(sound.map((bar, index) => (index === broken ? { ...bar, [column]: Number.NaN } : bar)));
      const before = batch(toBars(sound));
      for (const [name, values] of Object.entries(batch(bars))) {
        expect(firstDifference(values.subarray(0, broken), before[name]!.subarray(0, broken))).toBe(-1);
        const wrong = values.findIndex((value, index) => !Number.isNaN(value) && value !== before[name]![index]);
        expect(wrong).toBe(-1);
      }
    }
  });
});

test("the warm-up of the portfolio's indicators is the one that the specification names", () => {
  expect({
    ema200: warmupBars.ema(200),
    rsi: warmupBars.rsi(),
    macd: warmupBars.macd(),
    adx: warmupBars.adx(),
    obv: warmupBars.obv(),
    atr: warmupBars.atr(),
    bollinger: warmupBars.bollinger(),
    stochastic: warmupBars.stochastic(),
  }).toEqual({ ema200: 199, rsi: 14, macd: 33, adx: 27, obv: 0, atr: 14, bollinger: 19, stochastic: 17 });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a period of %p is refused by name", (period) => {
  const bad = expect.objectContaining({ code: "bad_period", message: expect.stringContaining(String(period)) });
  expect(() => computeEma(new Float64Array(3), period)).toThrow(bad);
  expect(() => createSma(period)).toThrow(bad);
  expect(() => computeMacd(new Float64Array(3), { fast: 12, slow: period, signal: 9 })).toThrow(bad);
});

test("a MACD whose fast period is not below its slow one is refused", () => {
  expect(() => computeMacd(new Float64Array(3), { fast: 26, slow: 26, signal: 9 })).toThrow(
    "fast period of a MACD is 26",
  );
});

test("the bars that do not add up still end in a value or NaN, at once", () => {
  const upsideDown = Array.from({ length: 60 }, (_, index) =>
    barOf({ open: 1, high: index % 3, low: index % 5, close: -index, volume: -1 }, index),
  );
  for (const { batch } of SUBJECTS)
    for (const values of Object.values(batch(toBars(upsideDown)))) expect(values).toHaveLength(60);
});
