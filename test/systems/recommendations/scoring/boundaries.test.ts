import { describe, expect, test } from "bun:test";
import {
  computeConfidence,
  computeCoverage,
  computeTotal,
  renderSummary,
} from "../../../../src/systems/recommendations/scoring/current-verdict.ts";
import { computeIndicators, type Indicators } from "../../../../src/systems/recommendations/scoring/indicators.ts";
import { computeLegacyConfidence, legacyRisk } from "../../../../src/systems/recommendations/scoring/legacy-verdict.ts";
import { computeTargetPrice, recommendationOf } from "../../../../src/systems/recommendations/scoring/levels.ts";
import { scoreMacroLegacy } from "../../../../src/systems/recommendations/scoring/macro.ts";
import {
  describeLevelTrends,
  impactOf,
  renderMacroText,
} from "../../../../src/systems/recommendations/scoring/macro-texts.ts";
import { overallSentiment } from "../../../../src/systems/recommendations/scoring/sentiment.ts";
import {
  describeTechnical,
  describeTechnicalLegacy,
  scoreTechnical,
  scoreTechnicalLegacy,
} from "../../../../src/systems/recommendations/scoring/technical.ts";

/** Indicators of which nothing is known but what is given. */
const indicatorsWith = (given: Partial<Indicators>): Indicators => ({
  ...(Object.fromEntries(
    Object.keys(computeIndicators(new Float64Array(), new Float64Array())).map((name) => [name, Number.NaN]),
  ) as unknown as Indicators),
  ...given,
});

describe("technical bands, both sides of each limit", () => {
  test.each([
    [29.99, 25],
    [30, 15],
    [49.99, 15],
    [50, 20],
    [69.99, 20],
    [70, 10],
  ])("RSI %p gives %p points", (rsi, points) => {
    expect(scoreTechnical(10, indicatorsWith({ rsi })).points.rsi).toBe(points);
    expect(scoreTechnicalLegacy(10, indicatorsWith({ rsi })).points.rsi).toBe(points);
  });

  test.each([
    [29.99, "Sobreventa - Posible compra"],
    [30, "Neutral"],
    [70, "Neutral"],
    [70.01, "Sobrecompra - Precaución"],
  ])("RSI %p reads %p", (rsi, text) => {
    expect(describeTechnicalLegacy(10, indicatorsWith({ rsi })).rsi).toBe(text);
    expect(describeTechnical(10, indicatorsWith({ rsi })).rsi).toBe(text);
  });

  test.each([
    [7.99, 20],
    [8, 10],
    [10, 10],
    [10.01, 15],
    [12, 15],
    [12.01, 5],
  ])("price %p between bands 8 and 12 gives %p points", (price, points) => {
    const bands = indicatorsWith({ bollinger_lower: 8, bollinger_upper: 12 });
    expect(scoreTechnical(price, bands).points.bollinger).toBe(points);
  });

  test.each([
    [0.1, 25],
    [0, 10],
    [-0.1, 5],
  ])("MACD difference %p gives %p points", (macd_histogram, points) => {
    expect(scoreTechnical(10, indicatorsWith({ macd_histogram })).points.macd).toBe(points);
  });

  test("an average equal to the price is not below it, and one average alone is enough for a part", () => {
    expect(scoreTechnical(10, indicatorsWith({ sma_20: 10 })).points.averages).toBe(0);
    expect(scoreTechnical(10, indicatorsWith({ sma_20: 9.99 })).points.averages).toBe(25);
    expect(scoreTechnical(10, indicatorsWith({ sma_20: 9, sma_50: 11 })).points.averages).toBe(12.5);
  });

  test("nothing known is no score in v2", () => {
    expect(scoreTechnical(10, indicatorsWith({}))).toEqual({
      points: { rsi: null, macd: null, averages: null, bollinger: null },
      score: null,
    });
  });

  test.each([
    [12, 11, 10, "Tendencia alcista"],
    [11, 11, 10, "Tendencia lateral"],
    [12, 10, 10, "Tendencia lateral"],
    [8, 9, 10, "Tendencia bajista"],
    [9, 9, 10, "Tendencia lateral"],
    [8, 10, 10, "Tendencia lateral"],
  ])("price %p, averages %p and %p read %p", (price, sma_20, sma_50, text) => {
    expect(describeTechnical(price, indicatorsWith({ sma_20, sma_50 })).trend).toBe(text);
  });
});

