import { expect, test } from "bun:test";
import { seededRandom } from "../../../../src/kit/random.ts";
import { analyzeFundamental } from "../../../../src/systems/recommendations/scoring/analyze-fundamental.ts";
import { analyzeMacro } from "../../../../src/systems/recommendations/scoring/analyze-macro.ts";
import { analyzeSentiment } from "../../../../src/systems/recommendations/scoring/analyze-sentiment.ts";
import { analyzeTechnical } from "../../../../src/systems/recommendations/scoring/analyze-technical.ts";
import { computeVerdict } from "../../../../src/systems/recommendations/scoring/engine.ts";
import { article, available, macroFacts, newsFacts, ratioFacts, TODAY } from "./facts.ts";
import { barsOf, randomCloses } from "./series.ts";

const NOW = new Date("2024-03-08T23:00:00.000Z");
const ratios = available(ratioFacts({ roe: 0.12, debtToEquity: 0.8, currentRatio: 1.4, peRatio: 9 }));
const country = available(macroFacts());
const news = available(
  newsFacts(
    article("Loma Negra sube 6%"),
    article("Loma Negra cae tras el balance"),
    article("Loma Negra recompra acciones"),
  ),
);

function rate(seed: number, profile: "v2" | "legacy-1") {
  const bars = barsOf(randomCloses(275, seededRandom(seed)));
  const analyses = {
    technical: analyzeTechnical(bars, profile, { source: "csv", fetchedAt: NOW.toISOString() }),
    fundamental: analyzeFundamental(ratios, "corporate", profile),
    macro: analyzeMacro(country, TODAY, profile),
    sentiment: analyzeSentiment(news, NOW, profile),
  };
  const weights = { technical: 0.5, fundamental: 0.3, macro: 0.1, sentiment: 0.1 };
  const thresholds = { buy: 70, hold: 40 };
  return { analyses, result: computeVerdict({ profile, analyses, weights, thresholds, dataSource: "csv" }) };
}

test.each(["v2", "legacy-1"] as const)("from facts to verdict in %s: everything survives JSON unchanged", (profile) => {
  const rated = rate(3, profile);
  expect(rated.result).toMatchObject({ verdict: { profile, coverage: 1 } });
  expect(JSON.parse(JSON.stringify(rated))).toEqual(rated);
  for (const { score, metadata } of Object.values(rated.analyses)) {
    expect(score).toBeNumber();
    expect(metadata.status).toBe("fresh");
    expect(metadata.error).toBeUndefined();
  }
});

test("the same facts give the same verdict, and v2 adds up by hand", () => {
  const { analyses, result } = rate(3, "v2");
  expect(rate(3, "v2")).toEqual({ analyses, result });
  const { technical, fundamental, macro, sentiment } = analyses;
  const total = 0.5 * technical.score! + 0.3 * fundamental.score! + 0.1 * macro.score! + 0.1 * sentiment.score!;
  expect("verdict" in result && result.verdict.totalScore).toBeCloseTo(total, 2);
});

test("legacy-1 counts all ten indicators and the mean of the news confidences", () => {
  const { analyses, result } = rate(3, "legacy-1");
  const confidence = Number(analyses.sentiment.indicators!.confidence);
  expect("verdict" in result && result.verdict.confidence).toBeCloseTo(40 + 24 + 10 * confidence + 7.5, 1);
});
