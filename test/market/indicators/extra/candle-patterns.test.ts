import { describe, expect, test } from "bun:test";
import { type Bars, toBars } from "../../../../src/market/bars.ts";
import { computeCandlePatterns } from "../../../../src/market/indicators/extra/index.ts";
import { barOf, flatBars, walkBars } from "../random-bars.ts";

type Candle = [open: number, high: number, low: number, close: number];

/** Twelve days of bodies of 2 and ranges of 4 around 100, then the given ones. */
const usual = Array.from({ length: 12 }, (): Candle => [99, 102, 98, 101]);

const after = (...candles: Candle[]): Bars =>
  toBars(
    [...usual, ...candles].map(([open, high, low, close], index) =>
      barOf({ open, high, low, close, volume: 1 }, index),
    ),
  );

const last = (pattern: keyof ReturnType<typeof computeCandlePatterns>, ...candles: Candle[]): number =>
  computeCandlePatterns(after(...candles))[pattern].at(-1)!;

describe("engulfing", () => {
  test.each<[string, Candle, Candle, number]>([
    ["white around black", [101, 102, 98, 99], [98.5, 103, 98, 101.5], 100],
    ["black around white", [99, 102, 98, 101], [101.5, 103, 98, 98.5], -100],
    ["white around black from its very close", [101, 102, 98, 99], [99, 103, 98, 101.5], 80],
    ["black around white from its very close", [99, 102, 98, 101], [101, 103, 98, 98.5], -80],
    ["black around white down to its very open", [99, 102, 98, 101], [101.5, 103, 98, 99], -80],
    ["the same body the other way round", [101, 102, 98, 99], [99, 102, 98, 101], 0],
    ["white around white", [99, 102, 98, 101], [98.5, 103, 98, 101.5], 0],
    ["white inside black", [101, 102, 98, 99], [99.5, 102, 98, 100.5], 0],
  ])("%s", (_, first, second, expected) => {
    expect(last("engulfing", first, second)).toBe(expected);
  });
});

describe("hammer", () => {
  test.each<[string, Candle, number]>([
    ["a small body under a long lower shadow, at the last low", [98.2, 98.8, 95, 98.7], 100],
    ["a long upper shadow", [98.2, 100, 95, 98.7], 0],
    ["a lower shadow shorter than the body", [98.2, 98.8, 97.9, 98.7], 0],
    ["a body as long as usual", [96.5, 98.6, 90, 98.5], 0],
    ["far above the last low", [104, 104.6, 100, 104.5], 0],
  ])("%s", (_, candle, expected) => {
    expect(last("hammer", candle)).toBe(expected);
  });
});

test("how near a hammer must be is measured before the bar whose low it nears", () => {
  const wide: Candle = [99, 120, 97.5, 101];
  expect(last("hammer", wide, [98.2, 98.8, 95.5, 98.7])).toBe(100);
  expect(last("hammer", wide, [98.7, 99.3, 95.5, 99.2])).toBe(0);
});

describe("morning star", () => {
  const black: Candle = [101, 101.5, 95.5, 96];
  const star: Candle = [95, 95.5, 94, 94.5];
  const white: Candle = [95.5, 99.5, 95, 99];

  test.each<[string, Candle[], number]>([
    ["long black, small below it, white well back", [black, star, white], 100],
    ["without a gap", [black, [96, 96.5, 94, 95.5], white], 0],
    ["a third that closes too low", [black, star, [94, 98, 93, 97.5]], 0],
    ["a third that is small", [black, star, [98.5, 99.5, 95, 99]], 0],
    [
      "a first that is short",
      [
        [101, 101.5, 99, 99.5],
        [98, 98.5, 97, 97.5],
        [98, 101.5, 97, 101],
      ],
      0,
    ],
    ["a first that is white", [[96, 101.5, 95.5, 101], star, white], 0],
  ])("%s", (_, candles, expected) => {
    expect(last("morningStar", ...candles)).toBe(expected);
  });
});

describe("doji", () => {
  test.each<[string, number, number]>([
    ["a body just below a tenth of the usual range", 100.39, 100],
    ["a body of a tenth of it", 100.4, 0],
  ])("%s", (_, close, expected) => {
    expect(last("doji", [100, 102, 98, close])).toBe(expected);
  });
});

test("patterns of flat, few, missing or no bars are 0 throughout", () => {
  const broken = walkBars(40).map((bar) => ({ ...bar, open: Number.NaN, high: Number.NaN }));
  for (const bars of [[], walkBars(1), flatBars(60, 3), flatBars(60, 0), broken])
    for (const found of Object.values(computeCandlePatterns(toBars(bars)))) {
      expect(found).toHaveLength(bars.length);
      expect(found.every((value) => value === 0)).toBeTrue();
    }
});
