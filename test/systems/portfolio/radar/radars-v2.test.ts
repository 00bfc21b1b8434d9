import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { RadarNumber } from "../../../../src/systems/portfolio/radar/radar.ts";
import type { TacticalMetrics } from "../../../../src/systems/portfolio/radar/radar-scan.ts";
import { RADARS_V2 } from "../../../../src/systems/portfolio/radar/radars-v2.ts";
import type { TacticalReading } from "../../../../src/systems/portfolio/radar/tactical-metrics.ts";

type Change = Partial<TacticalMetrics> & Partial<Omit<TacticalReading, "metrics">>;

/** A symbol at 100 of which nothing is remarkable, but for what is given. */
function reading({ rsiPrevious = 50, adxPrevious = 22, recentCrosses = 0, ...metrics }: Change): TacticalReading {
  const quiet = {
    ticker: "X",
    precio: 100,
    precio_prev: 100,
    ema_20: 100,
    ema_20_prev: 100,
    ema_50: 100,
    EMA_100: 100,
  };
  const calm = { rsi: 50, macd_hist: 0, macd_hist_prev: 0, adx: 22, volume: 1, volume_sma_20: 1 };
  return { metrics: { ...quiet, ...calm, ...metrics }, rsiPrevious, adxPrevious, recentCrosses };
}

const scoreOf = (radar: RadarNumber, change: Change) => RADARS_V2[radar](reading(change))?.score;

/** The same symbol in a market turned upside down around 100. */
function mirror({ metrics, rsiPrevious, ...rest }: TacticalReading): TacticalReading {
  const { ema_50, EMA_100, rsi, macd_hist, macd_hist_prev } = metrics;
  const flipped = { ema_50: 200 - ema_50, EMA_100: 200 - EMA_100, rsi: 100 - rsi };
  const histogram = { macd_hist: -macd_hist, macd_hist_prev: -macd_hist_prev };
  return { ...rest, metrics: { ...metrics, ...flipped, ...histogram }, rsiPrevious: 100 - rsiPrevious };
}

describe("radars 1 and 3, pullback in a trend", () => {
  const pullback = { EMA_100: 95, ema_50: 103, rsi: 35 };

  test("the farther beyond the long EMA, the better: the sign that v1 had wrong", () => {
    expect(scoreOf(1, { ...pullback, EMA_100: 94 })!).toBeGreaterThan(scoreOf(1, { ...pullback, EMA_100: 99 })!);
    expect(scoreOf(3, { EMA_100: 106, ema_50: 97, rsi: 65 })!).toBeGreaterThan(
      scoreOf(3, { EMA_100: 101, ema_50: 97, rsi: 65 })!,
    );
  });

  test("is made of the parts that its description names", () => {
    expect(scoreOf(1, { EMA_100: 94, ema_50: 106, rsi: 30 })).toBeCloseTo(100, 9);
    expect(scoreOf(1, { EMA_100: 97, ema_50: 103, rsi: 35 })).toBeCloseTo(25 + 15 + 10, 9);
  });

  test.each([
    ["RSI on its limit", { rsi: 40 }],
    ["price on the long EMA", { EMA_100: 100 }],
    ["price above the medium EMA", { ema_50: 99 }],
  ])("does not let through: %s", (_, change) => {
    expect(scoreOf(1, { ...pullback, ...change })).toBeUndefined();
  });
});

