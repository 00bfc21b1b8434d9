import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Bars, lastBars, sliceBars } from "../../../../src/market/bars.ts";
import type { RadarProfile } from "../../../../src/systems/portfolio/radar/radar-scan.ts";
import { createScan, type ScanMember, scanMarket } from "../../../../src/systems/portfolio/radar/scan.ts";
import { computeTacticalMetrics } from "../../../../src/systems/portfolio/radar/tactical-metrics.ts";
import { absurdBars, boundlessBars, flatBars, randomBars, trendingBars, withCell } from "./random-bars.ts";

/** 400 bars around 100 without a direction: LATERAL in v1, so radar 5 looks, which lets most calm symbols through. */
function wavingBars(length: number, { phase = 0, step = 0.9, scale = 1 } = {}): Bars {
  const wave = (offset: number) =>
    Float64Array.from({ length }, (_, index) => scale * (100 + 2 * Math.sin(step * index + phase) + offset));
  const close = wave(0);
  const flat = flatBars(length, { price: scale * 100 });
  return { ...flat, open: close, high: wave(1), low: wave(-1), close, adjClose: close };
}

const benchmark = { symbol: "SPY", bars: wavingBars(400) };
const scanOf = (members: Iterable<ScanMember>, more: { profile?: RadarProfile; maxCandidates?: number } = {}) =>
  scanMarket({ benchmark, members, profile: "v1", timestamp: "2024-03-08T21:00:00.000Z", ...more });
const symbolsOf = (scan: ReturnType<typeof scanOf>) => scan.candidates.map(({ ticker }) => ticker);

describe("candidates", () => {
  const many = Array.from({ length: 30 }, (_, index) => ({
    symbol: `S${index}`,
    bars: wavingBars(128, { phase: index, step: 0.7 + index / 40 }),
  }));

  test("are the ten best unless another count is asked for", () => {
    const scan = scanOf(many);
    expect(scan.regime.regime).toBe("LATERAL");
    expect(scan.metrics).toHaveLength(30);
    expect(scan.candidates).toHaveLength(10);
    expect(scanOf(many, { maxCandidates: 3 }).candidates).toEqual(scan.candidates.slice(0, 3));
    expect(scanOf(many, { maxCandidates: 0 }).candidates).toEqual([]);
  });

  test("P15: equal scores are ranked by symbol, whatever the order they came in", () => {
    const bars = wavingBars(128);
    const members = ["MMM", "B", "A", "ZZ"].map((symbol) => ({ symbol, bars }));
    expect(symbolsOf(scanOf(members))).toEqual(["A", "B", "MMM", "ZZ"]);
    expect(symbolsOf(scanOf(members.toReversed()))).toEqual(["A", "B", "MMM", "ZZ"]);
  });

  test("P15: a symbol that is listed twice takes one place", () => {
    const bars = wavingBars(128);
    const twice = scanOf([
      { symbol: "TSLA", bars },
      { symbol: "TSLA", bars: wavingBars(128, { phase: 1 }) },
    ]);
    expect(symbolsOf(twice)).toEqual(["TSLA"]);
    expect(twice.metrics).toHaveLength(1);
  });

  test("an unknown regime yields none, but the metrics are there", () => {
    const scan = scanMarket({
      benchmark: { symbol: "SPY", bars: undefined },
      members: many,
      profile: "v2",
      timestamp: "",
    });
    expect(scan).toMatchObject({ candidates: [], radars_used: "NONE", as_of: null, profile: "v2" });
    expect(scan.regime.regime).toBe("UNKNOWN");
    expect(scan.metrics).toHaveLength(30);
  });

  test("a market without members is an empty scan", () => {
    expect(scanOf([])).toMatchObject({ candidates: [], metrics: [], skipped: [], radars_used: "NONE" });
  });
});

test("a scan in pieces is the scan in one go, and may be finished more than once", () => {
  const members = [3, 1, 2].map((phase) => ({ symbol: `S${phase}`, bars: wavingBars(100, { phase }) }));
  const scan = createScan({ benchmark, profile: "v1", timestamp: "2024-03-08T21:00:00.000Z" });
  expect(scan.regime.regime).toBe("LATERAL");
  for (const { symbol, bars } of members) scan.add(symbol, bars);
  expect(scan.finish()).toEqual(scanOf(members));
  expect(scan.finish()).toEqual(scanOf(members));
});

