import { describe, expect, test } from "bun:test";
import type { AnalysisType, ScoringProfile } from "../../../../src/db/schema/recommendations.ts";
import { seededRandom } from "../../../../src/kit/random.ts";
import { roundHalfEven, roundHalfUp } from "../../../../src/kit/round.ts";
import type { ScoredAnalysis, Thresholds, Verdict, Weights } from "../../../../src/systems/recommendations/analysis.ts";
import {
  computeConfidence,
  renderSummary,
  riskOf,
} from "../../../../src/systems/recommendations/scoring/current-verdict.ts";
import { type Analyses, computeVerdict } from "../../../../src/systems/recommendations/scoring/engine.ts";
import {
  computeLegacyConfidence,
  computeLegacyTotal,
  legacyRisk,
  renderLegacySummary,
} from "../../../../src/systems/recommendations/scoring/legacy-verdict.ts";
import {
  computeTargetPrice,
  RECOMMENDATION_COLORS,
  recommendationOf,
} from "../../../../src/systems/recommendations/scoring/levels.ts";
import { hasShared } from "../../../support/shared.ts";
import { soakTimes } from "../../../support/soak.ts";
import { scored } from "./facts.ts";
import { expectScore, readGolden } from "./golden.ts";

const WEIGHTS: Weights = { technical: 0.5, fundamental: 0.3, macro: 0.1, sentiment: 0.1 };
const THRESHOLDS: Thresholds = { buy: 70, hold: 40 };

interface EngineGolden {
  totals: {
    technical: number;
    fundamental: number;
    macro: number;
    sentiment: number;
    total: number;
    total_unrounded: number;
    recommendation: string;
    color: string;
    risk_level: string;
    target_price_for_100: number;
  }[];
  target_price: { price: number | null; total: number; target: number | null }[];
  confidence: {
    case: string;
    technical: { indicators?: Record<string, number | null> | null; error?: string };
    fundamental: { supported?: boolean };
    sentiment: { confidence?: number; error?: string };
    confidence: number;
  }[];
  summary: {
    level: string;
    signals: { rsi?: string; trend?: string };
    supported: boolean;
    total: number;
    summary: string;
  }[];
}

describe.skipIf(!hasShared)("recorded verdicts", async () => {
  const golden = await readGolden<EngineGolden>("pure_engine.json");

  test("row 3: legacy-1 gives every recorded total, level, colour, risk and target", () => {
    expect(golden.totals).toHaveLength(161);
    for (const recorded of golden.totals) {
      const total = computeLegacyTotal(recorded, WEIGHTS);
      expectScore(total, recorded.total_unrounded, JSON.stringify(recorded));
      expect(roundHalfEven(total, 2)).toBe(recorded.total);
      const level = recommendationOf(total, THRESHOLDS);
      expect(level.toLowerCase()).toBe(recorded.recommendation);
      expect(RECOMMENDATION_COLORS[level] as string).toBe(recorded.color);
      expect(legacyRisk(total, recorded) as string).toBe(recorded.risk_level);
      expectScore(computeTargetPrice(100, total), recorded.target_price_for_100, "target");
    }
  });

  test("row 3: legacy-1 gives the same through computeVerdict", () => {
    for (const recorded of golden.totals) {
      const verdict = verdictOf({ ...recorded }, { profile: "legacy-1", price: 100 });
      expect(verdict.totalScore).toBe(recorded.total);
      expect(verdict.recommendation.toLowerCase()).toBe(recorded.recommendation);
      expect(verdict.riskLevel as string).toBe(recorded.risk_level);
      expect(verdict.targetPrice).toBe(recorded.target_price_for_100);
    }
  });

  test("row 3: legacy-1 gives every recorded target price", () => {
    for (const { price, total, target } of golden.target_price) {
      const computed = computeTargetPrice(price, total);
      if (target === null) expect(computed).toBeNull();
      else expect(roundHalfEven(computed!, 2)).toBe(target);
    }
  });

  test("row 3: legacy-1 gives every recorded confidence", () => {
    expect(golden.confidence).toHaveLength(10);
    for (const { case: name, technical, fundamental, sentiment, confidence } of golden.confidence) {
      const present =
        technical.indicators && Object.values(technical.indicators).filter((value) => value !== null).length;
      const computed = computeLegacyConfidence({
        presentIndicators: present ?? null,
        fundamentalSupported: fundamental.supported ?? true,
        sentimentConfidence: sentiment.confidence ?? null,
        failed: technical.error !== undefined || sentiment.error !== undefined,
      });
      expect(computed, name).toBe(confidence);
    }
  });

  test("row 3 and defect a-6: legacy-1 writes every recorded summary, its RSI fault included", () => {
    expect(golden.summary).toHaveLength(108);
    for (const { level, signals, supported, total, summary } of golden.summary) {
      const rendered = renderLegacySummary({
        recommendation: level.toUpperCase() as Verdict["recommendation"],
        rsiSignal: signals.rsi ?? null,
        trendSignal: signals.trend ?? null,
        fundamentalSupported: supported,
        total,
      });
      expect(rendered).toBe(summary);
    }
  });
});

