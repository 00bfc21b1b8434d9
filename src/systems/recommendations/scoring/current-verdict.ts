import {
  ANALYSIS_TYPES,
  type AnalysisStatus,
  type AnalysisType,
  type Recommendation,
  type RiskLevel,
} from "../../../db/schema/recommendations.ts";
import { roundHalfUp } from "../../../kit/round.ts";
import type { Weights } from "../analysis.ts";
import { ACTION_TEXTS } from "./legacy-verdict.ts";
import { newsEvidence } from "./sentiment.ts";

/** Stored scores of the four parts; null where there was no data. */
export type ComponentScores = Record<AnalysisType, number | null>;

/** Coverage under which a total is not worth a risk or a target. */
export const FULL_COVERAGE = 0.7;

/** Weight of the parts with data as a share of all weights, 0..1. */
export function computeCoverage(scores: ComponentScores, weights: Weights): number {
  const { weightSum, allWeights } = weigh(scores, weights);
  return roundHalfUp(weightSum / allWeights, 6);
}

/** Mean of the parts with data, drawn towards 50 by what is missing. Not rounded; NaN without any data. */
export function computeTotal(scores: ComponentScores, weights: Weights): number {
  const { scoreSum, weightSum } = weigh(scores, weights);
  return 50 + (scoreSum / weightSum - 50) * (0.6 + 0.4 * computeCoverage(scores, weights));
}

function weigh(scores: ComponentScores, weights: Weights) {
  let scoreSum = 0;
  let weightSum = 0;
  let allWeights = 0;
  for (const part of ANALYSIS_TYPES) {
    const score = scores[part];
    allWeights += weights[part];
    if (score === null) continue;
    weightSum += weights[part];
    scoreSum += weights[part] * score;
  }
  return { scoreSum, weightSum, allWeights };
}

const QUALITY_OF_STATUS: Readonly<Record<AnalysisStatus, number>> = {
  fresh: 1,
  stale: 0.6,
  embedded: 0.3,
  missing: 0,
  error: 0,
};

/** Bars of a year: less history lowers the quality of the technical part. */
const FULL_HISTORY_BARS = 252;

export interface Evidence {
  status: Readonly<Record<AnalysisType, AnalysisStatus>>;
  bars: number;
  newsCount: number;
}

/** 0..95, one decimal: what part of the score rests on data, and how good they are. */
export function computeConfidence({ status, bars, newsCount }: Evidence, weights: Weights): number {
  let quality = 0;
  let allWeights = 0;
  for (const part of ANALYSIS_TYPES) {
    allWeights += weights[part];
    quality += weights[part] * QUALITY_OF_STATUS[status[part]] * evidenceOf(part, bars, newsCount);
  }
  return roundHalfUp(Math.max(0, Math.min(95, (100 * quality) / allWeights)), 1);
}

function evidenceOf(part: AnalysisType, bars: number, newsCount: number): number {
  if (part === "technical") return Math.min(1, bars / FULL_HISTORY_BARS);
  return part === "sentiment" ? newsEvidence(newsCount) : 1;
}

/** `volatility` is an annualised fraction; null = unknown. */
export function riskOf(total: number, coverage: number, volatility: number | null): RiskLevel {
  if ((volatility !== null && volatility > 0.6) || total < 40 || coverage < FULL_COVERAGE) return "high";
  return volatility !== null && volatility < 0.3 && total >= 70 ? "low" : "medium";
}

export interface SummaryInput {
  recommendation: Recommendation;
  rsi: number | null;
  trendSignal: string | null;
  missing: readonly AnalysisType[];
  targetPrice: number | null;
  total: number;
}

/** One Spanish line of about 160 characters at most. */
export function renderSummary({ recommendation, rsi, trendSignal, missing, targetPrice, total }: SummaryInput): string {
  const parts = [
    ACTION_TEXTS[recommendation],
    rsiNote(rsi),
    trendSignal?.toLowerCase() ?? null,
    missing.length === 0 ? null : `sin datos de: ${missing.map((part) => PART_NAMES[part]).join(", ")}`,
    targetPrice === null ? null : `referencia mecánica ${targetPrice.toFixed(2)}`,
  ];
  return `${parts.filter((part) => part !== null).join("; ")} - Score: ${roundHalfUp(total)}/100`;
}

const PART_NAMES: Readonly<Record<AnalysisType, string>> = {
  technical: "precios",
  fundamental: "fundamentos",
  macro: "macro",
  sentiment: "noticias",
};

function rsiNote(rsi: number | null): string | null {
  if (rsi === null) return null;
  if (rsi < 30) return "RSI en sobreventa";
  return rsi > 70 ? "RSI en sobrecompra" : null;
}