describe("hostile bars cost their own symbol only", () => {
  const sound = wavingBars(128);
  test.each([
    ["none", undefined],
    ["an empty series", flatBars(0)],
    ["one bar", flatBars(1)],
    ["79 bars", wavingBars(79)],
    ["a missing close in the middle", withCell(sound, "close", 60, Number.NaN)],
    ["an infinite high at the start", withCell(sound, "high", 0, Number.POSITIVE_INFINITY)],
    ["a missing volume early on", withCell(sound, "volume", 90, Number.NaN)],
    ["prices beyond any number", boundlessBars(128)],
  ])("%s: skipped", (_, bars) => {
    const scan = scanOf([
      { symbol: "BAD", bars },
      { symbol: "GOOD", bars: sound },
    ]);
    expect(scan.skipped).toEqual(["BAD"]);
    expect(scan.metrics.map(({ ticker }) => ticker)).toEqual(["GOOD"]);
  });

  test.each([
    ["80 bars", wavingBars(80)],
    ["flat", flatBars(128)],
    ["no volume", flatBars(128, { volume: 0 })],
    ["tiny prices", wavingBars(128, { scale: 1e-10 })],
    ["huge prices", wavingBars(128, { scale: 1e10 })],
    ["a last bar that is not there yet", withCell(sound, "close", 127, Number.NaN)],
  ])("%s: metrics", (_, bars) => {
    const [metrics] = scanOf([{ symbol: "ODD", bars }]).metrics;
    for (const [key, value] of Object.entries(metrics!)) if (key !== "ticker") expect(value).toBeFinite();
  });

  test("P13: behind a missing bar nothing counts, so the last two before it are shown", () => {
    const hole = withCell(sound, "close", 110, Number.NaN);
    expect(computeTacticalMetrics("X", hole)).toEqual(computeTacticalMetrics("X", trimmed(sound, 110, 128))!);
  });

  test("P13: the long EMA follows the number of rows", () => {
    const long = (rows: number) =>
      computeTacticalMetrics("X", lastBars(wavingBars(200, { step: 0.05 }), rows))!.EMA_100;
    expect(new Set([80, 92, 119, 120].map(long)).size).toBe(4);
  });
});

/** The metrics of `end` bars with the EMA windows of `rows`: what a hole at `end` leaves of them. */
function trimmed(bars: Bars, end: number, rows: number): Bars {
  const nothing = (column: Float64Array) =>
    Float64Array.from(column, (value, index) => (index < end ? value : Number.NaN));
  const { high, low, close, volume } = bars;
  const cut = { high: nothing(high), low: nothing(low), close: nothing(close), volume: nothing(volume) };
  return sliceBars({ ...bars, ...cut }, 0, rows);
}

describe("for any bars", () => {
  const bars = fc.oneof(randomBars({ min: 78, max: 130 }), absurdBars({ min: 80, max: 90 }));
  const members = fc.array(fc.record({ symbol: fc.constantFrom("A", "B", "C", "D", "E"), bars }), { maxLength: 8 });
  const benchmarks = fc.constantFrom(
    ...[wavingBars(300), trendingBars(300, 0.4), trendingBars(300, -0.4), flatBars(300), flatBars(30)],
  );

  test("candidates are few, ranked, distinct, with finite scores; in v2 within 0..100", () => {
    fc.assert(
      fc.property(members, benchmarks, fc.constantFrom("v1" as const, "v2" as const), (members, bars, profile) => {
        const options = { benchmark: { symbol: "SPY", bars }, profile, timestamp: "", maxCandidates: 3 };
        const { candidates, metrics, skipped } = scanMarket({ ...options, members });
        expect(candidates.length).toBeLessThanOrEqual(3);
        expect(new Set(candidates.map(({ ticker }) => ticker)).size).toBe(candidates.length);
        for (const [index, { score, ticker }] of candidates.entries()) {
          expect(score).toBeFinite();
          const before = candidates[index - 1];
          if (before) expect(before.score > score || (before.score === score && before.ticker < ticker)).toBe(true);
          if (profile === "v2") expect(score >= 0 && score <= 100).toBe(true);
        }
        const distinct = new Set(members.map(({ symbol }) => symbol));
        expect(metrics.length + skipped.length).toBe(distinct.size);
      }),
      { numRuns: 60 },
    );
  });

  test("what came later is not seen: bars cut at a day give that day's metrics", () => {
    fc.assert(
      fc.property(randomBars({ min: 100, max: 130 }), fc.integer({ min: 80, max: 99 }), (bars, end) => {
        const cut = sliceBars(bars, 0, end);
        const copy = { ...cut, high: cut.high.slice(), low: cut.low.slice(), close: cut.close.slice() };
        expect(computeTacticalMetrics("X", cut)).toEqual(computeTacticalMetrics("X", copy)!);
      }),
      { numRuns: 30 },
    );
  });
});