describe("radars 2 and 4, impulse that begins", () => {
  const impulse = { macd_hist: 0.2, macd_hist_prev: 0.1, adx: 25, adxPrevious: 24, rsi: 55, rsiPrevious: 54 };

  test("needs a level that was really crossed on the last bar", () => {
    expect(scoreOf(2, impulse)).toBeUndefined();
    expect(scoreOf(2, { ...impulse, macd_hist_prev: 0 })).toBeDefined();
    expect(scoreOf(2, { ...impulse, adxPrevious: 20 })).toBeDefined();
    expect(scoreOf(2, { ...impulse, rsiPrevious: 50 })).toBeDefined();
  });

  test("each further crossing adds ten", () => {
    const one = scoreOf(2, { ...impulse, macd_hist_prev: 0 })!;
    expect(scoreOf(2, { ...impulse, macd_hist_prev: 0, adxPrevious: 19 })).toBeCloseTo(one + 10, 9);
    expect(scoreOf(2, { ...impulse, macd_hist_prev: 0, adxPrevious: 19, rsiPrevious: 49 })).toBeCloseTo(one + 20, 9);
  });

  test("a level met from the other side is no crossing", () => {
    expect(scoreOf(2, { ...impulse, macd_hist: -0.1, macd_hist_prev: 0.1 })).toBeUndefined();
    expect(scoreOf(2, { ...impulse, macd_hist_prev: 0, adx: 20 })).toBeUndefined();
    expect(scoreOf(2, { ...impulse, macd_hist_prev: 0, rsi: 50 })).toBeUndefined();
  });

  test("the histogram counts as a share of the price: the same symbol at any price level", () => {
    const at = (precio: number, percent: number) =>
      scoreOf(2, { ...impulse, precio, macd_hist: (precio * percent) / 100, macd_hist_prev: 0 });
    expect(at(0.001, 0.5)).toBeCloseTo(at(60_000, 0.5)!, 9);
    expect(at(0.001, 1.01)).toBeUndefined();
    expect(at(60_000, 1.01)).toBeUndefined();
  });
});

describe("radar 5, range", () => {
  const range = { adx: 12, rsi: 50, ema_20: 100, ema_50: 100.5, recentCrosses: 3 };

  test.each([
    ["ADX on its limit", { adx: 15 }],
    ["RSI too far above 50", { rsi: 60 }],
    ["RSI too far below 50", { rsi: 40 }],
    ["averages apart", { ema_50: 102 }],
    ["a price that stays on one side", { recentCrosses: 1 }],
  ])("does not let through: %s", (_, change) => {
    expect(scoreOf(5, range)).toBeDefined();
    expect(scoreOf(5, { ...range, ...change })).toBeUndefined();
  });

  test("publishes how often the price changed sides", () => {
    expect(RADARS_V2[5](reading(range))).toMatchObject({ ema_crosses: 3 });
    expect(scoreOf(5, { ...range, adx: 9, ema_50: 100, recentCrosses: 5 })).toBeCloseTo(100, 9);
  });
});

const anyReading = fc
  .record({
    ...{ ema_20: fc.integer({ min: 90, max: 110 }), ema_50: fc.integer({ min: 90, max: 110 }) },
    ...{ EMA_100: fc.integer({ min: 90, max: 110 }), rsi: fc.double({ min: 0, max: 100, noNaN: true }) },
    ...{
      macd_hist: fc.double({ min: -2, max: 2, noNaN: true }),
      macd_hist_prev: fc.double({ min: -2, max: 2, noNaN: true }),
    },
    ...{ adx: fc.double({ min: 0, max: 100, noNaN: true }), adxPrevious: fc.double({ min: 0, max: 100, noNaN: true }) },
    ...{ rsiPrevious: fc.double({ min: 0, max: 100, noNaN: true }), recentCrosses: fc.nat(10) },
  })
  .map(reading);

test("every score lies within 0..100", () => {
  fc.assert(
    fc.property(anyReading, fc.constantFrom<RadarNumber>(1, 2, 3, 4, 5), (reading, radar) => {
      const score = RADARS_V2[radar](reading)?.score ?? 50;
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
    }),
    { numRuns: 1_000 },
  );
});

test("radars 3 and 4 are radars 1 and 2 in a mirror", () => {
  fc.assert(
    fc.property(anyReading, (reading) => {
      for (const [up, down] of [
        [1, 3],
        [2, 4],
      ] as const) {
        const [one, other] = [RADARS_V2[up](reading)?.score, RADARS_V2[down](mirror(reading))?.score];
        expect(other ?? -1).toBeCloseTo(one ?? -1, 6);
      }
    }),
    { numRuns: 1_000 },
  );
});
