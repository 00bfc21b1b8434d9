import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { lastBars, sliceBars } from "../../../../src/market/bars.ts";
import { computeRegime } from "../../../../src/systems/portfolio/radar/regime.ts";
import type { RegimeFacts } from "../../../../src/systems/portfolio/radar/regime-facts.ts";
import { judgeRegimeV1 } from "../../../../src/systems/portfolio/radar/regime-v1.ts";
import { judgeRegimeV2 } from "../../../../src/systems/portfolio/radar/regime-v2.ts";
import { absurdBars, boundlessBars, flatBars, randomBars, trendingBars, withCell } from "./random-bars.ts";

const regimeOf = (bars: ReturnType<typeof flatBars> | undefined, profile: "v1" | "v2" = "v1") =>
  computeRegime({ benchmark: "SPY", bars, profile, timestamp: "2024-03-08T21:00:00.000Z" });

/** A bull market with every fact on its side. */
const BULL: RegimeFacts = { price: 120, ema50: 110, ema200: 100, histogram: 1, adx: 30, rsi: 60 };
/** Its mirror image. */
const BEAR: RegimeFacts = { price: 80, ema50: 90, ema200: 100, histogram: -1, adx: 30, rsi: 40 };

describe("profile v1", () => {
  test.each([
    ["everything for it", {}, "ALCISTA", 100],
    ["moderate ADX", { adx: 25 }, "ALCISTA", 85],
    ["ADX on the lower limit", { adx: 20 }, "ALCISTA", 85],
    ["weak ADX", { adx: 19.99 }, "LATERAL", 42.5],
    ["histogram against it", { histogram: -1 }, "ALCISTA", 85],
    ["price below the EMA 50", { price: 105 }, "ALCISTA", 80],
    ["EMA 50 below the EMA 200", { ema50: 99 }, "LATERAL", 65],
    ["EMA 50 below, weak ADX", { ema50: 99, adx: 10 }, "LATERAL", 40],
    ["price on the EMA 200", { price: 100 }, "LATERAL", 15],
  ] as const)("%s", (_, change, regime, confidence) => {
    expect(judgeRegimeV1({ ...BULL, ...change })).toMatchObject({ regime, confidence });
  });

  test("a bear market is the mirror image", () => {
    expect(judgeRegimeV1(BEAR)).toMatchObject({ regime: "BAJISTA", confidence: 100 });
    expect(judgeRegimeV1({ ...BEAR, histogram: 1, price: 95 })).toMatchObject({ regime: "BAJISTA", confidence: 65 });
  });
});

describe("profile v2", () => {
  test.each([
    ["everything for it", { adx: 40 }, "ALCISTA", 100],
    ["a trend that just begins", { adx: 20 }, "ALCISTA", 85],
    ["price below the EMA 50, histogram against it", { price: 105, histogram: -1, adx: 20 }, "ALCISTA", 50],
    ["weak ADX", { adx: 19.999 }, "LATERAL", 0],
    ["a market that stands still", { adx: 10 }, "LATERAL", 70],
    ["standing still, votes against the averages", { adx: 10, price: 105, histogram: -1 }, "LATERAL", 82],
    ["price on the EMA 200", { price: 100 }, "TRANSICION", 73],
    ["EMA 50 below the EMA 200", { ema50: 99, histogram: -1 }, "TRANSICION", 82],
    ["EMA 50 below the EMA 200, weak ADX", { ema50: 99, histogram: -1, adx: 12 }, "TRANSICION", 82],
  ] as const)("%s", (_, change, regime, confidence) => {
    const verdict = judgeRegimeV2({ ...BULL, ...change });
    expect({ ...verdict, confidence: Math.round(verdict.confidence) }).toMatchObject({ regime, confidence });
  });

  test("no movement at all is a change without a direction", () => {
    const still = { price: 100, ema50: 100, ema200: 100, histogram: 0, adx: 0, rsi: 0 };
    expect(judgeRegimeV2(still)).toMatchObject({ regime: "TRANSICION", confidence: 100 });
  });

  test("confidence falls, never rises, as a fact turns against a trend", () => {
    const against = [{ histogram: -1 }, { price: 105 }, { adx: 25 }, { histogram: -1, price: 105 }];
    const full = judgeRegimeV2(BULL).confidence;
    for (const change of against) expect(judgeRegimeV2({ ...BULL, ...change }).confidence).toBeLessThan(full);
  });

  test("a bear market is the mirror image in regime and confidence", () => {
    const adx = fc.double({ min: 0, max: 100, noNaN: true });
    const near = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(near, near, near, adx, (price, ema50, histogram, adx) => {
        const facts = (side: number) => ({
          ...{ price: 100 + side * price, ema50: 100 + side * ema50, ema200: 100, histogram: side * histogram },
          ...{ adx, rsi: 50 },
        });
        const [one, other] = [judgeRegimeV2(facts(1)), judgeRegimeV2(facts(-1))];
        const mirrored = { ALCISTA: "BAJISTA", BAJISTA: "ALCISTA", LATERAL: "LATERAL", TRANSICION: "TRANSICION" };
        expect(other.regime).toBe(mirrored[one.regime] as typeof other.regime);
        expect(other.confidence).toBeCloseTo(one.confidence, 9);
      }),
    );
  });

  test("publishes the EMA of 200 bars under its own name too, and the benchmark's keys in order", () => {
    const regime = regimeOf(trendingBars(300, 0.2), "v2");
    expect(regime.ema_200).toBe(regime.EMA_100!);
    expect(regimeOf(trendingBars(300, 0.2))).not.toHaveProperty("ema_200");
  });
});

