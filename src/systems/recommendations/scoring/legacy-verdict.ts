import type { Recommendation, RiskLevel } from "../../../db/schema/recommendations.ts";
import { roundHalfEven } from "../../../kit/round.ts";
import type { Weights } from "../analysis.ts";

/** Scores of the four parts in profile `legacy-1`, where a missing part counts as 50. */
export type LegacyScores = Record<keyof Weights, number>;

export const LEGACY_NEUTRAL_SCORE = 50;

/** Not rounded. */
export function computeLegacyTotal(scores: LegacyScores, weights: Weights): number {
  return (
    scores.technical * weights.technical +
    scores.fundamental * weights.fundamental +
    scores.macro * weights.macro +
    scores.sentiment * weights.sentiment
  );
}

export function legacyRisk(total: number, { sentiment, macro }: Pick<LegacyScores, "sentiment" | "macro">): RiskLevel {
  if (total >= 70 && sentiment >= 60 && macro >= 60) return "low";
  return total < 40 || sentiment < 30 || macro < 30 ? "high" : "medium";
}

export interface LegacyEvidence {
  /** Of the ten indicators; null without an indicators object. */
  presentIndicators: number | null;
  fundamentalSupported: boolean;
  /** 0..1; null = unknown, which counts 0.5. */
  sentimentConfidence: number | null;
  /** Whether the technical, fundamental or sentiment analysis failed. */
  failed: boolean;
}

/** 20..95, one decimal. The weights are fixed and add to 0.9, as in the original. */
export function computeLegacyConfidence(evidence: LegacyEvidence): number {
  const { presentIndicators, fundamentalSupported, sentimentConfidence, failed } = evidence;
  const factor = failed ? 0.8 : 1;
  const confidence =
    0.4 * 100 * ((presentIndicators ?? 0) / 10) * factor +
    0.3 * (fundamentalSupported ? 80 : 50) * factor +
    0.1 * 100 * (sentimentConfidence ?? 0.5) * factor +
    0.1 * 75 * factor;
  return roundHalfEven(Math.max(20, Math.min(95, confidence)), 1);
}

export interface LegacySummaryInput {
  recommendation: Recommendation;
  rsiSignal: string | null;
  trendSignal: string | null;
  fundamentalSupported: boolean;
  total: number;
}

/** The original's sentence, its fault included: `Sobrecompra` contains `compra`, so overbought is called oversold. */
export function renderLegacySummary(input: LegacySummaryInput): string {
  const { recommendation, rsiSignal, trendSignal, fundamentalSupported, total } = input;
  const technicalNote = rsiSignal?.includes("compra")
    ? " (RSI sobreventa)"
    : trendSignal?.includes("alcista")
      ? " (tendencia alcista)"
      : "";
  const fundamentalNote = fundamentalSupported ? " con análisis fundamental" : " (análisis fundamental limitado)";
  return `${ACTION_TEXTS[recommendation]}${technicalNote}${fundamentalNote} - Score: ${roundHalfEven(total)}/100`;
}

export const ACTION_TEXTS: Readonly<Record<Recommendation, string>> = {
  COMPRAR: "Recomendado para compra",
  MANTENER: "Mantener posición",
  VENDER: "Considerar venta",
};
