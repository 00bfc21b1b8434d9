import type { ScoringProfile } from "../../../db/schema/recommendations.ts";
import type { ScoredAnalysis } from "../analysis.ts";
import type { FundamentalFacts, Sourced, Ticker } from "../facts.ts";
import { scoreFundamental, scoreFundamentalLegacy } from "./fundamental.ts";
import { checkFinite, originOf, renderMissing, renderUnavailable, roundFor, withoutNulls } from "./scored.ts";

/**
 * Scores the ratios of one company. `indicators` holds them by snake_case name (returns and margins as fractions), null
 * where the source has none. Too few ratios: status `missing` with what was found.
 */
export function analyzeFundamental(
  sourced: Sourced<FundamentalFacts>,
  kind: Ticker["kind"],
  profile: ScoringProfile,
): ScoredAnalysis {
  if (!("facts" in sourced)) return renderUnavailable("fundamental", sourced);
  const { facts } = sourced;
  const { points, score } = profile === "legacy-1" ? scoreKnownLegacy(facts) : scoreFundamental(facts, kind);
  const analysis: Omit<ScoredAnalysis, "score"> = {
    type: "fundamental",
    indicators: describeRatios(facts),
    raw: sourced.raw,
    metadata: { ...originOf(sourced), points: withoutNulls(points), ...describeCompany(facts) },
  };
  if (score === null) return renderMissing(analysis, "Too few ratios for a score.");
  return checkFinite({ ...analysis, score: roundFor(profile, score) });
}

/** The original scores a set without any ratio at 50; nothing known is no score here. */
function scoreKnownLegacy({ ratios }: FundamentalFacts) {
  const { roe, debtToEquity, currentRatio, peRatio, grossMargin } = ratios;
  const known = [roe, debtToEquity, currentRatio, peRatio, grossMargin].some((ratio) => ratio !== null);
  const { points, score } = scoreFundamentalLegacy(ratios);
  return { points, score: known ? score : null };
}

function describeRatios({ ratios, equityNotPositive }: FundamentalFacts) {
  return {
    roe: ratios.roe,
    roa: ratios.roa,
    debt_to_equity: ratios.debtToEquity,
    current_ratio: ratios.currentRatio,
    quick_ratio: ratios.quickRatio,
    pe_ratio: ratios.peRatio,
    pb_ratio: ratios.pbRatio,
    gross_margin: ratios.grossMargin,
    operating_margin: ratios.operatingMargin,
    net_margin: ratios.netMargin,
    equity_not_positive: equityNotPositive ? 1 : 0,
  };
}

function describeCompany({ companyName, sector, marketCap, periodEnd, currency }: FundamentalFacts) {
  const finiteCap = marketCap !== null && Number.isFinite(marketCap) ? marketCap : null;
  return { company_name: companyName, sector, market_cap: finiteCap, period_end: periodEnd, currency };
}
