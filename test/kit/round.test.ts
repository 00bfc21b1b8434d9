import { describe, expect, test } from "bun:test";
import { roundHalfEven, roundHalfUp } from "../../src/kit/round.ts";
import { hasShared, readShared } from "../support/shared.ts";

describe("roundHalfEven", () => {
  // Right-hand sides are what Python 3.11's round() gives.
  test.each([
    [62.5, 0, 62],
    [63.5, 0, 64],
    [0.125, 2, 0.12],
    [0.375, 2, 0.38],
    [2.675, 2, 2.67],
    [1.005, 2, 1.0],
    [8.345, 2, 8.35],
    [1.115, 2, 1.11],
    [26.835, 2, 26.84],
    [69.83500000000001, 2, 69.84],
    [-0.125, 2, -0.12],
    [-2.5, 0, -2],
    [80.25, 1, 80.2],
    [61.150000000000006, 1, 61.2],
  ])("rounds %p at %p decimals to %p, as Python does", (value, decimals, expected) => {
    expect(roundHalfEven(value, decimals)).toBe(expected);
  });

  test("a decimal that only looks like a tie is rounded on its binary value", () => {
    // 0.165 × 100 is 16.5 in floating point, but 0.165 itself lies above the tie and 0.155 below it.
    expect([0.165 * 100, 0.155 * 100]).toEqual([16.5, 15.5]);
    expect([roundHalfEven(0.165, 2), roundHalfEven(0.155, 2)]).toEqual([0.17, 0.15]);
  });

  test.skipIf(!hasShared)("gives every recorded total", async () => {
    const { totals } = await readShared<{ totals: { total: number; total_unrounded: number }[] }>(
      "golden/recommendations/pure_engine.json",
    );
    for (const { total, total_unrounded } of totals) expect(roundHalfEven(total_unrounded, 2)).toBe(total);
  });
});

describe("roundHalfUp", () => {
  test.each([
    [62.5, 0, 63],
    [1.005, 2, 1.01],
    [2.675, 2, 2.68],
    [-2.5, 0, -3],
    [80.25, 1, 80.3],
    [0, 2, 0],
  ])("rounds %p at %p decimals to %p", (value, decimals, expected) => {
    expect(roundHalfUp(value, decimals)).toBe(expected);
  });
});

test("what is not finite stays so: rounding must not turn a fault into a number", () => {
  for (const round of [roundHalfUp, roundHalfEven]) {
    expect(round(Number.NaN, 2)).toBeNaN();
    expect(round(Number.POSITIVE_INFINITY, 2)).toBe(Number.POSITIVE_INFINITY);
  }
});

test("a small negative number rounds to plain zero", () => {
  expect(Object.is(roundHalfUp(-0.001, 2), 0)).toBe(true);
  expect(Object.is(roundHalfEven(-0.001, 2), 0)).toBe(true);
});
