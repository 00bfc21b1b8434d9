import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { calendarDate, instant, json, jsonValid, oneOf } from "../columns.ts";
import { jobRuns } from "./jobs.ts";
import { DATA_SOURCES } from "./market.ts";

export const RECOMMENDATIONS = ["COMPRAR", "MANTENER", "VENDER"] as const;
export const RISK_LEVELS = ["low", "medium", "high"] as const;
export const ANALYSIS_TYPES = ["technical", "fundamental", "macro", "sentiment"] as const;
export const SCORING_PROFILES = ["legacy-1", "v2"] as const;

export type Recommendation = (typeof RECOMMENDATIONS)[number];
export type RiskLevel = (typeof RISK_LEVELS)[number];
export type AnalysisType = (typeof ANALYSIS_TYPES)[number];
export type ScoringProfile = (typeof SCORING_PROFILES)[number];

/** Tickers that may be rated, with the dates between which they may. */
export const recTickers = sqliteTable(
  "rec_tickers",
  {
    ticker: text("ticker").primaryKey(),
    companyName: text("company_name").notNull(),
    sector: text("sector").notNull(),
    kind: text("kind", { enum: ["corporate", "bank"] }).notNull(),
    quoteSymbol: text("quote_symbol").notNull(),
    quoteCurrency: text("quote_currency").notNull(),
    /** Names by which news speak of the company. */
    aliases: json<string[]>("aliases").notNull(),
    newsQuery: text("news_query"),
    active: integer("active", { mode: "boolean" }).notNull().default(true),
    validFrom: calendarDate("valid_from"),
    validTo: calendarDate("valid_to"),
    /** Order of the list. */
    position: integer("position").notNull(),
  },
  () => [
    check("rec_tickers_kind", oneOf("kind", ["corporate", "bank"])),
    check("rec_tickers_aliases_json", jsonValid("aliases")),
  ],
);

export const dailyRecommendations = sqliteTable(
  "daily_recommendations",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    analysisDate: calendarDate("analysis_date").notNull(),
    ticker: text("ticker").notNull(),
    recommendation: text("recommendation", { enum: RECOMMENDATIONS }).notNull(),
    totalScore: real("total_score").notNull(),
    confidence: real("confidence").notNull(),
    technicalScore: real("technical_score"),
    fundamentalScore: real("fundamental_score"),
    macroScore: real("macro_score"),
    sentimentScore: real("sentiment_score"),
    currentPrice: real("current_price"),
    targetPrice: real("target_price"),
    riskLevel: text("risk_level", { enum: RISK_LEVELS }),
    summary: text("summary"),
    createdAt: instant("created_at").notNull(),
    companyName: text("company_name"),
    currency: text("currency"),
    /** Session date of the last complete bar used. */
    barDate: calendarDate("bar_date"),
    /** Sum of the weights of the parts that had data, 0..1. */
    coverage: real("coverage").notNull(),
    scoringProfile: text("scoring_profile", { enum: SCORING_PROFILES }).notNull(),
    /** Where the prices came from; `sample` is shown wherever the row is. */
    dataSource: text("data_source", { enum: DATA_SOURCES }).notNull(),
    trigger: text("trigger").notNull(),
    jobRunId: integer("job_run_id").references(() => jobRuns.id, { onDelete: "set null" }),
    revision: integer("revision").notNull().default(1),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    uniqueIndex("daily_recommendations_date_ticker").on(table.analysisDate, table.ticker),
    index("daily_recommendations_ticker_date").on(table.ticker, sql`"analysis_date" desc`),
    index("daily_recommendations_date_score").on(sql`"analysis_date" desc`, sql`"total_score" desc`),
    check("daily_recommendations_recommendation", oneOf("recommendation", RECOMMENDATIONS)),
    check("daily_recommendations_risk_level", oneOf("risk_level", RISK_LEVELS)),
    check("daily_recommendations_profile", oneOf("scoring_profile", SCORING_PROFILES)),
    check("daily_recommendations_data_source", oneOf("data_source", DATA_SOURCES)),
    check("daily_recommendations_total", sql`${table.totalScore} between 0 and 100`),
    check("daily_recommendations_confidence", sql`${table.confidence} between 0 and 100`),
    check("daily_recommendations_coverage", sql`${table.coverage} between 0 and 1`),
  ],
);

/** The four analyses behind a recommendation; replaced together with it. */
export const analysisDetails = sqliteTable(
  "analysis_details",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    recommendationId: integer("recommendation_id")
      .notNull()
      .references(() => dailyRecommendations.id, { onDelete: "cascade" }),
    analysisType: text("analysis_type", { enum: ANALYSIS_TYPES }).notNull(),
    rawData: json<unknown>("raw_data"),
    indicators: json<Record<string, unknown>>("indicators"),
    score: real("score"),
    metadata: json<AnalysisMetadata>("metadata").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("analysis_details_recommendation_type").on(table.recommendationId, table.analysisType),
    check("analysis_details_type", oneOf("analysis_type", ANALYSIS_TYPES)),
    check("analysis_details_raw_json", jsonValid("raw_data")),
    check("analysis_details_indicators_json", jsonValid("indicators")),
    check("analysis_details_metadata_json", jsonValid("metadata")),
  ],
);

export type AnalysisStatus = "fresh" | "stale" | "embedded" | "missing" | "error";

/** How an analysis came to its numbers. */
export interface AnalysisMetadata {
  status: AnalysisStatus;
  source: string | null;
  fetched_at: string | null;
  as_of: string | null;
  error?: string;
  signals?: Record<string, string>;
  points?: Record<string, number>;
  method?: string;
  [extra: string]: unknown;
}

/** Track record: how a recommendation did after `horizon` sessions, beside the benchmark. */
export const recommendationOutcomes = sqliteTable(
  "recommendation_outcomes",
  {
    recommendationId: integer("recommendation_id")
      .notNull()
      .references(() => dailyRecommendations.id, { onDelete: "cascade" }),
    /** Sessions after the recommendation's bar: 5, 20 or 60. */
    horizon: integer("horizon").notNull(),
    barDate: calendarDate("bar_date").notNull(),
    startPrice: real("start_price").notNull(),
    endDate: calendarDate("end_date").notNull(),
    endPrice: real("end_price").notNull(),
    /** Fractions: 0.05 = 5 %. */
    returnFraction: real("return_fraction").notNull(),
    benchmark: text("benchmark"),
    benchmarkReturn: real("benchmark_return"),
    excessReturn: real("excess_return"),
    hit: integer("hit", { mode: "boolean" }),
    computedAt: instant("computed_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.recommendationId, table.horizon] }),
    check("recommendation_outcomes_horizon", sql`${table.horizon} in (5, 20, 60)`),
  ],
);
