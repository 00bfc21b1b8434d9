import { z } from "@hono/zod-openapi";
import { DATA_SOURCES } from "../../../db/schema/market.ts";
import { ANALYSIS_TYPES, RECOMMENDATIONS, RISK_LEVELS, SCORING_PROFILES } from "../../../db/schema/recommendations.ts";
import { isIsoDate } from "../../../kit/dates.ts";
import { DATA_QUALITIES, RECOMMENDATION_ORIGINS } from "../views.ts";

/** Tickers in a path: upper-cased, then checked. */
export const tickerParameter = z
  .string()
  .max(20)
  .transform((ticker) => ticker.toUpperCase())
  .refine((ticker) => /^[A-Z0-9.-]{1,10}$/.test(ticker), "is not a ticker: up to 10 of A-Z, 0-9, dot and hyphen")
  .openapi({ param: { name: "ticker", in: "path" }, example: "YPF" });

export const dateParameter = z
  .string()
  .refine(isIsoDate, "is not a date like 2024-03-08")
  .openapi({ example: "2024-03-08" });

export const modeParameter = z.enum(["cached", "live"]);

const score = z.number().min(0).max(100);
const quality = z.enum(DATA_QUALITIES);
const date = z.string().openapi({ example: "2024-03-08" });

export const recommendationSchema = z
  .object({
    ticker: z.string().openapi({ example: "YPF" }),
    company_name: z.string().nullable(),
    recommendation: z.enum(RECOMMENDATIONS),
    total_score: score,
    confidence: score,
    technical_score: score.nullable(),
    fundamental_score: score.nullable(),
    macro_score: score.nullable(),
    sentiment_score: score.nullable(),
    current_price: z.number().nullable(),
    target_price: z.number().nullable(),
    risk_level: z.enum(RISK_LEVELS).nullable(),
    color: z.enum(["green", "yellow", "red"]),
    summary: z.string(),
    timestamp: z.string(),
    analysis_date: date,
    bar_date: date.nullable(),
    currency: z.string().nullable(),
    coverage: z.number().min(0).max(1).openapi({ description: "Share of the weights that had data." }),
    scoring_profile: z.enum(SCORING_PROFILES),
    data_quality: z.object({ technical: quality, fundamental: quality, macro: quality, sentiment: quality }),
    source: z.enum(RECOMMENDATION_ORIGINS),
    data_source: z.enum(DATA_SOURCES).openapi({ description: "`sample`: generated, not real prices." }),
  })
  .openapi("Recommendation");

export const envelopeSchema = z
  .object({
    analysis_date: date,
    data_source: z.enum(DATA_SOURCES),
    age_seconds: z.number().int(),
    count: z.number().int(),
    items: z.array(recommendationSchema),
  })
  .openapi("LatestRecommendations");

const detailSchema = z.object({
  score: score.nullable(),
  indicators: z.record(z.string(), z.unknown()).nullable(),
  raw_data: z.unknown(),
  metadata: z.record(z.string(), z.unknown()),
});

export const historyItemSchema = z
  .object({
    analysis_date: date,
    bar_date: date.nullable(),
    recommendation: z.enum(RECOMMENDATIONS),
    total_score: score,
    confidence: score,
    coverage: z.number(),
    scores: z.object({
      technical: score.nullable(),
      fundamental: score.nullable(),
      macro: score.nullable(),
      sentiment: score.nullable(),
    }),
    current_price: z.number().nullable(),
    details: z.partialRecord(z.enum(ANALYSIS_TYPES), detailSchema).optional(),
    data_source: z.enum(DATA_SOURCES),
  })
  .openapi("AnalysisHistoryItem");

const pastVerdictSchema = z.object({
  analysis_date: date,
  recommendation: z.enum(RECOMMENDATIONS),
  total_score: score,
  confidence: score,
});

