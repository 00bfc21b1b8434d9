import type { z } from "zod";
import type { RecommendationView, TickerAnalysisView } from "../views.ts";
import { newsOf } from "./analysis-shape.ts";
import { numberOrNull, partOf } from "./parts.ts";
import type { legacyAnalysisSchema, legacyRecommendationSchema, legacyScoresSchema } from "./schemas.ts";

type LegacyRecommendation = z.infer<typeof legacyRecommendationSchema>;
type LegacyScores = z.infer<typeof legacyScoresSchema>;
type LegacyAnalysis = z.infer<typeof legacyAnalysisSchema>;

/** What the replaced API wrote where it had no score; only its own routes still do. */
const LEGACY_NEUTRAL = 50;

/** `timestamp`: local time without a zone, as the replaced API wrote it. Key order is part of the contract. */
export function renderLegacyRecommendation(view: RecommendationView, timestamp: string): LegacyRecommendation {
  return {
    ticker: view.ticker,
    company_name: view.company_name,
    recommendation: lowerCase(view.recommendation),
    total_score: view.total_score,
    confidence: view.confidence,
    technical_score: view.technical_score ?? LEGACY_NEUTRAL,
    fundamental_score: view.fundamental_score ?? LEGACY_NEUTRAL,
    macro_score: view.macro_score ?? LEGACY_NEUTRAL,
    sentiment_score: view.sentiment_score ?? LEGACY_NEUTRAL,
    current_price: view.current_price,
    target_price: view.target_price,
    risk_level: view.risk_level ?? "medium",
    color: view.color,
    summary: view.summary,
    timestamp,
  };
}

/** Fields that the replaced API declared and never filled stay null. */
export function renderLegacyScores(analysis: TickerAnalysisView, timestamp: string): LegacyScores {
  const view = analysis.recommendation;
  const technical = partOf(analysis, "technical");
  const fundamental = partOf(analysis, "fundamental");
  const sentiment = partOf(analysis, "sentiment");
  return {
    ticker: view.ticker,
    technical_score: view.technical_score ?? LEGACY_NEUTRAL,
    fundamental_score: view.fundamental_score ?? LEGACY_NEUTRAL,
    macro_score: view.macro_score ?? LEGACY_NEUTRAL,
    sentiment_score: view.sentiment_score ?? LEGACY_NEUTRAL,
    total_score: view.total_score,
    rsi: technical.number("rsi"),
    macd_signal: technical.signal("macd"),
    moving_average_trend: null,
    roe: fundamental.number("roe"),
    debt_to_equity: fundamental.number("debt_to_equity"),
    current_ratio: null,
    pe_ratio: null,
    cer_stability: partOf(analysis, "macro").number("cer_rate"),
    usd_stability: null,
    inflation_impact: null,
    news_sentiment: sentiment.text("overall_sentiment"),
    news_count: numberOrNull(sentiment.number("news_count")),
    timestamp,
  };
}

export function renderLegacyAnalysis(analysis: TickerAnalysisView, timestamp: string): LegacyAnalysis {
  const view = analysis.recommendation;
  const technical = partOf(analysis, "technical");
  const fundamental = partOf(analysis, "fundamental");
  const macro = partOf(analysis, "macro");
  // Both fields always held the percentage; clients read either.
  const change = technical.number("price_change_percent");
  return {
    ticker: view.ticker,
    company_name: view.company_name,
    sector: analysis.sector,
    market_cap: fundamental.number("market_cap"),
    current_price: view.current_price,
    price_change_24h: change,
    price_change_percent: change,
    score_breakdown: renderLegacyScores(analysis, timestamp),
    recommendation: renderLegacyRecommendation(view, timestamp),
    technical_indicators: legacyIndicators(technical.indicators),
    financial_ratios: fundamental.indicators,
    recent_news: newsOf(analysis),
    macro_context: view.macro_score === null ? {} : { macro_score: view.macro_score, indicators: macro.indicators },
    recommendation_history: [],
    timestamp,
  };
}

/** The ten indicators of the old contract, in its order. */
const LEGACY_INDICATORS = [
  "rsi",
  "macd",
  "macd_signal",
  "macd_histogram",
  "sma_20",
  "sma_50",
  "sma_200",
  "bollinger_upper",
  "bollinger_lower",
  "volume_sma",
] as const;

function legacyIndicators(indicators: Record<string, unknown>): Record<string, unknown> {
  if (Object.keys(indicators).length === 0) return {};
  return Object.fromEntries(LEGACY_INDICATORS.map((name) => [name, numberOrNull(indicators[name])]));
}

const LOWER = { COMPRAR: "comprar", MANTENER: "mantener", VENDER: "vender" } as const;
const lowerCase = (recommendation: RecommendationView["recommendation"]) => LOWER[recommendation];
