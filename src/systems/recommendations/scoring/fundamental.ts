import type { FundamentalFacts, Ratios, Ticker } from "../facts.ts";
import { type Band, pointsAbove, pointsBelow, sumPoints } from "./bands.ts";

const ROE_BANDS: readonly Band[] = [
  [15, 40],
  [10, 30],
  [5, 20],
  [0, 10],
];
const DEBT_BANDS: readonly Band[] = [
  [0.5, 30],
  [1, 25],
  [1.5, 15],
  [2, 5],
];
const LIQUIDITY_BANDS: readonly Band[] = [
  [2, 30],
  [1.5, 25],
  [1.2, 20],
  [1, 10],
];
const BANK_ROE_BANDS: readonly Band[] = ROE_BANDS.map(([limit, points]) => [limit, points * 1.5]);
const BANK_ROA_BANDS: readonly Band[] = [
  [2, 40],
  [1, 30],
  [0.5, 20],
  [0, 10],
];

const CORPORATE_MAXIMA = { roe: 40, debt_to_equity: 30, current_ratio: 30 };
const BANK_MAXIMA = { roe: 60, roa: 40 };

/** Ratios that must be known of a corporate's three. */
const NEEDED_CORPORATE_RATIOS = 2;

export interface FundamentalScore {
  points: Record<string, number | null>;
  /** 0..100, not rounded; null when too little is known. */
  score: number | null;
}

type ScoredRatios = Pick<Ratios, "roe" | "debtToEquity" | "currentRatio" | "peRatio" | "grossMargin">;

/**
 * Profile `legacy-1`: bands against the ratios as they come, a missing ratio gives half of its points. The bands of ROE
 * mean percent; the original fed them fractions, and so does this profile.
 */
export function scoreFundamentalLegacy(ratios: Partial<ScoredRatios>): {
  points: Record<string, number>;
  score: number;
} {
  const { roe = null, debtToEquity = null, currentRatio = null, peRatio = null, grossMargin = null } = ratios;
  const points = {
    roe: roe === null ? 20 : pointsAbove(roe, ROE_BANDS),
    debt_to_equity: debtToEquity === null ? 15 : pointsBelow(debtToEquity, DEBT_BANDS),
    current_ratio: currentRatio === null ? 15 : pointsAbove(currentRatio, LIQUIDITY_BANDS),
    ...bonusPoints(peRatio, grossMargin),
  };
  return { points, score: Math.min(100, sumOf(points)) };
}

/** Profile `v2`: percent units, missing ratios left out and the rest rescaled, banks judged by returns alone. */
export function scoreFundamental(facts: Facts, kind: Ticker["kind"]): FundamentalScore {
  return kind === "bank" ? scoreBank(facts) : scoreCorporate(facts);
}

type Facts = Pick<FundamentalFacts, "ratios" | "equityNotPositive">;

function scoreCorporate(facts: Facts): FundamentalScore {
  const { ratios } = facts;
  const noEquity = lacksEquity(facts);
  const main = {
    roe: noEquity ? 0 : pointsOrNull(ratios.roe, (roe) => pointsAbove(toPercent(roe), ROE_BANDS)),
    debt_to_equity: noEquity ? 0 : pointsOrNull(ratios.debtToEquity, (ratio) => pointsBelow(ratio, DEBT_BANDS)),
    current_ratio: pointsOrNull(ratios.currentRatio, (ratio) => pointsAbove(ratio, LIQUIDITY_BANDS)),
  };
  const bonus = bonusPoints(ratios.peRatio, ratios.grossMargin);
  const points = { ...main, ...bonus };
  const known = Object.values(main).filter((given) => given !== null).length;
  if (known < NEEDED_CORPORATE_RATIOS) return { points, score: null };
  const { sum, maximum } = sumPoints(main, CORPORATE_MAXIMA);
  return { points, score: Math.min(100, (100 * sum) / maximum + sumOf(bonus)) };
}

/** Leverage, liquidity, margin and bonus mean nothing for a bank. ROA alone is less than half of the evidence: no score. */
function scoreBank(facts: Facts): FundamentalScore {
  const { ratios } = facts;
  const points = {
    roe: lacksEquity(facts) ? 0 : pointsOrNull(ratios.roe, (roe) => pointsAbove(toPercent(roe), BANK_ROE_BANDS)),
    roa: pointsOrNull(ratios.roa, (roa) => pointsAbove(toPercent(roa), BANK_ROA_BANDS)),
  };
  if (points.roe === null) return { points, score: null };
  const { sum, maximum } = sumPoints(points, BANK_MAXIMA);
  return { points, score: (100 * sum) / maximum };
}

/** Debt is never negative, so a negative debt/equity betrays negative equity even where the source does not say so. */
function lacksEquity({ ratios, equityNotPositive }: Facts): boolean {
  return equityNotPositive || (ratios.debtToEquity !== null && ratios.debtToEquity < 0);
}

function bonusPoints(peRatio: number | null, grossMargin: number | null) {
  return {
    pe_bonus: peRatio !== null && peRatio > 5 && peRatio < 20 ? 5 : 0,
    margin_bonus: grossMargin !== null && grossMargin > 0.3 ? 5 : 0,
  };
}

const toPercent = (fraction: number) => fraction * 100;

const pointsOrNull = (value: number | null, points: (value: number) => number) =>
  value === null ? null : points(value);

const sumOf = (points: Record<string, number>) => Object.values(points).reduce((sum, given) => sum + given, 0);
