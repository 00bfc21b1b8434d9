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
  .openapi({ format: "date", example: "2024-03-08" });

export const modeParameter = z.enum(["cached", "live"]);

export const score = z.number().min(0).max(100);
export const color = z.enum(["green", "yellow", "red"]);
const quality = z.enum(DATA_QUALITIES);
const qualities = z.object({ technical: quality, fundamental: quality, macro: quality, sentiment: quality });
const date = z.string().openapi({ example: "2024-03-08" });
const dataSource = z.enum(DATA_SOURCES).openapi({ description: "`sample`: generated, not real prices." });

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
    color,
    summary: z.string(),
    timestamp: z.string(),
    analysis_date: date,
    bar_date: date.nullable(),
    currency: z.string().nullable(),
    coverage: z.number().min(0).max(1).openapi({ description: "Share of the weights that had data." }),
    scoring_profile: z.enum(SCORING_PROFILES),
    data_quality: qualities,
    source: z.enum(RECOMMENDATION_ORIGINS),
    data_source: dataSource,
  })
  .openapi("Recommendation");

export const envelopeSchema = z
  .object({
    analysis_date: date,
    data_source: dataSource,
    age_seconds: z.number().int(),
    count: z.number().int(),
    items: z.array(recommendationSchema),
    failed: z
      .array(z.object({ ticker: z.string(), code: z.string(), reason: z.string() }))
      .optional()
      .openapi({ description: "Live analyses only: tickers without a result." }),
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
    data_source: dataSource,
  })
  .openapi("AnalysisHistoryItem");
