import { expect, test } from "bun:test";
import {
  computeBollinger,
  computeObv,
  computeRsi,
  computeSma,
  computeStochastic,
} from "../../../../src/market/indicators/index.ts";
import { computeReadings } from "../../../../src/systems/portfolio/analysis/readings.ts";
import { seriesOf } from "./series.ts";

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

test.each([20, 21, 24, 60, 253])(
  "%p bars: what only looks at the tail equals the indicator of the whole series",
  (count) => {
    const bars = seriesOf({ count, volume: (index) => 1_000 + ((index * 7_919) % 613) });
    const readings = computeReadings(bars);
    const bands = computeBollinger(bars.close);
    const closeTo = (actual: number, expected: number) =>
      Number.isNaN(expected) ? expect(actual).toBeNaN() : expect(actual).toBeCloseTo(expected, 9);
    closeTo(readings.upperBand, bands.upper.at(-1)!);
    closeTo(readings.upperBandPrevious, bands.upper.at(-2)!);
    closeTo(readings.lowerBand, bands.lower.at(-1)!);
    closeTo(readings.lowerBandPrevious, bands.lower.at(-2)!);
    closeTo(readings.stochasticK, computeStochastic(bars.high, bars.low, bars.close).k.at(-1)!);
    closeTo(readings.volumeMean, computeSma(bars.volume, 20).at(-1)!);
  },
);

test("the means of the rules include the last bar: ten closes, ten RSI, five OBV", () => {
  const bars = seriesOf({ count: 60, volume: (index) => 1_000 + ((index * 7_919) % 613) });
  const readings = computeReadings(bars);
  expect(readings.closeMean).toBeCloseTo(mean(bars.close.subarray(-10)), 9);
  expect(readings.rsiMean).toBeCloseTo(mean(computeRsi(bars.close).subarray(-10)), 9);
  expect(readings.obvMean).toBeCloseTo(mean(computeObv(bars.close, bars.volume).subarray(-5)), 9);
});

test("an RSI that has just warmed up is compared with the mean of what there is", () => {
  const { close } = seriesOf({ count: 20 });
  const { rsiMean } = computeReadings(seriesOf({ count: 20 }));
  expect(rsiMean).toBeCloseTo(mean(computeRsi(close).subarray(14)), 9);
});

test("a sum that overflows is missing, never infinite", () => {
  const bars = seriesOf({ count: 253, close: (index) => 1e308 + (index % 7) * 1e306, volume: () => 1e308 });
  const readings = computeReadings(bars);
  expect(Object.values(readings)).not.toContain(Number.POSITIVE_INFINITY);
  expect(Object.values(readings)).not.toContain(Number.NEGATIVE_INFINITY);
  expect([readings.obv, readings.obvMean]).toEqual([Number.NaN, Number.NaN]);
});
