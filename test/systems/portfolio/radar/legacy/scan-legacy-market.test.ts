import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  computeLegacyMetrics,
  type LegacyMetrics,
} from "../../../../../src/systems/portfolio/radar/legacy/legacy-metrics.ts";
import {
  classifyConfidence,
  computeLegacyScore,
  sentimentBoost,
} from "../../../../../src/systems/portfolio/radar/legacy/legacy-score.ts";
import {
  LEGACY_FILTERS,
  LEGACY_STRATEGIES,
  type LegacyStrategy,
} from "../../../../../src/systems/portfolio/radar/legacy/legacy-strategies.ts";
import {
  type LegacyScanOptions,
  scanLegacyMarket,
} from "../../../../../src/systems/portfolio/radar/legacy/scan-legacy-market.ts";
import { absurdBars, flatBars, randomBars, trendingBars, withCell } from "../random-bars.ts";

const NOBODY: LegacyScanOptions["fearGreed"] = { stocks: null, crypto: null };
const scanOf = (members: LegacyScanOptions["members"], strategy = "mixed", fearGreed = NOBODY) =>
  scanLegacyMarket({ members, strategy, market: "sp500", fearGreed });

/** Nothing remarkable, but for what is given. */
const metricsWith = (given: Partial<LegacyMetrics>): LegacyMetrics => ({
  ...computeLegacyMetrics("X", flatBars(210))!,
  rvol: 1,
  ...given,
});

describe("strategies, both sides of each limit", () => {
  test.each<[LegacyStrategy, Partial<LegacyMetrics>, boolean]>([
    ["momentum", { above_sma50: true, roc_10d: 3.01 }, true],
    ["momentum", { above_sma50: true, roc_10d: 3, rvol: 1.5 }, false],
    ["momentum", { above_sma50: true, rvol: 1.51 }, true],
    ["momentum", { above_sma50: false, roc_10d: 9, rvol: 9 }, false],
    ["breakout", { breakout_up: true, rvol: 1.21 }, true],
    ["breakout", { breakout_up: true, rvol: 1.2 }, false],
    ["breakout", { price_change_pct: 3.01, rvol: 1.3 }, true],
    ["breakout", { price_change_pct: 3, rvol: 1.3 }, false],
    ["golden_cross", { golden_cross: true, rvol: 1.01 }, true],
    ["golden_cross", { golden_cross: true, rvol: 1 }, false],
    ["value", { above_sma50: false, roc_10d: -4.99 }, true],
    ["value", { above_sma50: false, roc_10d: -5 }, false],
    ["value", { above_sma50: false, roc_10d: 3 }, false],
    ["value", { above_sma50: true, roc_10d: 0.01, rvol: 1.31 }, true],
    ["value", { above_sma50: true, roc_10d: 0, rvol: 1.31 }, false],
    ["mixed", { above_sma50: true, rvol: 1.21 }, true],
    ["mixed", { roc_10d: 5.01, rvol: 1.01 }, true],
    ["mixed", { roc_10d: 5.01, rvol: 1 }, false],
    ["mixed", { price_change_pct: 3.01 }, true],
    ["mixed", { golden_cross: true, rvol: 0 }, true],
    ["mixed", {}, false],
  ])("%s of %p: %p", (strategy, given, passes) => {
    expect(LEGACY_FILTERS[strategy](metricsWith(given))).toBe(passes);
  });

  test("a name that nobody knows is mixed", () => {
    const members = [{ symbol: "UP", bars: trendingBars(210, 1) }];
    expect(scanOf(members, "martingale")).toEqual(scanOf(members, "mixed"));
  });
});

describe("score", () => {
  const strongest = {
    roc_10d: 99,
    rvol: 99,
    above_sma50: true,
    above_sma200: true,
    breakout_up: true,
    golden_cross: true,
  };
  const weakest = {
    roc_10d: -99,
    rvol: 0,
    above_sma50: false,
    above_sma200: false,
    breakout_up: false,
    golden_cross: false,
  };

  test("is bounded, and reaches the class ALTA where an SMA 200 exists", () => {
    expect(computeLegacyScore(strongest, 0)).toBe(82.5);
    expect(computeLegacyScore(strongest, 10)).toBe(92.5);
    expect(computeLegacyScore(weakest, -10)).toBe(0);
    expect(computeLegacyScore({ ...strongest, above_sma200: false, golden_cross: false }, 0)).toBe(57.5);
  });

  test.each([
    [0, "BAJA"],
    [50, "BAJA"],
    [50.01, "MEDIA"],
    [70, "MEDIA"],
    [70.01, "ALTA"],
    [100, "ALTA"],
  ] as const)("%p is %p: every score has a class", (score, confidence) => {
    expect(classifyConfidence(score)).toBe(confidence);
  });

  test("P19: no index, no boost", () => {
    expect([null, Number.NaN, 40, 60].map(sentimentBoost)).toEqual([0, 0, 0, 0]);
  });
});

