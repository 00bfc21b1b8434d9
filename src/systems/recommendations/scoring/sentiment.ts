import type { SentimentLabel } from "../sentiment/classify.ts";

/** Articles are halved in weight by this age. */
const HALF_LIFE_DAYS = 2;
/** Articles at which half of the sentiment's distance from neutral counts. */
const HALF_EVIDENCE = 3;

export interface JudgedArticle {
  /** -1..1. */
  polarity: number;
  ageDays: number;
}

/** Profile `v2`: age-weighted mean polarity around 50, drawn towards 50 when articles are few. Null without any. Not rounded. */
export function scoreSentiment(articles: readonly JudgedArticle[]): number | null {
  if (articles.length === 0) return null;
  let weights = 0;
  let weighted = 0;
  for (const { polarity, ageDays } of articles) {
    const weight = 0.5 ** (ageDays / HALF_LIFE_DAYS);
    weights += weight;
    weighted += weight * polarity;
  }
  return 50 + 50 * (weighted / weights) * newsEvidence(articles.length);
}

/** How much `count` articles are worth as evidence, 0..1. */
export const newsEvidence = (count: number): number => count / (count + HALF_EVIDENCE);

/** Label of a whole score. */
export function overallSentiment(score: number): SentimentLabel {
  if (score >= 65) return "positive";
  return score <= 35 ? "negative" : "neutral";
}

export interface LabelledText {
  sentiment: SentimentLabel;
  /** 0..1. */
  confidence: number;
}

/** Profile `legacy-1`: labels as 100, 50 and 0, weighted by confidence; 50 for nothing. Not rounded. */
export function scoreSentimentLegacy(texts: readonly LabelledText[]): number {
  let weights = 0;
  let weighted = 0;
  for (const { sentiment, confidence } of texts) {
    weights += confidence;
    weighted += confidence * LABEL_SCORES[sentiment];
  }
  return weights > 0 ? weighted / weights : 50;
}

const LABEL_SCORES: Record<SentimentLabel, number> = { positive: 100, neutral: 50, negative: 0 };

/** Words of the original's list, which it looked for anywhere inside the text (`trabaja` contains `baja`). */
const LEGACY_POSITIVE = (
  "subió sube aumentó ganancia beneficio crecimiento positivo bueno excelente récord éxito rentable inversión " +
  "oportunidad alza recuperación"
).split(" ");
const LEGACY_NEGATIVE = (
  "bajó baja cayó pérdida crisis problema negativo malo declive riesgo preocupación caída recesión déficit deuda " +
  "conflicto incertidumbre"
).split(" ");

/** Name of the original's fallback method, stored with every article it judged. */
export const LEGACY_KEYWORDS_METHOD = "keywords-legacy";

/** Profile `legacy-1`: the original's answer when its language model could not load. */
export function classifyLegacy(text: string): LabelledText {
  const lower = text.toLowerCase();
  const count = (words: readonly string[]) => words.filter((word) => lower.includes(word)).length;
  const lead = count(LEGACY_POSITIVE) - count(LEGACY_NEGATIVE);
  if (lead === 0) return { sentiment: "neutral", confidence: 0.5 };
  return { sentiment: lead > 0 ? "positive" : "negative", confidence: Math.min(0.6 + 0.1 * Math.abs(lead), 0.9) };
}
