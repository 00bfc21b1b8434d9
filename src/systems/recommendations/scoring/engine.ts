import type { DataSource } from "../../../db/schema/market.ts";
import { ANALYSIS_TYPES, type AnalysisType, type ScoringProfile } from "../../../db/schema/recommendations.ts";
import { roundHalfEven, roundHalfUp } from "../../../kit/round.ts";
import type { ScoredAnalysis, Thresholds, Verdict, Weights } from "../analysis.ts";
import {
  type ComponentScores,
  computeConfidence,
  computeCoverage,
  computeTotal,
  FULL_COVERAGE,
  renderSummary,
  riskOf,
} from "./current-verdict.ts";
import {
  computeLegacyConfidence,
  computeLegacyTotal,
  LEGACY_NEUTRAL_SCORE,
  legacyRisk,
  renderLegacySummary,
} from "./legacy-verdict.ts";
import { computeTargetPrice, recommendationOf } from "./levels.ts";

export type Analyses = Readonly<Record<AnalysisType, ScoredAnalysis>>;

export interface VerdictInput {
  profile: ScoringProfile;
  analyses: Analyses;
  weights: Weights;
  thresholds: Thresholds;
  /** `sample` marks the summary. */
  dataSource: DataSource;
}

export type VerdictResult = { verdict: Verdict } | { refused: VerdictRefusal };

/** Why a ticker gets no recommendation. */
export interface VerdictRefusal {
  code: "no_technical" | "low_coverage" | "not_finite";
  /** One sentence for people. */
  reason: string;
}

/** A recommendation rests on at least this share of the weights. */
const MINIMUM_COVERAGE = 0.5;

/**
 * The verdict on one ticker from its four analyses, in either profile. Without a technical score, or with less than half of
 * the weights covered, there is none. In `legacy-1` a part without data counts as 50 inside the total, as in the
 * original, but fundamentals without data are called limited and its invented macro constants are never used.
 */
export function computeVerdict(input: VerdictInput): VerdictResult {
  const scores = scoresOf(input.analyses);
  const coverage = computeCoverage(scores, input.weights);
  if (scores.technical === null) {
    const why = input.analyses.technical.metadata.error ?? "The prices gave no technical score.";
    return { refused: { code: "no_technical", reason: why } };
  }
  if (coverage < MINIMUM_COVERAGE) {
    const reason = `Only ${roundHalfUp(coverage * 100)} % of the weights have data, ${MINIMUM_COVERAGE * 100} % are needed.`;
    return { refused: { code: "low_coverage", reason } };
  }
  const verdict = (input.profile === "legacy-1" ? judgeLegacy : judge)(input, scores, coverage);
  const { totalScore, confidence, targetPrice } = verdict;
  if (![totalScore, confidence, targetPrice ?? 0].every(Number.isFinite))
    return { refused: { code: "not_finite", reason: "The total is not a finite number." } };
  const mark = input.dataSource === "sample" ? " (datos de muestra)" : "";
  return { verdict: { ...verdict, summary: verdict.summary + mark } };
}

function scoresOf(analyses: Analyses): ComponentScores {
  const { technical, fundamental, macro, sentiment } = analyses;
  return { technical: technical.score, fundamental: fundamental.score, macro: macro.score, sentiment: sentiment.score };
}

/** What is shown decides: level, risk and target are read from the rounded total. */
function judge({ analyses, weights, thresholds }: VerdictInput, scores: ComponentScores, coverage: number): Verdict {
  const totalScore = roundHalfUp(clampScore(computeTotal(scores, weights)), 2);
  const recommendation = recommendationOf(totalScore, thresholds);
  const price = numberOf(analyses.technical, "current_price");
  const target = coverage < FULL_COVERAGE ? null : computeTargetPrice(price, totalScore);
  const targetPrice = target === null ? null : roundHalfUp(target, 2);
  const evidence = {
    status: mapParts((part) => (scores[part] === null ? "missing" : analyses[part].metadata.status)),
    bars: numberOf(analyses.technical, "bars") ?? 0,
    newsCount: numberOf(analyses.sentiment, "news_count") ?? 0,
  };
  return {
    profile: "v2",
    recommendation,
    totalScore,
    confidence: computeConfidence(evidence, weights),
    coverage,
    riskLevel: riskOf(totalScore, coverage, numberOf(analyses.technical, "volatility")),
    targetPrice,
    summary: renderSummary({
      recommendation,
      rsi: numberOf(analyses.technical, "rsi"),
      trendSignal: analyses.technical.metadata.signals?.trend ?? null,
      missing: ANALYSIS_TYPES.filter((part) => scores[part] === null),
      targetPrice,
      total: totalScore,
    }),
  };
}

function judgeLegacy(
  { analyses, weights, thresholds }: VerdictInput,
  scores: ComponentScores,
  coverage: number,
): Verdict {
  const filled = mapParts((part) => scores[part] ?? LEGACY_NEUTRAL_SCORE);
  const total = clampScore(computeLegacyTotal(filled, weights));
  const recommendation = recommendationOf(total, thresholds);
  const signals = analyses.technical.metadata.signals;
  const fundamentalSupported = scores.fundamental !== null;
  const target = computeTargetPrice(numberOf(analyses.technical, "current_price"), total);
  return {
    profile: "legacy-1",
    recommendation,
    totalScore: roundHalfEven(total, 2),
    confidence: computeLegacyConfidence({
      // Undefined indicators count as present here, and with 21 bars all ten are at least undefined numbers.
      presentIndicators: 10,
      fundamentalSupported,
      sentimentConfidence: numberOf(analyses.sentiment, "confidence"),
      failed: (["technical", "fundamental", "sentiment"] as const).some((part) => hasFailed(analyses[part])),
    }),
    coverage,
    riskLevel: legacyRisk(total, filled),
    targetPrice: target === null ? null : roundHalfEven(target, 2),
    summary: renderLegacySummary({
      recommendation,
      rsiSignal: signals?.rsi ?? null,
      trendSignal: signals?.trend ?? null,
      fundamentalSupported,
      total,
    }),
  };
}

function mapParts<Value>(value: (part: AnalysisType) => Value): Record<AnalysisType, Value> {
  return {
    technical: value("technical"),
    fundamental: value("fundamental"),
    macro: value("macro"),
    sentiment: value("sentiment"),
  };
}

const hasFailed = (analysis: ScoredAnalysis) => analysis.metadata.status === "error";

function numberOf({ indicators }: ScoredAnalysis, name: string): number | null {
  const value = indicators?.[name];
  return typeof value === "number" ? value : null;
}

const clampScore = (score: number) => Math.max(0, Math.min(100, score));
