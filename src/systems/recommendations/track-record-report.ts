import type { DataSource } from "../../db/schema/market.ts";
import { RECOMMENDATIONS, type Recommendation, type ScoringProfile } from "../../db/schema/recommendations.ts";
import type { IsoDate } from "../../kit/dates.ts";
import { roundHalfUp } from "../../kit/round.ts";
import { HORIZONS, type Horizon, holdBand } from "./outcomes.ts";

/** One judged recommendation, as the report needs it. */
export interface JudgedRecommendation {
  origin: "batch" | "backfill";
  dataSource: DataSource;
  profile: ScoringProfile;
  ticker: string;
  barDate: IsoDate;
  recommendation: Recommendation;
  totalScore: number;
  confidence: number;
  horizon: Horizon;
  returnFraction: number;
  excessReturn: number | null;
  benchmark: string | null;
  hit: boolean;
}

/** Figures of a set of judged recommendations. Rates and returns are fractions with four decimals; null without any. */
export interface OutcomeFigures {
  n: number;
  hit_rate: number | null;
  mean_return: number | null;
  /** Of those that have a benchmark. */
  mean_excess_return: number | null;
}

export interface HorizonReport extends OutcomeFigures {
  /** Sessions after the recommendation's bar. */
  horizon: Horizon;
  /** Different sessions among the `n`: neighbouring windows overlap, so `n` is not a number of independent trials. */
  sessions: number;
  /** MANTENER counts as right within this of the benchmark, as a fraction. */
  hold_band: number;
  by_recommendation: (OutcomeFigures & { recommendation: Recommendation })[];
  /** `from <= total_score < to`; the last bucket holds 100 too. Empty ones are left out. */
  by_score: (OutcomeFigures & { from: number; to: number })[];
  /** Announced confidence beside how often it was right. */
  calibration: (OutcomeFigures & { from: number; to: number; mean_confidence: number })[];
}

/** Recommendations that may be counted together: same kind, same source of prices, same profile. */
export interface TrackRecordGroup {
  origin: "batch" | "backfill";
  data_source: DataSource;
  scoring_profile: ScoringProfile;
  from: IsoDate;
  to: IsoDate;
  tickers: number;
  horizons: HorizonReport[];
}

export interface TrackRecordReport {
  /** Symbol of the benchmark; null when nothing was measured against one. */
  benchmark: string | null;
  computed_at: string | null;
  groups: TrackRecordGroup[];
}

const SCORE_BUCKETS = [0, 40, 50, 60, 70, 80, 100];
const CONFIDENCE_BUCKETS = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

/** Figures by group and horizon; sample and real data, batches and backfills, and the two profiles never mix. */
export function computeTrackRecord(
  judged: readonly JudgedRecommendation[],
  computedAt: string | null,
): TrackRecordReport {
  const groups = Map.groupBy(judged, ({ origin, dataSource, profile }) => `${origin} ${dataSource} ${profile}`);
  return {
    benchmark: judged.find(({ benchmark }) => benchmark !== null)?.benchmark ?? null,
    computed_at: computedAt,
    groups: [...groups].toSorted(([a], [b]) => a.localeCompare(b)).map(([, members]) => describeGroup(members)),
  };
}

function describeGroup(members: readonly JudgedRecommendation[]): TrackRecordGroup {
  const { origin, dataSource, profile } = members[0]!;
  const dates = members.map(({ barDate }) => barDate).sort();
  return {
    origin,
    data_source: dataSource,
    scoring_profile: profile,
    from: dates[0]!,
    to: dates.at(-1)!,
    tickers: new Set(members.map(({ ticker }) => ticker)).size,
    horizons: HORIZONS.map((horizon) =>
      describeHorizon(
        horizon,
        members.filter((member) => member.horizon === horizon),
      ),
    ),
  };
}

function describeHorizon(horizon: Horizon, members: readonly JudgedRecommendation[]): HorizonReport {
  return {
    horizon,
    ...figuresOf(members),
    sessions: new Set(members.map(({ barDate }) => barDate)).size,
    hold_band: roundHalfUp(holdBand(horizon), 4),
    by_recommendation: RECOMMENDATIONS.map((recommendation) => ({
      recommendation,
      ...figuresOf(members.filter((member) => member.recommendation === recommendation)),
    })),
    by_score: bucketed(members, SCORE_BUCKETS, ({ totalScore }) => totalScore),
    calibration: bucketed(members, CONFIDENCE_BUCKETS, ({ confidence }) => confidence).map((bucket) => ({
      ...bucket,
      mean_confidence: roundHalfUp(
        meanOf(inBucket(members, bucket, ({ confidence }) => confidence).map(({ confidence }) => confidence))!,
        1,
      ),
    })),
  };
}

function bucketed(
  members: readonly JudgedRecommendation[],
  limits: readonly number[],
  value: (member: JudgedRecommendation) => number,
) {
  const buckets = limits.slice(1).map((to, index) => ({ from: limits[index]!, to }));
  return buckets
    .map((bucket) => ({ ...bucket, ...figuresOf(inBucket(members, bucket, value)) }))
    .filter(({ n }) => n > 0);
}

function inBucket(
  members: readonly JudgedRecommendation[],
  { from, to }: { from: number; to: number },
  value: (member: JudgedRecommendation) => number,
): JudgedRecommendation[] {
  return members.filter(
    (member) => value(member) >= from && (value(member) < to || (to === 100 && value(member) === 100)),
  );
}

function figuresOf(members: readonly JudgedRecommendation[]): OutcomeFigures {
  const excess = members.map(({ excessReturn }) => excessReturn).filter((value) => value !== null);
  return {
    n: members.length,
    hit_rate: rounded(meanOf(members.map(({ hit }) => (hit ? 1 : 0)))),
    mean_return: rounded(meanOf(members.map(({ returnFraction }) => returnFraction))),
    mean_excess_return: rounded(meanOf(excess)),
  };
}

const rounded = (value: number | null): number | null => (value === null ? null : roundHalfUp(value, 4));

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
