import type { AnalysisMetadata, AnalysisType, ScoringProfile } from "../../../db/schema/recommendations.ts";
import { roundHalfEven, roundHalfUp } from "../../../kit/round.ts";
import type { ScoredAnalysis } from "../analysis.ts";
import type { Available, Unavailable } from "../facts.ts";

/** Where the facts of an analysis came from. */
export type Origin = Pick<AnalysisMetadata, "status" | "source" | "fetched_at" | "as_of">;

export function originOf(sourced: Available<unknown>): Origin {
  return {
    status: sourced.status,
    source: sourced.source,
    fetched_at: sourced.fetchedAt,
    as_of: sourced.asOf,
  };
}

/** The analysis of a source that gave nothing: no score, and the reason. */
export function renderUnavailable(type: AnalysisType, { status, source, reason }: Unavailable): ScoredAnalysis {
  const metadata = { status, source, fetched_at: null, as_of: null, error: reason };
  return { type, score: null, indicators: null, raw: null, metadata };
}

/** The analysis of facts that do not suffice for a score. What was found is kept. */
export function renderMissing(analysis: Omit<ScoredAnalysis, "score">, reason: string): ScoredAnalysis {
  return checkFinite({
    ...analysis,
    score: null,
    metadata: { ...analysis.metadata, status: "missing", error: reason },
  });
}

/**
 * The analysis itself when its score and all its numbers are finite. Otherwise an analysis with status `error` that names
 * them and has no score, because such a number must never be stored.
 */
export function checkFinite(analysis: ScoredAnalysis): ScoredAnalysis {
  const { score, indicators, metadata } = analysis;
  const numbers = [
    ["score", score],
    ...Object.entries(indicators ?? {}),
    ...Object.entries(metadata.points ?? {}),
  ] as const;
  const faulty = numbers.flatMap(([name, value]) =>
    typeof value === "number" && !Number.isFinite(value) ? [name] : [],
  );
  if (faulty.length === 0) return analysis;
  return renderFault(analysis, `Not a finite number: ${[...new Set(faulty)].join(", ")}.`);
}

/** The analysis of facts that cannot be right. */
export function renderFault(analysis: Omit<ScoredAnalysis, "score">, error: string): ScoredAnalysis {
  const { points: _points, signals: _signals, ...metadata } = analysis.metadata;
  return { ...analysis, score: null, indicators: null, metadata: { ...metadata, status: "error", error } };
}

/** Rounds as the profile does: `legacy-1` half to even like its original, `v2` half up. */
export function roundFor(profile: ScoringProfile, value: number, decimals = 2): number {
  return profile === "legacy-1" ? roundHalfEven(value, decimals) : roundHalfUp(value, decimals);
}

/** The entries that have a value. */
export function withoutNulls<Value>(record: Readonly<Record<string, Value | null>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null)) as Record<string, Value>;
}