export const tickerAnalysisSchema = z
  .object({
    ticker: z.string(),
    company_name: z.string().nullable(),
    sector: z.string().nullable(),
    market_cap: z.number().nullable(),
    current_price: z.number().nullable(),
    price_change: z.number().nullable().openapi({ description: "Against the previous close, in the currency." }),
    price_change_percent: z.number().nullable(),
    score_breakdown: z.record(z.string(), z.unknown()),
    recommendation: recommendationSchema,
    technical_indicators: z.record(z.string(), z.unknown()),
    financial_ratios: z.record(z.string(), z.unknown()),
    recent_news: z.array(z.unknown()),
    macro_context: z.record(z.string(), z.unknown()),
    recommendation_history: z.array(pastVerdictSchema),
    timestamp: z.string(),
    analysis_date: date,
    bar_date: date.nullable(),
    currency: z.string().nullable(),
    coverage: z.number(),
    scoring_profile: z.enum(SCORING_PROFILES),
    data_quality: z.object({ technical: quality, fundamental: quality, macro: quality, sentiment: quality }),
    source: z.enum(RECOMMENDATION_ORIGINS),
    data_source: z.enum(DATA_SOURCES),
  })
  .openapi("TickerAnalysis");

export const legacyRecommendationSchema = z
  .object({
    ticker: z.string(),
    company_name: z.string().nullable(),
    recommendation: z.enum(["comprar", "mantener", "vender"]),
    total_score: score,
    confidence: score,
    technical_score: score,
    fundamental_score: score,
    macro_score: score,
    sentiment_score: score,
    current_price: z.number().nullable(),
    target_price: z.number().nullable(),
    risk_level: z.enum(RISK_LEVELS),
    color: z.enum(["green", "yellow", "red"]),
    summary: z.string(),
    timestamp: z.string(),
  })
  .openapi("LegacyRecommendation");

export const legacyScoresSchema = z
  .object({
    ticker: z.string(),
    technical_score: score,
    fundamental_score: score,
    macro_score: score,
    sentiment_score: score,
    total_score: score,
    rsi: z.number().nullable(),
    macd_signal: z.string().nullable(),
    moving_average_trend: z.string().nullable(),
    roe: z.number().nullable(),
    debt_to_equity: z.number().nullable(),
    current_ratio: z.number().nullable(),
    pe_ratio: z.number().nullable(),
    cer_stability: z.number().nullable(),
    usd_stability: z.number().nullable(),
    inflation_impact: z.number().nullable(),
    news_sentiment: z.string().nullable(),
    news_count: z.number().int().nullable(),
    timestamp: z.string(),
  })
  .openapi("LegacyScores");

export const legacyAnalysisSchema = z
  .object({
    ticker: z.string(),
    company_name: z.string().nullable(),
    sector: z.string().nullable(),
    market_cap: z.number().nullable(),
    current_price: z.number().nullable(),
    price_change_24h: z.number().nullable().openapi({ description: "Percent, as it always was." }),
    price_change_percent: z.number().nullable(),
    score_breakdown: legacyScoresSchema,
    recommendation: legacyRecommendationSchema,
    technical_indicators: z.record(z.string(), z.unknown()),
    financial_ratios: z.record(z.string(), z.unknown()),
    recent_news: z.array(z.unknown()),
    macro_context: z.record(z.string(), z.unknown()),
    recommendation_history: z.array(z.unknown()),
    timestamp: z.string(),
  })
  .openapi("LegacyAnalysis");

export const stockSchema = z
  .object({
    symbol: z.string(),
    name: z.string(),
    sector: z.string(),
    price: z.number(),
    change: z.number(),
    changePercent: z.number(),
    recommendation: z.enum(RECOMMENDATIONS),
    confidence: z.number().int(),
    risk: z.enum(["Muy Bajo", "Bajo", "Medio-Bajo", "Medio", "Alto", "Muy Alto"]),
    targetPrice: z.number(),
    monthlyInvestment: z.string(),
  })
  .openapi("Stock");
