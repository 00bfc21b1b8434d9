import { sql } from "drizzle-orm";
import type { DataSource } from "../../db/schema/market.ts";
import {
  ANALYSIS_TYPES,
  type AnalysisMetadata,
  type AnalysisType,
  type dailyRecommendations,
  type Recommendation,
  type RiskLevel,
  type ScoringProfile,
} from "../../db/schema/recommendations.ts";
import type { IsoDate } from "../../kit/dates.ts";
import type { RatedTicker } from "./save.ts";
import { RECOMMENDATION_COLORS } from "./scoring/levels.ts";

/** How a recommendation came about. `backfill`: later, from stored bars alone. */
export const RECOMMENDATION_ORIGINS = ["batch", "backfill", "live", "live-fallback"] as const;
export type RecommendationOrigin = (typeof RECOMMENDATION_ORIGINS)[number];

export const DATA_QUALITIES = ["fresh", "stale", "embedded", "missing"] as const;
export type DataQuality = (typeof DATA_QUALITIES)[number];
export type DataQualities = Record<AnalysisType, DataQuality>;

/** A recommendation as JSON, keys in this order: those of the replaced system first. */
export interface RecommendationView {
  ticker: string;
  company_name: string | null;
  recommendation: Recommendation;
  total_score: number;
  confidence: number;
  /** Null when the source had no data. */
  technical_score: number | null;
  fundamental_score: number | null;
  macro_score: number | null;
  sentiment_score: number | null;
  current_price: number | null;
  target_price: number | null;
  risk_level: RiskLevel | null;
  color: (typeof RECOMMENDATION_COLORS)[Recommendation];
  summary: string;
  /** UTC with `Z`: when the row was last written, or the live analysis made. */
  timestamp: string;
  analysis_date: IsoDate;
  /** Session date of the last complete bar used. */
  bar_date: IsoDate | null;
  currency: string | null;
  /** Share of the weights that had data, 0..1. */
  coverage: number;
  scoring_profile: ScoringProfile;
  data_quality: DataQualities;
  source: RecommendationOrigin;
  data_source: DataSource;
}

/** One of the four analyses behind a recommendation. */
export interface AnalysisDetailView {
  score: number | null;
  indicators: Record<string, unknown> | null;
  /** Null after `RETENTION_DETAILS_DAYS`. */
  raw_data: unknown;
  metadata: AnalysisMetadata;
}

/** A recommendation with what is behind it; the same for stored and live ones. */
export interface TickerAnalysisView {
  recommendation: RecommendationView;
  sector: string | null;
  /** Absent: that analysis was not made (a backfill has only the technical one). */
  details: Partial<Record<AnalysisType, AnalysisDetailView>>;
}

/** One line of a ticker's history. */
export interface AnalysisHistoryItem {
  analysis_date: IsoDate;
  bar_date: IsoDate | null;
  recommendation: Recommendation;
  total_score: number;
  confidence: number;
  coverage: number;
  scores: Record<AnalysisType, number | null>;
  current_price: number | null;
  /** Only when one analysis was asked for. */
  details?: Partial<Record<AnalysisType, AnalysisDetailView>>;
  data_source: DataSource;
}

export type RecommendationRow = typeof dailyRecommendations.$inferSelect & { statuses: string | null };

/**
 * Statuses of the details as `technical:fresh,macro:missing`: one value a row instead of four joined rows. The outer id is
 * written out, because drizzle leaves the table's name away in a select list and the inner table has an id too.
 */
export const statusesOfDetails = sql<string | null>`(
  select group_concat(d.analysis_type || ':' || json_extract(d.metadata, '$.status'))
  from analysis_details d where d.recommendation_id = daily_recommendations.id)`;

export function renderRecommendation(row: RecommendationRow): RecommendationView {
  return {
    ticker: row.ticker,
    company_name: row.companyName,
    recommendation: row.recommendation,
    total_score: row.totalScore,
    confidence: row.confidence,
    technical_score: row.technicalScore,
    fundamental_score: row.fundamentalScore,
    macro_score: row.macroScore,
    sentiment_score: row.sentimentScore,
    current_price: row.currentPrice,
    target_price: row.targetPrice,
    risk_level: row.riskLevel,
    color: RECOMMENDATION_COLORS[row.recommendation],
    summary: row.summary ?? "",
    timestamp: row.updatedAt,
    analysis_date: row.analysisDate,
    bar_date: row.barDate,
    currency: row.currency,
    coverage: row.coverage,
    scoring_profile: row.scoringProfile,
    data_quality: renderQualities(row.statuses),
    source: row.trigger === "backfill" ? "backfill" : "batch",
    data_source: row.dataSource,
  };
}

export function renderHistoryItem(row: RecommendationRow): AnalysisHistoryItem {
  return {
    analysis_date: row.analysisDate,
    bar_date: row.barDate,
    recommendation: row.recommendation,
    total_score: row.totalScore,
    confidence: row.confidence,
    coverage: row.coverage,
    scores: {
      technical: row.technicalScore,
      fundamental: row.fundamentalScore,
      macro: row.macroScore,
      sentiment: row.sentimentScore,
    },
    current_price: row.currentPrice,
    data_source: row.dataSource,
  };
}

/** A recommendation that is not stored, as JSON. */
export function renderRated(
  { verdict, analyses, ...rated }: RatedTicker,
  { analysisDate, at, source }: { analysisDate: IsoDate; at: string; source: RecommendationOrigin },
): Omit<TickerAnalysisView, "sector"> {
  const details: TickerAnalysisView["details"] = {};
  for (const { type, score, indicators, raw, metadata } of analyses)
    details[type] = { score, indicators, raw_data: raw ?? null, metadata };
  const qualities = ANALYSIS_TYPES.map((type) => [type, qualityOf(details[type]?.metadata.status)] as const);
  const recommendation: RecommendationView = {
    ticker: rated.ticker,
    company_name: rated.companyName,
    recommendation: verdict.recommendation,
    total_score: verdict.totalScore,
    confidence: verdict.confidence,
    technical_score: details.technical?.score ?? null,
    fundamental_score: details.fundamental?.score ?? null,
    macro_score: details.macro?.score ?? null,
    sentiment_score: details.sentiment?.score ?? null,
    current_price: rated.currentPrice,
    target_price: verdict.targetPrice,
    risk_level: verdict.riskLevel,
    color: RECOMMENDATION_COLORS[verdict.recommendation],
    summary: verdict.summary,
    timestamp: at,
    analysis_date: analysisDate,
    bar_date: rated.barDate,
    currency: rated.currency,
    coverage: verdict.coverage,
    scoring_profile: verdict.profile,
    data_quality: Object.fromEntries(qualities) as DataQualities,
    source,
    data_source: rated.dataSource,
  };
  return { recommendation, details };
}

/** Order of every list of recommendations of one date. */
export function byTotalThenTicker(left: RecommendationView, right: RecommendationView): number {
  return right.total_score - left.total_score || (left.ticker < right.ticker ? -1 : 1);
}

/** What readers hear of a part: a failed source gave no more than a missing one. */
export function qualityOf(status: string | undefined): DataQuality {
  return DATA_QUALITIES.find((quality) => quality === status) ?? "missing";
}

function renderQualities(statuses: string | null): DataQualities {
  const known = new Map((statuses ?? "").split(",").map((pair) => pair.split(":") as [string, string]));
  const pairs = ANALYSIS_TYPES.map((type) => [type, qualityOf(known.get(type))] as const);
  return Object.fromEntries(pairs) as DataQualities;
}