describe("macro levels of legacy-1, both sides of each limit", () => {
  const NONE = { usd: null, cer: null, inflation: null, countryRisk: null };

  test.each([
    ["usd", [299, 300, 499, 500, 799, 800, 1199, 1200], [65, 70, 70, 60, 60, 55, 55, 50]],
    ["cer", [0, 0.01], [50, 60]],
  ] as const)("%s", (name, values, scores) => {
    expect(values.map((value) => scoreMacroLegacy({ ...NONE, [name]: value }).score)).toEqual([...scores]);
  });

  test("trends", () => {
    const trends = (usd: number, inflation: number, countryRisk: number) =>
      Object.values(describeLevelTrends({ usd, inflation, countryRisk }));
    expect(trends(900.5, 10.5, 1200.5)).toEqual(["rising", "rising", "rising"]);
    expect(trends(900, 10, 1200)).toEqual(["stable", "stable", "stable"]);
    expect(trends(600, 3, 800)).toEqual(["stable", "stable", "stable"]);
    expect(trends(599.5, 2.9, 799.5)).toEqual(["falling", "falling", "falling"]);
  });

  test.each([
    [1000.5, "Tipo de cambio elevado, presión inflacionaria"],
    [1000, "Tipo de cambio en rango moderado"],
    [500, "Tipo de cambio en rango moderado"],
    [499.5, "Tipo de cambio controlado"],
  ])("dollar at %p", (usd, text) => {
    expect(renderMacroText({ usd, inflation: null, countryRisk: null }, 50)).toBe(`${text}. Contexto macro mixto`);
  });

  test.each([
    [15.1, "Inflación muy alta, impacto negativo en inversiones"],
    [15, "Inflación moderada a alta"],
    [5.1, "Inflación moderada a alta"],
    [5, "Inflación controlada"],
  ])("inflation at %p", (inflation, text) => {
    expect(renderMacroText({ usd: null, inflation, countryRisk: null }, 50)).toBe(`${text}. Contexto macro mixto`);
  });

  test.each([
    [1500.5, "Riesgo país elevado, cautela en inversiones"],
    [1500, "Riesgo país en niveles altos"],
    [800, "Riesgo país en niveles altos"],
    [799.5, "Riesgo país moderado"],
  ])("country risk at %p", (countryRisk, text) => {
    expect(renderMacroText({ usd: null, inflation: null, countryRisk }, 50)).toBe(`${text}. Contexto macro mixto`);
  });

  test.each([
    [70.5, "positive", "Contexto macro favorable para inversiones"],
    [70, "neutral", "Contexto macro mixto"],
    [40, "neutral", "Contexto macro mixto"],
    [39.5, "negative", "Contexto macro desafiante"],
  ])("score %p is %s", (score, impact, text) => {
    expect(impactOf(score) as string).toBe(impact);
    expect(renderMacroText({ usd: null, inflation: null, countryRisk: null }, score)).toBe(text);
  });
});

describe("verdict limits", () => {
  test.each([
    [70, 60, 60, "low"],
    [69.99, 60, 60, "medium"],
    [70, 59.99, 60, "medium"],
    [70, 60, 59.99, "medium"],
    [40, 30, 30, "medium"],
    [39.99, 60, 60, "high"],
    [75, 29.99, 60, "high"],
    [75, 60, 29.99, "high"],
  ] as const)("legacy-1 risk: total %p, sentiment %p, macro %p: %p", (total, sentiment, macro, risk) => {
    expect(legacyRisk(total, { sentiment, macro })).toBe(risk);
  });

  test.each([
    [80, 115],
    [79.99, 110],
    [70, 110],
    [69.99, 105],
    [60, 105],
    [59.99, 100],
    [40, 100],
    [39.99, 95],
    [30, 95],
    [29.99, 90],
  ])("target at total %p is %p % of the price", (total, percent) => {
    expect(computeTargetPrice(100, total)!).toBeCloseTo(percent, 10);
  });

  test("no price and price 0 have no target", () => {
    expect(computeTargetPrice(null, 75)).toBeNull();
    expect(computeTargetPrice(0, 75)).toBeNull();
    expect(computeTargetPrice(0.5, 75)).toBeCloseTo(0.55, 12);
  });

  test("levels begin at their thresholds", () => {
    const levels = [70, 69.99, 40, 39.99].map((total) => recommendationOf(total, { buy: 70, hold: 40 }));
    expect(levels).toEqual(["COMPRAR", "MANTENER", "MANTENER", "VENDER"]);
  });

  test("sentiment is positive from 65 and negative to 35", () => {
    expect([65, 64.99, 35.01, 35].map(overallSentiment)).toEqual(["positive", "neutral", "neutral", "negative"]);
  });

  test("the RSI note of v2 begins under 30 and over 70", () => {
    const note = (rsi: number) =>
      renderSummary({ recommendation: "MANTENER", rsi, trendSignal: null, missing: [], targetPrice: null, total: 50 });
    expect([29.99, 30, 70, 70.01].map((rsi) => /RSI en \w+/.exec(note(rsi))?.[0])).toEqual([
      "RSI en sobreventa",
      undefined,
      undefined,
      "RSI en sobrecompra",
    ]);
  });

  test("legacy-1 confidence has one decimal and never falls under 20", () => {
    const evidence = { presentIndicators: 10, fundamentalSupported: true, failed: false };
    expect(computeLegacyConfidence({ ...evidence, sentimentConfidence: 0.333 })).toBe(74.8);
    const nothing = { presentIndicators: null, fundamentalSupported: false, failed: true };
    expect(computeLegacyConfidence({ ...nothing, sentimentConfidence: 0 })).toBe(20);
  });

  test("v2 reads weights as shares of their sum", () => {
    const scores = { technical: 80, fundamental: null, macro: 30, sentiment: null };
    const status = { technical: "fresh", fundamental: "missing", macro: "stale", sentiment: "missing" } as const;
    const weights = { technical: 0.5, fundamental: 0.3, macro: 0.1, sentiment: 0.1 };
    const doubled = { technical: 1, fundamental: 0.6, macro: 0.2, sentiment: 0.2 };
    for (const scale of [weights, doubled]) {
      expect(computeCoverage(scores, scale)).toBe(0.6);
      expect(computeTotal(scores, scale)).toBeCloseTo(50 + ((40 + 3) / 0.6 - 50) * 0.84, 10);
      expect(computeConfidence({ status, bars: 252, newsCount: 0 }, scale)).toBe(56);
    }
  });

  test("v2 confidence is 0 when nothing is known", () => {
    const status = { technical: "error", fundamental: "missing", macro: "missing", sentiment: "missing" } as const;
    const weights = { technical: 0.5, fundamental: 0.3, macro: 0.1, sentiment: 0.1 };
    expect(computeConfidence({ status, bars: 300, newsCount: 9 }, weights)).toBe(0);
  });
});