type Scores = Record<AnalysisType, number | null>;

interface Circumstances {
  profile?: ScoringProfile;
  price?: number;
  rsi?: number | null;
  volatility?: number;
  bars?: number;
  newsCount?: number;
  signals?: Record<string, string>;
  sample?: boolean;
  weights?: Weights;
  thresholds?: Thresholds;
}

function analysesOf(scores: Partial<Scores>, circumstances: Circumstances = {}): Analyses {
  const { price = 20, rsi = 55, volatility = 0.4, bars = 275, newsCount = 5, signals } = circumstances;
  const technical = scored("technical", scores.technical ?? null);
  return {
    technical: {
      ...technical,
      indicators: { current_price: price, rsi, volatility, bars },
      metadata: { ...technical.metadata, ...(signals && { signals }) },
    },
    fundamental: scored("fundamental", scores.fundamental ?? null),
    macro: scored("macro", scores.macro ?? null),
    sentiment: scored("sentiment", scores.sentiment ?? null, { indicators: { news_count: newsCount } }),
  };
}

function decide(analyses: Analyses, circumstances: Circumstances = {}) {
  const { profile = "v2", weights = WEIGHTS, thresholds = THRESHOLDS, sample = false } = circumstances;
  return computeVerdict({ profile, analyses, weights, thresholds, dataSource: sample ? "sample" : "csv" });
}

function verdictOf(scores: Partial<Scores>, circumstances: Circumstances = {}): Verdict {
  const result = decide(analysesOf(scores, circumstances), circumstances);
  if ("refused" in result) throw new Error(result.refused.reason);
  return result.verdict;
}

const FULL: Scores = { technical: 80, fundamental: 60, macro: 30, sentiment: 70 };

