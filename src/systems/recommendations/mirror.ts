import type { OwingTable, RowStream, StreamColumn } from "../../mirror/stream.ts";
import { DAILY_ANALYSIS, TRACK_RECORD } from "./job-names.ts";

const PARENT = "daily_recommendations";

/** What Supabase gets of the recommendations: parents first. Numbers of rows are this machine's own and stay here. */
export const recommendationStreams: readonly RowStream[] = [
  {
    kind: "rows",
    name: PARENT,
    table: PARENT,
    key: ["analysis_date", "ticker"],
    columns: {
      analysis_date: "date",
      ticker: "text",
      recommendation: "text",
      total_score: "real",
      confidence: "real",
      technical_score: "real",
      fundamental_score: "real",
      macro_score: "real",
      sentiment_score: "real",
      current_price: "real",
      target_price: "real",
      risk_level: "text",
      summary: "text",
      created_at: "instant",
      company_name: "text",
      currency: "text",
      bar_date: "date",
      coverage: "real",
      scoring_profile: "text",
      data_source: "text",
      trigger: "text",
      job_run_uid: { kind: "text", sql: "(select run.uid from job_runs run where run.id = t.job_run_id)" },
      revision: "integer",
      updated_at: "instant",
    },
    owedBy: [{ table: PARENT, also: ["job_run_id"] }],
    writers: [DAILY_ANALYSIS],
    unknownColumns: "block",
  },
  {
    kind: "rows",
    name: "analysis_details",
    ...partsOf("analysis_details", "analysis_type"),
    columns: {
      ...parentKey(),
      analysis_type: "text",
      raw_data: "json",
      indicators: "json",
      score: "real",
      metadata: "json",
      created_at: "instant",
    },
    writers: [DAILY_ANALYSIS],
    unknownColumns: "block",
  },
  {
    kind: "rows",
    name: "recommendation_outcomes",
    ...partsOf("recommendation_outcomes", "horizon"),
    columns: {
      ...parentKey(),
      horizon: "integer",
      bar_date: "date",
      start_price: "real",
      end_date: "date",
      end_price: "real",
      return_fraction: "real",
      benchmark: "text",
      benchmark_return: "real",
      excess_return: "real",
      hit: "boolean",
      computed_at: "instant",
    },
    writers: [TRACK_RECORD],
    unknownColumns: "block",
  },
];

function parentKey(): Record<"analysis_date" | "ticker", StreamColumn> {
  return {
    analysis_date: { kind: "date", sql: "parent.analysis_date" },
    ticker: { kind: "text", sql: "parent.ticker" },
  };
}

/**
 * A table whose rows belong to a recommendation. Its own rows name their parent while that is there; a parent that goes, or
 * gets another key, names its rows.
 */
function partsOf(table: string, part: string) {
  const own: OwingTable = {
    table,
    also: ["recommendation_id"],
    keys: (row) => ({
      values: ["parent.analysis_date", "parent.ticker", `${row}."${part}"`],
      from: `${PARENT} parent`,
      where: `parent.id = ${row}.recommendation_id`,
    }),
  };
  const parent: OwingTable = {
    table: PARENT,
    columns: ["analysis_date", "ticker"],
    keys: (row) => ({
      values: [`${row}.analysis_date`, `${row}.ticker`, `part."${part}"`],
      from: `${table} part`,
      where: `part.recommendation_id = ${row}.id`,
    }),
  };
  return {
    table,
    joins: `join ${PARENT} parent on parent.id = t.recommendation_id`,
    key: ["analysis_date", "ticker", part],
    owedBy: [own, parent],
  };
}