describe("either profile", () => {
  test.each([
    ["no bars", undefined, "No hay precios de SPY"],
    ["an empty series", flatBars(0), "No hay precios de SPY"],
    ["one bar", flatBars(1), "1 sesiones"],
    ["59 bars", trendingBars(59, 1), "59 sesiones"],
    ["200 bars", trendingBars(200, 1), "200 sesiones"],
    ["201 bars of which one is incomplete", withCell(trendingBars(201, 1), "close", 7, Number.NaN), "200 sesiones"],
    ["prices beyond any number", boundlessBars(400), "no se pueden calcular"],
  ])("%s is UNKNOWN, with the reason", (_, bars, error) => {
    expect(regimeOf(bars)).toMatchObject({
      ...{ regime: "UNKNOWN", signal: "MANTENER", confidence: 0, benchmark: "SPY", reasons: [] },
      error: expect.stringContaining(error),
    });
  });

  test("201 bars are enough", () => {
    expect(regimeOf(trendingBars(201, 1)).regime).toBe("ALCISTA");
    expect(regimeOf(trendingBars(201, -1)).regime).toBe("BAJISTA");
  });

  test("an incomplete bar is left out as if that day had no session", () => {
    const bars = trendingBars(300, 0.5);
    const hole = withCell(bars, "close", 299, Number.NaN);
    expect(regimeOf(hole)).toEqual(regimeOf(sliceBars(bars, 0, 299)));
  });

  test("tiny prices are told with their digits", () => {
    const bars = trendingBars(260, 0.1);
    const tiny = (column: Float64Array) => column.map((value) => value * 1e-7);
    const scaled = { ...bars, high: tiny(bars.high), low: tiny(bars.low), close: tiny(bars.close) };
    expect(regimeOf(scaled).reasons.join(" ")).not.toContain("0,00)");
  });

  test.each(["v1", "v2"] as const)("profile %s tells figures as the Spanish reports write them", (profile) => {
    const bars = trendingBars(260, 0.1);
    const dear = (column: Float64Array) => column.map((value) => value * 1e4);
    const reasons = regimeOf(
      { ...bars, high: dear(bars.high), low: dear(bars.low), close: dear(bars.close) },
      profile,
    ).reasons.join(" ");
    expect(reasons).toMatch(/El precio \(\d\.\d{3}\.\d{3},\d{2}\) está/);
    expect(reasons).toMatch(/ADX \d+,\d:/);
    expect(reasons).not.toMatch(/\d\.\d{1,2}\D/);
  });

  test("has a name, a confidence within 0..100 and reasons, or says what is missing", () => {
    const bars = fc.oneof(randomBars({ min: 200, max: 260 }), absurdBars({ min: 199, max: 210 }));
    fc.assert(
      fc.property(bars, fc.constantFrom("v1" as const, "v2" as const), (bars, profile) => {
        const { regime, confidence, reasons, error } = regimeOf(bars, profile);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(100);
        expect(regime === "UNKNOWN").toBe(error !== undefined);
        expect(reasons.length > 0).toBe(regime !== "UNKNOWN");
        if (profile === "v1") expect(regime).not.toBe("TRANSICION");
      }),
      { numRuns: 40 },
    );
  });

  test("the bars are neither changed nor read beyond what was given", () => {
    const bars = trendingBars(400, 0.3);
    const before = structuredClone(bars);
    const upTo300 = regimeOf(sliceBars(bars, 0, 300));
    expect(regimeOf(sliceBars(trendingBars(300, 0.3), 0, 300))).toEqual(upTo300);
    regimeOf(lastBars(bars, 250));
    expect(bars).toEqual(before);
  });
});
