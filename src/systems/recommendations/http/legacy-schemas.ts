import { z } from "@hono/zod-openapi";
import { RISK_LEVELS } from "../../../db/schema/recommendations.ts";
import { color, score } from "./schemas.ts";

const number = z.number().nullable();
const text = z.string().nullable();
/** Local time without a zone, `2025-06-13T12:14:34.416093`. */
const timestamp = z.string();

export const legacyRecommendationSchema = z
  .object({
    ticker: z.string(),
    company_name: text,
    recommendation: z.enum(["comprar", "mantener", "vender"]),
    total_score: score,
    confidence: score,
    technical_score: score,
    fundamental_score: score,
    macro_score: score,
    sentiment_score: score,
    current_price: number,
    target_price: number,
    risk_level: z.enum(RISK_LEVELS),
    color,
    summary: z.string(),
    timestamp,
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
    rsi: number,
    macd_signal: text,
    moving_average_trend: text,
    roe: number,
    debt_to_equity: number,
    current_ratio: number,
    pe_ratio: number,
    cer_stability: number.openapi({ description: "The CER index itself, as it always was." }),
    usd_stability: number,
    inflation_impact: number,
    news_sentiment: text,
    news_count: z.number().int().nullable(),
    timestamp,
  })
  .openapi("LegacyScores");

const legacyArticleSchema = z.object({
  title: z.string(),
  description: text,
  url: z.string(),
  published_at: z.string(),
  source: text,
  sentiment: z.enum(["positive", "neutral", "negative"]),
  sentiment_score: number.openapi({ description: "How sure the label is, 0 to 1." }),
});

export const legacyAnalysisSchema = z
  .object({
    ticker: z.string(),
    company_name: text,
    sector: text,
    market_cap: number,
    current_price: number,
    price_change_24h: number.openapi({ description: "Percent, as it always was." }),
    price_change_percent: number,
    score_breakdown: legacyScoresSchema,
    recommendation: legacyRecommendationSchema,
    technical_indicators: z.record(z.string(), number),
    financial_ratios: z.record(z.string(), number),
    recent_news: z.array(legacyArticleSchema),
    macro_context: z.record(z.string(), z.unknown()),
    recommendation_history: z.array(z.unknown()).openapi({ description: "Always empty, as it always was." }),
    timestamp,
  })
  .openapi("LegacyAnalysis");

export const legacyHealthSchema = z
  .object({
    status: z.enum(["healthy", "degraded"]),
    timestamp,
    services: z.object({
      technical: z.boolean(),
      fundamental: z.boolean(),
      sentiment: z.boolean(),
      macro: z.boolean(),
    }),
  })
  .openapi("LegacyHealth");
