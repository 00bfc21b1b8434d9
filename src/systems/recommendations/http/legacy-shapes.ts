import type { z } from "zod";
import { localTimestamp } from "../../../server/local-timestamp.ts";
import { INDICATOR_NAMES } from "../scoring/indicators.ts";
import type { RecommendationView, TickerAnalysisView } from "../views.ts";
import { renderMacroContext } from "./analysis-shape.ts";
import { articlesOf } from "./articles.ts";
import type { legacyAnalysisSchema, legacyRecommendationSchema, legacyScoresSchema } from "./legacy-schemas.ts";
import { partOf } from "./parts.ts";

type LegacyRecommendation = z.infer<typeof legacyRecommendationSchema>;
type LegacyScores = z.infer<typeof legacyScoresSchema>;
type LegacyAnalysis = z.infer<typeof legacyAnalysisSchema>;

/** What the replaced API wrote where it had no score; only its own routes still do. */
const LEGACY_NEUTRAL = 50;

/** Key order is part of the contract. `timezone`: of the naive local timestamp, which says when the analysis was made. */
export function renderLegacyRecommendation(view: RecommendationView, timezone: string): LegacyRecommendation {
  return {
    ticker: view.ticker,
    company_name: view.company_name,
    recommendation: LOWER_CASE[view.recommendation],
    total_score: view.total_score,
    confidence: view.confidence,
    ...renderPartScores(view),
    current_price: view.current_price,
    target_price: view.target_price,
    risk_level: view.risk_level ?? "medium",
    color: view.color,
    summary: view.summary,
    timestamp: madeAt(view, timezone),
  };
}

/** Fields that the replaced API declared and never filled stay null. */
export function renderLegacyScores(analysis: TickerAnalysisView, timezone: string): LegacyScores {
  const view = analysis.recommendation;
  const technical = partOf(analysis, "technical");
  const fundamental = partOf(analysis, "fundamental");
  const sentiment = partOf(analysis, "sentiment");
  return {
    ticker: view.ticker,
    ...renderPartScores(view),
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
    news_count: sentiment.number("news_count"),
    timestamp: madeAt(view, timezone),
  };
}

export function renderLegacyAnalysis(analysis: TickerAnalysisView, timezone: string): LegacyAnalysis {
  const view = analysis.recommendation;
  const technical = partOf(analysis, "technical");
  const fundamental = partOf(analysis, "fundamental");
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
    score_breakdown: renderLegacyScores(analysis, timezone),
    recommendation: renderLegacyRecommendation(view, timezone),
    technical_indicators: pick(technical.indicators, INDICATOR_NAMES),
    financial_ratios: pick(fundamental.indicators, LEGACY_RATIOS),
    recent_news: renderLegacyNews(analysis),
    macro_context: renderLegacyMacro(analysis, timezone),
    recommendation_history: [],
    timestamp: madeAt(view, timezone),
  };
}

function renderPartScores(view: RecommendationView) {
  return {
    technical_score: view.technical_score ?? LEGACY_NEUTRAL,
    fundamental_score: view.fundamental_score ?? LEGACY_NEUTRAL,
    macro_score: view.macro_score ?? LEGACY_NEUTRAL,
    sentiment_score: view.sentiment_score ?? LEGACY_NEUTRAL,
  };
}

const madeAt = (view: RecommendationView, timezone: string) => localTimestamp(new Date(view.timestamp), timezone);

/** `sentiment_score` was the classifier's confidence; the lexicon gives a polarity instead, whose size says the same. */
function renderLegacyNews(analysis: TickerAnalysisView): LegacyAnalysis["recent_news"] {
  return articlesOf(analysis).map(({ title, description, url, published_at, source, label, polarity, confidence }) => ({
    title,
    description,
    url,
    published_at,
    source,
    sentiment: label,
    sentiment_score: confidence ?? (polarity === null ? null : Math.abs(polarity)),
  }));
}

/** The whole macro result; nothing when there is none. */
function renderLegacyMacro(analysis: TickerAnalysisView, timezone: string): Record<string, unknown> {
  const { macro_score, indicators, ...texts } = renderMacroContext(analysis);
  if (macro_score === null) return {};
  const timestamp = madeAt(analysis.recommendation, timezone);
  return { macro_score, indicators: pick(indicators, LEGACY_MACRO), ...texts, timestamp };
}

/** Names of the old contract, in its order; its indicators are `INDICATOR_NAMES`. */
const LEGACY_RATIOS = [
  "roe",
  "debt_to_equity",
  "current_ratio",
  "pe_ratio",
  "gross_margin",
  "pb_ratio",
  "roa",
  "quick_ratio",
  "operating_margin",
  "net_margin",
  "piotroski_score",
] as const;
const LEGACY_MACRO = ["cer_rate", "usd_rate", "inflation_rate", "country_risk", "stability_score"] as const;

/** Exactly these names, null where unknown; nothing when the whole part is missing. */
function pick(values: Record<string, number | null>, names: readonly string[]): Record<string, number | null> {
  if (Object.keys(values).length === 0) return {};
  return Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
}

const LOWER_CASE = { COMPRAR: "comprar", MANTENER: "mantener", VENDER: "vender" } as const;
