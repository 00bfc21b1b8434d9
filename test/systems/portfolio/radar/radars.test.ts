import { describe, expect, test } from "bun:test";
import type { RadarNumber } from "../../../../src/systems/portfolio/radar/radar.ts";
import type { Regime, TacticalMetrics } from "../../../../src/systems/portfolio/radar/radar-scan.ts";
import { allRadars, findHits } from "../../../../src/systems/portfolio/radar/radars.ts";

const QUIET: TacticalMetrics = {
  ...{ ticker: "X", precio: 100, precio_prev: 101, ema_20: 100.5, ema_20_prev: 100.5, ema_50: 100.4, EMA_100: 99 },
  ...{ rsi: 45, macd_hist: -0.1, macd_hist_prev: 0, adx: 12, volume: 1, volume_sma_20: 1 },
};
const inRange = { metrics: QUIET, rsiPrevious: 45, adxPrevious: 12, recentCrosses: 3 };
const oversold = { ...inRange, metrics: { ...QUIET, rsi: 35, adx: 25 } };
const falling = { ...inRange, metrics: { ...QUIET, adx: 25 }, adxPrevious: 25 };

describe.each(["v1", "v2"] as const)("profile %s", (profile) => {
  test.each<[Regime, RadarNumber[]]>([
    ["ALCISTA", [1]],
    ["BAJISTA", [4, 4]],
    ["LATERAL", [5]],
    ["TRANSICION", [5]],
    ["UNKNOWN", []],
  ])("in %s the radars %p find something", (regime, radars) => {
    const found = [oversold, falling, inRange].flatMap((reading) => findHits(reading, { regime, profile }));
    expect(found.map(({ radar }) => radar)).toEqual(radars);
  });
});

test("a candidate is its metrics, its radar's name and its score, in this order", () => {
  const [hit] = findHits(oversold, { regime: "ALCISTA", profile: "v1" });
  expect(Object.keys(hit!.candidate)).toEqual([...Object.keys(QUIET), "radar", "score"]);
  expect(hit!.candidate).toMatchObject({ ticker: "X", radar: "Reversión Alcista", score: 53 });
});

test("P14: radar 5 adds ten for a price that crossed the short EMA on the last bar, either way", () => {
  const scoreOf = (change: Partial<TacticalMetrics>) => allRadars([{ ...QUIET, ...change }])[5][0]!;
  expect(scoreOf({})).toMatchObject({ ema_crosses: 1, score: 63.5 });
  expect(scoreOf({ precio_prev: 100, precio: 101 })).toMatchObject({ ema_crosses: 1, score: 63.5 });
  expect(scoreOf({ precio_prev: 99 })).toMatchObject({ ema_crosses: 0, score: 53.5 });
});

test("P14: limits themselves are outside of every filter of v1", () => {
  const hits = (change: Partial<TacticalMetrics>) => allRadars([{ ...QUIET, ...change }]);
  expect(hits({ rsi: 40 })[1]).toEqual([]);
  expect(hits({ rsi: 39.9, EMA_100: 100 })[1]).toEqual([]);
  expect(hits({ adx: 20 })[5]).toEqual([]);
  expect(hits({ rsi: 35 })[5]).toEqual([]);
  expect(hits({ macd_hist: 1, adx: 25, rsi: 60 })[2]).toEqual([]);
  expect(hits({ macd_hist: 0.99, adx: 25, rsi: 60 })[2]).toHaveLength(1);
  expect(hits({ macd_hist: -1, macd_hist_prev: 0.1, adx: 25 })[4]).toEqual([]);
  expect(hits({ precio: 100, EMA_100: 101, ema_50: 99, rsi: 60 })[3]).toEqual([]);
});

test("a score that is no number is no candidate", () => {
  expect(allRadars([{ ...QUIET, precio: 0, EMA_100: -1, rsi: 30 }])[1]).toEqual([]);
});