describe("row 6: missing sources, defect a-4", () => {
  const combinations = Array.from({ length: 8 }, (_, bits) => ({
    fundamental: (bits & 1) > 0,
    macro: (bits & 2) > 0,
    sentiment: (bits & 4) > 0,
  }));

  test.each(combinations)("row 6: %j", (present) => {
    const scores = { ...FULL };
    for (const part of ["fundamental", "macro", "sentiment"] as const) if (!present[part]) scores[part] = null;
    const parts = (Object.keys(scores) as AnalysisType[]).filter((part) => scores[part] !== null);
    const coverage = parts.reduce((sum, part) => sum + WEIGHTS[part], 0);
    const mean = parts.reduce((sum, part) => sum + WEIGHTS[part] * scores[part]!, 0) / coverage;

    const analyses = analysesOf(scores);
    const verdict = verdictOf(scores);
    for (const part of ["fundamental", "macro", "sentiment"] as const)
      expect(analyses[part].score === null).toBe(!present[part]);
    expect(verdict.coverage).toBeCloseTo(coverage, 6);
    expect(verdict.totalScore).toBe(roundHalfUp(50 + (mean - 50) * (0.6 + 0.4 * coverage), 2));
    expect(verdict.targetPrice === null).toBe(coverage < 0.7 - 1e-9);
    const absent = (["fundamental", "macro", "sentiment"] as const).filter((part) => !present[part]);
    const names = { fundamental: "fundamentos", macro: "macro", sentiment: "noticias" };
    const note = `sin datos de: ${absent.map((part) => names[part]).join(", ")}`;
    expect(verdict.summary.includes(absent.length > 0 ? note : "sin datos")).toBe(absent.length > 0);
  });

  test.each(combinations)("row 6: technical off gives no verdict, with %j", (present) => {
    const scores = { ...FULL, technical: null };
    for (const part of ["fundamental", "macro", "sentiment"] as const) if (!present[part]) scores[part] = null as never;
    for (const profile of ["v2", "legacy-1"] as const)
      expect(decide(analysesOf(scores), { profile })).toMatchObject({ refused: { code: "no_technical" } });
  });

  test("row 6: less than half of the weights is no verdict", () => {
    const weights = { technical: 0.4, fundamental: 0.3, macro: 0.2, sentiment: 0.1 };
    const technicalOnly = analysesOf({ technical: 80 });
    expect(decide(technicalOnly, { weights })).toEqual({
      refused: { code: "low_coverage", reason: "Only 40 % of the weights have data, 50 % are needed." },
    });
    expect(decide(technicalOnly)).toHaveProperty("verdict");
  });

  test("defect a-4: a strong ticker without keys can be COMPRAR in v2 and cannot in legacy-1", () => {
    expect(verdictOf({ technical: 95 }).recommendation).toBe("COMPRAR");
    expect(verdictOf({ technical: 76.67 }, { profile: "legacy-1" }).recommendation).toBe("MANTENER");
  });

  test("legacy-1 counts a missing part as 50 inside the total only", () => {
    const verdict = verdictOf({ technical: 80 }, { profile: "legacy-1" });
    expect(verdict.totalScore).toBe(65);
    expect(verdict.coverage).toBe(0.5);
    expect(verdict.summary).toBe("Mantener posición (análisis fundamental limitado) - Score: 65/100");
  });

  test("weights that do not add to exactly 1 keep coverage within 0..1", () => {
    const weights = { technical: 0.505, fundamental: 0.3, macro: 0.1, sentiment: 0.1 };
    expect(verdictOf(FULL, { weights }).coverage).toBe(1);
  });
});

describe("v2 confidence, defect a-7", () => {
  const fresh = { technical: "fresh", fundamental: "fresh", macro: "fresh", sentiment: "fresh" } as const;

  test("full data of a year with many news reach the cap of 95", () => {
    expect(computeConfidence({ status: fresh, bars: 300, newsCount: 1_000 }, WEIGHTS)).toBe(95);
  });

  test("each part counts by its weight and the age of its data", () => {
    const bars = 252;
    expect(computeConfidence({ status: fresh, bars, newsCount: 3 }, WEIGHTS)).toBe(95);
    expect(computeConfidence({ status: { ...fresh, fundamental: "stale" }, bars, newsCount: 3 }, WEIGHTS)).toBe(83);
    expect(computeConfidence({ status: { ...fresh, fundamental: "embedded" }, bars, newsCount: 3 }, WEIGHTS)).toBe(74);
    expect(computeConfidence({ status: { ...fresh, fundamental: "error" }, bars, newsCount: 3 }, WEIGHTS)).toBe(65);
    expect(computeConfidence({ status: fresh, bars: 126, newsCount: 3 }, WEIGHTS)).toBe(70);
  });

  test("defect a-7: prices alone give 50, where the original gave 76.5", () => {
    expect(verdictOf({ technical: 80 }).confidence).toBe(50);
    expect(verdictOf({ technical: 80 }, { profile: "legacy-1" }).confidence).toBe(67.5);
  });

  test("a part without a score adds nothing, whatever its status says", () => {
    const analyses = analysesOf({ technical: 80 });
    const odd: ScoredAnalysis = { ...analyses.macro, metadata: { ...analyses.macro.metadata, status: "fresh" } };
    expect(decide({ ...analyses, macro: odd })).toMatchObject({ verdict: { confidence: 50 } });
  });
});

describe("v2 risk", () => {
  test.each([
    [75, 1, 0.25, "low"],
    [75, 1, 0.3, "medium"],
    [69.99, 1, 0.25, "medium"],
    [75, 0.7, 0.25, "low"],
    [75, 0.69, 0.25, "high"],
    [75, 1, 0.61, "high"],
    [39.99, 1, 0.25, "high"],
    [40, 1, 0.6, "medium"],
    [75, 1, null, "medium"],
  ] as const)("total %p, coverage %p, volatility %p: %p", (total, coverage, volatility, risk) => {
    expect(riskOf(total, coverage, volatility)).toBe(risk);
  });
});