describe("metrics", () => {
  test("a golden cross needs 201 bars, and happens on one bar only", () => {
    const fall = trendingBars(260, -0.2);
    const turned = fall.close.slice();
    for (let index = 210; index < 260; index++) turned[index] = turned[index - 1]! * 1.02;
    const crossing = { ...fall, close: turned };
    const crosses = Array.from({ length: 60 }, (_, index) => {
      const end = 201 + index;
      const bars = { ...crossing, length: end, close: turned.subarray(0, end), high: fall.high.subarray(0, end) };
      const cut = { ...bars, low: fall.low.subarray(0, end), volume: fall.volume.subarray(0, end) };
      return computeLegacyMetrics("X", cut)!.golden_cross;
    });
    expect(crosses.filter(Boolean)).toHaveLength(1);
    expect(computeLegacyMetrics("X", trendingBars(199, 1))).toMatchObject({ sma_200: null, above_sma200: false });
  });

  test("a breakout is measured against the bars before the last", () => {
    const calm = flatBars(60);
    expect(computeLegacyMetrics("X", withCell(calm, "close", 59, 100.01))!.breakout_up).toBe(true);
    expect(computeLegacyMetrics("X", withCell(calm, "close", 59, 99.99))!.breakout_down).toBe(true);
    expect(computeLegacyMetrics("X", withCell(withCell(calm, "close", 59, 100.01), "high", 38, 200))!.breakout_up).toBe(
      true,
    );
    expect(computeLegacyMetrics("X", withCell(withCell(calm, "close", 59, 100.01), "high", 39, 200))!.breakout_up).toBe(
      false,
    );
  });

  test("no volume is no relative volume", () => {
    expect(computeLegacyMetrics("X", flatBars(60, { volume: 0 }))).toMatchObject({ rvol: 0, high_volume: false });
  });
});

describe("scan", () => {
  test("unusable symbols are skipped, doubles count once, short histories are counted", () => {
    const sound = trendingBars(210, 1);
    const scan = scanOf([
      { symbol: "NONE", bars: undefined },
      { symbol: "SHORT", bars: flatBars(49) },
      { symbol: "HOLE", bars: withCell(sound, "close", 209, Number.NaN) },
      { symbol: "ZERO", bars: flatBars(60, { price: 0 }) },
      { symbol: "GOOD", bars: sound },
      { symbol: "GOOD", bars: sound },
      { symbol: "YOUNG", bars: trendingBars(60, 1) },
    ]);
    expect(scan).toMatchObject({ scanned: 2, short_history: 1, skipped: ["NONE", "SHORT", "HOLE", "ZERO"] });
    expect(scan.passed).toEqual(["GOOD", "YOUNG"]);
  });

  test("the index of its own market counts", () => {
    const members = [{ symbol: "X", bars: trendingBars(210, 1) }];
    const scan = (market: "sp500" | "crypto30") =>
      scanLegacyMarket({ members, strategy: "mixed", market, fearGreed: { stocks: 10, crypto: 90 } });
    expect(scan("sp500").sentiment).toEqual({ value: 10, boost: 10 });
    expect(scan("crypto30").sentiment).toEqual({ value: 90, boost: -10 });
    expect(scan("sp500").candidates[0]!.score - scan("crypto30").candidates[0]!.score).toBeCloseTo(20, 9);
  });

  test("for any bars: ten at most, ranked, distinct, scores within 0..100", () => {
    const bars = fc.oneof(randomBars({ min: 45, max: 80 }), absurdBars({ min: 50, max: 60 }));
    const members = fc.array(fc.record({ symbol: fc.string({ maxLength: 2 }), bars }), { maxLength: 14 });
    fc.assert(
      fc.property(members, fc.constantFrom(...LEGACY_STRATEGIES), fc.nat(100), (members, strategy, stocks) => {
        const { candidates, passed } = scanOf(members, strategy, { ...NOBODY, stocks });
        expect(candidates.length).toBe(Math.min(10, passed.length));
        expect(new Set(passed).size).toBe(passed.length);
        for (const [index, { score, ticker }] of candidates.entries()) {
          expect(score >= 0 && score <= 100).toBe(true);
          const before = candidates[index - 1];
          if (before) expect(before.score > score || (before.score === score && before.ticker < ticker)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});
