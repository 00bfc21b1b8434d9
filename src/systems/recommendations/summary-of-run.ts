import { ANALYSIS_TYPES, type AnalysisType } from "../../db/schema/recommendations.ts";
import type { JobResult } from "../../jobs/define.ts";
import type { IsoDate } from "../../kit/dates.ts";
import type { ScoredAnalysis } from "./analysis.ts";
import type { Quota, SourceCalls } from "./source-calls.ts";
import { sourcesDown } from "./source-calls.ts";

/**
 * What became of one ticker in a run. `already_written`: an earlier attempt did it. `skipped`: the folder of csv prices has
 * no such file, which is no fault of the run.
 */
export interface TickerReport {
  ticker: string;
  status: "written" | "failed" | "skipped" | "already_written";
  ms: number;
  /** Code of why there is no row. */
  error?: string;
  reason?: string;
  coverage?: number;
  bar_date?: IsoDate;
}

export type ErrorsByAnalysis = Record<AnalysisType, number>;

/** What a run has seen so far. */
export interface RunTally {
  analysisDate: IsoDate;
  dataSource: string;
  perTicker: TickerReport[];
  /** Of all tickers, those without a row included. */
  errorsByAnalysis: ErrorsByAnalysis;
  /** Failed analyses of tickers that have a row all the same, and of the country. */
  failedParts: number;
}

export function startTally(analysisDate: IsoDate, dataSource: string): RunTally {
  const errorsByAnalysis = Object.fromEntries(ANALYSIS_TYPES.map((type) => [type, 0])) as ErrorsByAnalysis;
  return { analysisDate, dataSource, perTicker: [], errorsByAnalysis, failedParts: 0 };
}

/** Counts the analyses that failed (asked and got an error); what is merely missing is no error. */
export function countFailedAnalyses(tally: RunTally, analyses: readonly ScoredAnalysis[]): void {
  for (const { type, metadata } of analyses) {
    if (metadata.status !== "error" && metadata.refresh_error === undefined) continue;
    tally.errorsByAnalysis[type]++;
    tally.failedParts++;
  }
}

/**
 * The result of a run from what became of its tickers. It completes when at least `minSuccessRatio` of the tickers with a
 * source of prices have a row, and never without any.
 */
export function summarizeRun(
  tally: RunTally,
  options: { minSuccessRatio: number; sourceCalls: Record<string, SourceCalls>; quota: Quota },
): JobResult {
  const count = (status: TickerReport["status"]) => tally.perTicker.filter((report) => report.status === status).length;
  const written = count("written");
  const [rated, failed] = [written + count("already_written"), count("failed")];
  const wanted = rated + failed;
  const completed = rated > 0 && rated >= options.minSuccessRatio * wanted;
  const outcome = !completed ? "failed" : failed > 0 ? "partial" : "ok";
  const message = explain(tally, { rated, wanted, outcome });
  return {
    outcome,
    unitsWritten: written,
    errors: failed + tally.failedParts,
    ...(message ? { message } : {}),
    logData: {
      analysis_date: tally.analysisDate,
      data_source: tally.dataSource,
      per_ticker: tally.perTicker,
      errors_by_analysis: tally.errorsByAnalysis,
      source_calls: Object.fromEntries(
        Object.entries(options.sourceCalls).map(([source, { calls }]) => [source, calls]),
      ),
      sources_down: sourcesDown(options.sourceCalls),
      quota: options.quota,
    },
  };
}

function explain(
  { analysisDate, perTicker }: RunTally,
  { rated, wanted, outcome }: { rated: number; wanted: number; outcome: JobResult["outcome"] },
): string | undefined {
  if (outcome === "ok") return undefined;
  if (wanted === 0) return `No ticker could be rated on ${analysisDate}: there is no source of prices for any of them.`;
  const reasons = new Map<string, string[]>();
  for (const { ticker, error, status } of perTicker)
    if (status === "failed" && error) reasons.set(error, [...(reasons.get(error) ?? []), ticker]);
  const list = [...reasons].map(([error, tickers]) => `${error}: ${tickers.join(", ")}`).join("; ");
  return `${rated} of ${wanted} tickers have a row for ${analysisDate} (${list}).`;
}
