import { getTableColumns, inArray, sql } from "drizzle-orm";
import type { Writer } from "../../db/index.ts";
import type { DataSource } from "../../db/schema/market.ts";
import { analysisDetails, dailyRecommendations, recommendationOutcomes } from "../../db/schema/recommendations.ts";
import type { IsoDate } from "../../kit/dates.ts";
import { VigiaError } from "../../kit/errors.ts";
import { roundHalfUp } from "../../kit/round.ts";
import type { ScoredAnalysis, Verdict } from "./analysis.ts";

/** A verdict with everything that its row and its details say. */
export interface RatedTicker {
  ticker: string;
  companyName: string;
  currency: string;
  barDate: IsoDate;
  currentPrice: number | null;
  dataSource: DataSource;
  verdict: Verdict;
  /** The analyses that were made, at most one of each type. */
  analyses: readonly ScoredAnalysis[];
}

/** Where and by whom it is written. */
export interface RowOrigin {
  analysisDate: IsoDate;
  trigger: string;
  jobRunId: number | null;
  /** UTC instant. */
  writtenAt: string;
}

type NewRow = typeof dailyRecommendations.$inferInsert;

/**
 * Writes the one row of each date and ticker, and replaces its details. A second write of the same date grows `revision`
 * and keeps `created_at`. A few statements for all rows, because a backfill writes thousands. Errors: `not_finite` for a
 * number that is none; then nothing is stored.
 */
export async function saveRecommendations(
  tx: Writer,
  rated: readonly RatedTicker[],
  originOf: (rated: RatedTicker) => RowOrigin,
): Promise<void> {
  if (rated.length === 0) return;
  const rows = rated.map((one) => toRow(one, originOf(one)));
  for (const row of rows) checkNumbers(row);
  const saved = await tx
    .insert(dailyRecommendations)
    .values(rows)
    .onConflictDoUpdate({ target: [dailyRecommendations.analysisDate, dailyRecommendations.ticker], set: REWRITTEN })
    .returning({
      id: dailyRecommendations.id,
      analysisDate: dailyRecommendations.analysisDate,
      ticker: dailyRecommendations.ticker,
      revision: dailyRecommendations.revision,
    });
  const rewritten = saved.filter(({ revision }) => revision > 1).map(({ id }) => id);
  if (rewritten.length > 0) {
    await tx.delete(analysisDetails).where(inArray(analysisDetails.recommendationId, rewritten));
    // What was judged is not what stands there now; the next track_record judges it again.
    await tx.delete(recommendationOutcomes).where(inArray(recommendationOutcomes.recommendationId, rewritten));
  }
  const ids = new Map(saved.map(({ id, analysisDate, ticker }) => [`${analysisDate} ${ticker}`, id]));
  const details = rated.flatMap(({ analyses }, index) => {
    const { analysisDate, ticker, updatedAt } = rows[index]!;
    return analyses.map((analysis) => toDetail(ids.get(`${analysisDate} ${ticker}`)!, analysis, updatedAt));
  });
  if (details.length > 0) await tx.insert(analysisDetails).values(details);
}

/** Every column takes its new value but those that identify the row and tell its age. */
const REWRITTEN = Object.fromEntries(
  Object.entries(getTableColumns(dailyRecommendations))
    .filter(([name]) => !["id", "analysisDate", "ticker", "createdAt"].includes(name))
    .map(([name, column]) => [
      name,
      name === "revision" ? sql`${dailyRecommendations.revision} + 1` : sql.raw(`excluded."${column.name}"`),
    ]),
);

function toRow({ verdict, analyses, ...rated }: RatedTicker, origin: RowOrigin): NewRow {
  const scoreOf = (type: ScoredAnalysis["type"]) => analyses.find((analysis) => analysis.type === type)?.score ?? null;
  return {
    analysisDate: origin.analysisDate,
    ticker: rated.ticker,
    recommendation: verdict.recommendation,
    totalScore: verdict.totalScore,
    confidence: verdict.confidence,
    technicalScore: scoreOf("technical"),
    fundamentalScore: scoreOf("fundamental"),
    macroScore: scoreOf("macro"),
    sentimentScore: scoreOf("sentiment"),
    currentPrice: rated.currentPrice,
    targetPrice: verdict.targetPrice,
    riskLevel: verdict.riskLevel,
    summary: verdict.summary,
    createdAt: origin.writtenAt,
    companyName: rated.companyName,
    currency: rated.currency,
    barDate: rated.barDate,
    coverage: roundHalfUp(verdict.coverage, 4),
    scoringProfile: verdict.profile,
    dataSource: rated.dataSource,
    trigger: origin.trigger,
    jobRunId: origin.jobRunId,
    updatedAt: origin.writtenAt,
  };
}

const toDetail = (recommendationId: number, analysis: ScoredAnalysis, createdAt: string) => ({
  recommendationId,
  analysisType: analysis.type,
  rawData: analysis.raw ?? null,
  indicators: analysis.indicators,
  score: analysis.score,
  metadata: analysis.metadata,
  createdAt,
});

function checkNumbers(row: NewRow): void {
  for (const [column, value] of Object.entries(row))
    if (typeof value === "number" && !Number.isFinite(value))
      throw new VigiaError("not_finite", `${row.ticker}: ${column} is not a finite number, so nothing is stored.`);
}
