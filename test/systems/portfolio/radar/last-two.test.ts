import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Bars } from "../../../../src/market/bars.ts";
import { computeAdx, computeEma, computeMacd, computeRsi } from "../../../../src/market/indicators/index.ts";
import { countEmaCrosses } from "../../../../src/systems/portfolio/radar/ema-crosses.ts";
import {
  lastTwoOfAdx,
  lastTwoOfEma,
  lastTwoOfHistogram,
  lastTwoOfRsi,
} from "../../../../src/systems/portfolio/radar/last-two.ts";
import { absurdBars, flatBars, randomBars } from "./random-bars.ts";

const endOf = (series: Float64Array) => ({ last: series.at(-1)!, previous: series.at(-2)! });

function expectSameBits({ high, low, close }: Bars): void {
  // toEqual compares with Object.is: -0, NaN and the last bit count.
  expect(lastTwoOfRsi(close)).toEqual(endOf(computeRsi(close)));
  expect(lastTwoOfHistogram(close)).toEqual(endOf(computeMacd(close).histogram));
  expect(lastTwoOfAdx(high, low, close)).toEqual(endOf(computeAdx(high, low, close)));
  for (const period of [20, 34]) expect(lastTwoOfEma(close, period)).toEqual(endOf(computeEma(close, period)));
}

test("equals the whole series bit for bit", () => {
  fc.assert(fc.property(randomBars({ min: 36, max: 160 }), expectSameBits));
});

test("equals the whole series even where that is absurd", () => {
  fc.assert(fc.property(absurdBars({ min: 36, max: 60 }), expectSameBits));
});

test("equals the whole series when nothing moves", () => {
  expectSameBits(flatBars(90));
  expectSameBits(flatBars(90, { price: 0 }));
});

test("counts changes of side within the last bars only, and a touch is none", () => {
  const flat = new Array<number>(20).fill(10);
  const crosses = (tail: number[], within: number) =>
    countEmaCrosses(Float64Array.from([...flat, ...tail]), { period: 20, within });
  expect(crosses([11, 9, 11, 9], 10)).toBe(3);
  expect(crosses([11, 9, 11, 9], 2)).toBe(2);
  expect(crosses([11, 11, 11], 10)).toBe(0);
  expect(crosses([], 10)).toBe(0);
});

test("a cross is told at the bar where it happens, whatever comes later", () => {
  fc.assert(
    fc.property(randomBars({ min: 40, max: 120 }), ({ close }) => {
      const count = (end: number, within: number) => countEmaCrosses(close.subarray(0, end), { period: 20, within });
      const oneByOne = [...close.keys()].slice(-10).reduce((sum, index) => sum + count(index + 1, 1), 0);
      expect(count(close.length, 10)).toBe(oneByOne);
    }),
  );
});
