import type {
  AnalysisMetadata,
  AnalysisType,
  Recommendation,
  RiskLevel,
  ScoringProfile,
} from "../../db/schema/recommendations.ts";

/** One scored analysis, as it is stored in `analysis_details`. */
export interface ScoredAnalysis {
  type: AnalysisType;
  /** 0..100, rounded to 2 decimals; null when the source had no data. */
  score: number | null;
  /** The numbers that were scored, by snake_case name. */
  indicators: Record<string, number | string | null> | null;
  raw: unknown;
  metadata: AnalysisMetadata;
}

/** The verdict on one ticker. */
export interface Verdict {
  profile: ScoringProfile;
  recommendation: Recommendation;
  /** 0..100, 2 decimals. */
  totalScore: number;
  /** 0..100, 1 decimal. */
  confidence: number;
  coverage: number;
  riskLevel: RiskLevel;
  targetPrice: number | null;
  /** Spanish, one line. */
  summary: string;
}

export interface Weights {
  technical: number;
  fundamental: number;
  macro: number;
  sentiment: number;
}

export interface Thresholds {
  buy: number;
  hold: number;
}
