import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../../../src/kit/random.ts";
import type { Ratios } from "../../../../src/systems/recommendations/facts.ts";
import { analyzeFundamental } from "../../../../src/systems/recommendations/scoring/analyze-fundamental.ts";
import {
  scoreFundamental,
  scoreFundamentalLegacy,
} from "../../../../src/systems/recommendations/scoring/fundamental.ts";
import { hasShared } from "../../../support/shared.ts";
import { soakTimes } from "../../../support/soak.ts";
import { available, FETCHED_AT, ratioFacts } from "./facts.ts";
import { expectScore, readGolden } from "./golden.ts";

interface FundamentalCase {
  ratios: Partial<
    Record<"roe" | "debt_to_equity" | "current_ratio" | "pe_ratio" | "gross_margin", number | null>
  > | null;
  score: number;
}

describe.skipIf(!hasShared)("recorded scores", async () => {
  const { cases } = await readGolden<{ cases: FundamentalCase[] }>("pure_fundamental.json");

  test("row 3: legacy-1 gives every recorded fundamental score", () => {
    expect(cases).toHaveLength(241);
    for (const { ratios, score } of cases) {
      const computed = scoreFundamentalLegacy({
        roe: ratios?.roe ?? null,
        debtToEquity: ratios?.debt_to_equity ?? null,
        currentRatio: ratios?.current_ratio ?? null,
        peRatio: ratios?.pe_ratio ?? null,
        grossMargin: ratios?.gross_margin ?? null,
      });
      expectScore(computed.score, score, JSON.stringify(ratios));
    }
  });
});

const corporate = (ratios: Partial<Ratios>, equityNotPositive = false) =>
  scoreFundamental(ratioFacts(ratios, { equityNotPositive }), "corporate");
const bank = (ratios: Partial<Ratios>, equityNotPositive = false) =>
  scoreFundamental(ratioFacts(ratios, { equityNotPositive }), "bank");

describe("row 5: units of ROE, defect a-2", () => {
  test("row 5: a return of 0.18 is 18 percent and gives 40 points", () => {
    expect(corporate({ roe: 0.18, debtToEquity: 0.4, currentRatio: 2.5 })).toMatchObject({
      points: { roe: 40 },
      score: 100,
    });
  });

  test.each([
    [0.16, 40],
    [0.15, 30],
    [0.1, 20],
    [0.05, 10],
    [0.001, 10],
    [0, 0],
    [-0.2, 0],
  ])("row 5: a return of %p gives %p points", (roe, points) => {
    expect(corporate({ roe, debtToEquity: 1, currentRatio: 1 }).points.roe).toBe(points);
  });

  test("defect a-2: legacy-1 still reads the fraction as a percentage, 10 points for any profit", () => {
    const { score, metadata } = analyzeFundamental(
      available(ratioFacts({ roe: 0.18, debtToEquity: 0.4, currentRatio: 2.5 })),
      "corporate",
      "legacy-1",
    );
    expect(metadata.points?.roe).toBe(10);
    expect(score).toBe(70);
  });
});

describe("row 5: banks, defect a-31", () => {
  const leveraged = { roe: 0.18, roa: 0.025, debtToEquity: 8, currentRatio: 0.2 };

  test("row 5: bank rules differ: leverage and liquidity do not count", () => {
    expect(bank(leveraged)).toEqual({ points: { roe: 60, roa: 40 }, score: 100 });
    expect(corporate(leveraged).score).toBe(40);
  });

  test("defect a-31: analyzeFundamental reads the kind of the ticker", () => {
    const facts = available(ratioFacts(leveraged));
    expect(analyzeFundamental(facts, "bank", "v2").score).toBe(100);
    expect(analyzeFundamental(facts, "corporate", "v2").score).toBe(40);
    expect(analyzeFundamental(facts, "bank", "legacy-1").score).toBe(10);
  });

  test.each([
    [0.021, 40],
    [0.02, 30],
    [0.01, 20],
    [0.005, 10],
    [0, 0],
  ])("a return on assets of %p gives %p points", (roa, points) => {
    expect(bank({ roe: 0.12, roa }).points).toEqual({ roe: 45, roa: points });
  });

  test("ROE alone is rescaled, ROA alone is too little", () => {
    expect(bank({ roe: 0.12 }).score).toBe(75);
    expect(bank({ roa: 0.03 }).score).toBeNull();
  });

  test("bonuses are for corporates", () => {
    expect(bank({ roe: 0.06, roa: 0.006, peRatio: 8, grossMargin: 0.9 }).score).toBe(50);
  });
});