describe("v2 levels and target", () => {
  test("what is shown decides: the rounded total is compared with the thresholds", () => {
    expect(verdictOf({ technical: 70, fundamental: 70, macro: 70, sentiment: 69.96 })).toMatchObject({
      totalScore: 70,
      recommendation: "COMPRAR",
      targetPrice: 22,
    });
  });

  test("thresholds are settings", () => {
    expect(verdictOf(FULL, { thresholds: { buy: 60, hold: 50 } }).recommendation).toBe("COMPRAR");
    expect(verdictOf(FULL, { thresholds: { buy: 90, hold: 80 } }).recommendation).toBe("VENDER");
  });
});

describe("v2 summary", () => {
  test("defect a-6: an overbought RSI is called overbought", () => {
    const signals = { rsi: "Sobrecompra - Precaución", trend: "Tendencia alcista" };
    const v2 = verdictOf(FULL, { rsi: 75, signals });
    expect(v2.summary).toBe(
      "Mantener posición; RSI en sobrecompra; tendencia alcista; referencia mecánica 21.00 - Score: 68/100",
    );
    expect(verdictOf(FULL, { profile: "legacy-1", signals }).summary).toContain("(RSI sobreventa)");
    expect(verdictOf(FULL, { rsi: 25 }).summary).toContain("; RSI en sobreventa;");
    expect(verdictOf(FULL, { rsi: null }).summary).not.toContain("RSI");
  });

  test("a half is rounded up, where the original rounds to even", () => {
    const all = (score: number) => ({ technical: score, fundamental: score, macro: score, sentiment: score });
    expect(verdictOf(all(62.5)).summary).toEndWith("Score: 63/100");
    expect(verdictOf(all(62.5), { profile: "legacy-1" }).summary).toEndWith("Score: 62/100");
  });

  test.each(["v2", "legacy-1"] as const)("sample data are called so in %s", (profile) => {
    expect(verdictOf(FULL, { profile, sample: true }).summary).toEndWith("/100 (datos de muestra)");
    expect(verdictOf(FULL, { profile }).summary).not.toContain("muestra");
  });

  test("the longest line stays about 160 characters", () => {
    const longest = renderSummary({
      recommendation: "COMPRAR",
      rsi: 10,
      trendSignal: "Tendencia alcista",
      missing: ["fundamental"],
      targetPrice: 1234.56,
      total: 72,
    });
    const withoutTarget = renderSummary({
      recommendation: "COMPRAR",
      rsi: 90,
      trendSignal: "Tendencia lateral",
      missing: ["fundamental", "macro", "sentiment"],
      targetPrice: null,
      total: 72,
    });
    for (const line of [longest, withoutTarget]) expect(`${line} (datos de muestra)`.length).toBeLessThanOrEqual(165);
  });
});

test("totals, confidences and coverages stay in range and finite for any scores, in both profiles", () => {
  const random = seededRandom(17);
  const any = () => (random() < 0.3 ? null : roundHalfUp(100 * random(), 2));
  for (let turn = 0; turn < soakTimes(2_000, 100_000); turn++) {
    const scores = { technical: 100 * random(), fundamental: any(), macro: any(), sentiment: any() };
    const circumstances = { price: 1000 * random(), volatility: 2 * random(), bars: Math.floor(500 * random()) };
    for (const profile of ["v2", "legacy-1"] as const) {
      const verdict = verdictOf(scores, { ...circumstances, profile });
      expect(verdict.totalScore >= 0 && verdict.totalScore <= 100).toBe(true);
      expect(verdict.confidence >= 0 && verdict.confidence <= 95).toBe(true);
      expect(verdict.coverage >= 0.5 && verdict.coverage <= 1).toBe(true);
    }
  }
});

test("defect a-21: a total that is not finite is refused", () => {
  expect(decide(analysesOf({ ...FULL, macro: Number.NaN }))).toMatchObject({ refused: { code: "not_finite" } });
});
