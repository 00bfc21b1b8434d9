import { z } from "@hono/zod-openapi";
import { recommendationSchema, score } from "./schemas.ts";

const number = z.number().nullable();
const text = z.string().nullable();

const breakdownSchema = z
  .object({
    ticker: z.string(),
    technical_score: score.nullable(),
    fundamental_score: score.nullable(),
    macro_score: score.nullable(),
    sentiment_score: score.nullable(),
    total_score: score,
    rsi: number,
    rsi_signal: text,
    macd_signal: text,
    moving_average_trend: text,
    roe: number.openapi({ description: "As a fraction: 0.18 is 18 %." }),
    debt_to_equity: number,
    current_ratio: number,
    pe_ratio: number,
    cer_index: number,
    usd_change_30d: number.openapi({ description: "Percent." }),
    inflation_rate: number.openapi({ description: "Monthly, percent." }),
    news_sentiment: text,
    news_count: z.number().int().nullable(),
    timestamp: z.string(),
  })
  .openapi("ScoreBreakdown");

const articleSchema = z
  .object({
    title: z.string(),
    description: text,
    url: z.string(),
    source: text,
    published_at: z.string(),
    label: z.enum(["positive", "neutral", "negative"]),
    polarity: number.openapi({ description: "-1 to 1; null where the method gives only a label." }),
    confidence: number.openapi({ description: "0 to 1; null where the method gives a polarity." }),
    method: z.string(),
  })
  .openapi("Article");

export type Article = z.infer<typeof articleSchema>;

const macroContextSchema = z.object({
  macro_score: score.nullable(),
  indicators: z.record(z.string(), number),
  interpretation: text,
  trends: z.record(z.string(), z.string()),
  impact_on_stocks: text,
});

const pastVerdictSchema = recommendationSchema.pick({
  analysis_date: true,
  recommendation: true,
  total_score: true,
  confidence: true,
});

/** The keys of the replaced API, filled, then what it did not know. */
export const tickerAnalysisSchema = z
  .object({
    ticker: z.string(),
    company_name: text,
    sector: text,
    market_cap: number,
    current_price: number,
    price_change_24h: number.openapi({ description: "Against the previous close, in the currency." }),
    price_change_percent: number,
    score_breakdown: breakdownSchema,
    recommendation: recommendationSchema,
    technical_indicators: z.record(z.string(), number),
    financial_ratios: z.record(z.string(), number),
    recent_news: z.array(articleSchema),
    macro_context: macroContextSchema,
    recommendation_history: z.array(pastVerdictSchema).openapi({ description: "The 30 days up to the analysis." }),
  })
  .extend(
    recommendationSchema.pick({
      timestamp: true,
      analysis_date: true,
      bar_date: true,
      currency: true,
      coverage: true,
      scoring_profile: true,
      data_quality: true,
      source: true,
      data_source: true,
    }).shape,
  )
  .openapi("TickerAnalysis");