describe("corporates in v2", () => {
  test("one missing ratio is left out and the rest rescaled", () => {
    const { points, score } = corporate({ roe: 0.18, debtToEquity: 1.2 });
    expect(points).toMatchObject({ roe: 40, debt_to_equity: 15, current_ratio: null });
    expect(score).toBeCloseTo((100 * 55) / 70, 12);
  });

  test("fewer than two of the three are no score, bonuses notwithstanding", () => {
    expect(corporate({ roe: 0.18, peRatio: 10, grossMargin: 0.5 }).score).toBeNull();
    expect(corporate({}).score).toBeNull();
  });

  test.each([
    ["the source says so", { roe: 0.9, debtToEquity: 0.1, currentRatio: 2.5 }, true],
    ["debt/equity is negative", { roe: 0.9, debtToEquity: -3, currentRatio: 2.5 }, false],
    ["ratios over equity are absent", { currentRatio: 2.5 }, true],
  ])("without equity, ROE and debt/equity give 0 points: %s", (_, ratios, equityNotPositive) => {
    expect(corporate(ratios, equityNotPositive)).toMatchObject({
      points: { roe: 0, debt_to_equity: 0, current_ratio: 30 },
      score: 30,
    });
  });

  test("bonuses add 5 each and never lift a score over 100", () => {
    const middling = { roe: 0.06, debtToEquity: 1.2, currentRatio: 1.6 };
    expect(corporate(middling).score).toBe(60);
    expect(corporate({ ...middling, peRatio: 10 }).score).toBe(65);
    expect(corporate({ ...middling, peRatio: 10, grossMargin: 0.31 }).score).toBe(70);
    expect(corporate({ ...middling, peRatio: 5, grossMargin: 0.3 }).score).toBe(60);
    expect(corporate({ roe: 0.2, debtToEquity: 0.1, currentRatio: 3, peRatio: 10 }).score).toBe(100);
  });
});

describe("analyzeFundamental", () => {
  test("stores the ratios, the points and where they came from", () => {
    const facts = ratioFacts({ roe: 0.18, debtToEquity: 0.4, currentRatio: 1.3, netMargin: 0.08 });
    const sourced = available(facts, { status: "stale", source: "fmp", asOf: "2024-02-20", raw: [{ a: 1 }] });
    const analysis = analyzeFundamental(sourced, "corporate", "v2");
    expect(analysis).toMatchObject({
      type: "fundamental",
      score: 90,
      indicators: { roe: 0.18, debt_to_equity: 0.4, current_ratio: 1.3, net_margin: 0.08, pe_ratio: null },
      raw: [{ a: 1 }],
      metadata: {
        status: "stale",
        source: "fmp",
        fetched_at: FETCHED_AT,
        as_of: "2024-02-20",
        points: { roe: 40, debt_to_equity: 30, current_ratio: 20, pe_bonus: 0, margin_bonus: 0 },
        company_name: "Loma Negra",
        period_end: "2023-12-31",
      },
    });
  });

  test.each(["missing", "error"] as const)("a source that is %s gives no score and its reason", (status) => {
    const analysis = analyzeFundamental({ status, source: "fmp", reason: "No answer." }, "corporate", "v2");
    expect(analysis.score).toBeNull();
    expect(analysis.indicators).toBeNull();
    expect(analysis.metadata).toEqual({ status, source: "fmp", fetched_at: null, as_of: null, error: "No answer." });
  });

  test.each(["v2", "legacy-1"] as const)("an empty set of ratios is missing in %s, never 50", (profile) => {
    const analysis = analyzeFundamental(available(ratioFacts({})), "corporate", profile);
    expect(analysis).toMatchObject({
      score: null,
      metadata: { status: "missing", error: "Too few ratios for a score." },
    });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("defect a-21: a ratio of %p is an analysis error", (value) => {
    const facts = ratioFacts({ roe: value, debtToEquity: 0.4, currentRatio: 1.3 });
    const analysis = analyzeFundamental(available(facts), "corporate", "v2");
    expect(analysis).toMatchObject({ score: null, indicators: null, metadata: { status: "error" } });
    expect(analysis.metadata.error).toBe("Not a finite number: roe.");
  });

  test("scores stay within 0..100 for any finite ratios", () => {
    const random = seededRandom(9);
    const wild = () => (random() < 0.25 ? null : (random() - 0.4) * 10 ** (6 * random() - 3));
    for (let turn = 0; turn < soakTimes(3_000, 100_000); turn++) {
      const ratios = {
        roe: wild(),
        roa: wild(),
        debtToEquity: wild(),
        currentRatio: wild(),
        peRatio: wild(),
        grossMargin: wild(),
      };
      const facts = available(ratioFacts(ratios, { equityNotPositive: random() < 0.2 }));
      for (const kind of ["bank", "corporate"] as const)
        for (const profile of ["v2", "legacy-1"] as const) {
          const { score } = analyzeFundamental(facts, kind, profile);
          expect(score === null || (score >= 0 && score <= 100)).toBe(true);
        }
    }
  });
});
