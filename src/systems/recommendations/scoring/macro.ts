import { type Band, pointsBelow, pointsUpTo, sumPoints } from "./bands.ts";

/** Values of profile `legacy-1`: levels. Null = unknown. */
export interface MacroLevels {
  /** ARS per USD. */
  usd: number | null;
  cer: number | null;
  /** Monthly, percent. */
  inflation: number | null;
  /** Basis points. */
  countryRisk: number | null;
}

/** Values of profile `v2`: two levels and two changes over 30 days in percent. Null = unknown. */
export interface MacroFigures {
  usdChange: number | null;
  cerChange: number | null;
  inflation: number | null;
  countryRisk: number | null;
}

export type MacroPoints = Record<"usd" | "cer" | "inflation" | "country_risk", number | null>;

const USD_LEVEL_BANDS: readonly Band[] = [
  [300, 15],
  [500, 20],
  [800, 10],
  [1200, 5],
];
const INFLATION_BANDS: readonly Band[] = [
  [2, 35],
  [5, 25],
  [10, 15],
  [20, 5],
];
const RISK_BANDS: readonly Band[] = [
  [500, 25],
  [1000, 20],
  [1500, 10],
  [2000, 5],
];
const USD_CHANGE_BANDS: readonly Band[] = [
  [1, 25],
  [2, 20],
  [4, 12],
  [8, 5],
];
const CER_CHANGE_BANDS: readonly Band[] = [
  [1.5, 15],
  [3, 12],
  [6, 8],
  [10, 4],
];

const MAXIMA = { usd: 25, cer: 15, inflation: 35, country_risk: 25 };

/** Less of the maxima than this is no macro score. */
const NEEDED_MAXIMA = 50;

/** Profile `legacy-1`: 50 plus points, so that it never falls below 50; 50 when nothing is known. */
export function scoreMacroLegacy({ usd, cer, inflation, countryRisk }: MacroLevels): {
  points: MacroPoints;
  score: number;
} {
  const points = {
    usd: pointsOrNull(usd, (rate) => pointsBelow(rate, USD_LEVEL_BANDS)),
    cer: pointsOrNull(cer, (index) => (index > 0 ? 10 : 0)),
    inflation: pointsOrNull(inflation, (rate) => pointsBelow(rate, INFLATION_BANDS)),
    country_risk: pointsOrNull(countryRisk, (spread) => pointsBelow(spread, RISK_BANDS)),
  };
  return { points, score: Math.min(100, 50 + sumPoints(points, MAXIMA).sum) };
}

/** Profile `v2`: points of what is known, rescaled to 0..100; null with less than half of the maxima. Not rounded. */
export function scoreMacro({ usdChange, cerChange, inflation, countryRisk }: MacroFigures): {
  points: MacroPoints;
  score: number | null;
} {
  const points = {
    usd: pointsOrNull(usdChange, (change) => pointsUpTo(change, USD_CHANGE_BANDS)),
    cer: pointsOrNull(cerChange, (change) => pointsUpTo(change, CER_CHANGE_BANDS)),
    inflation: pointsOrNull(inflation, (rate) => pointsBelow(rate, INFLATION_BANDS)),
    country_risk: pointsOrNull(countryRisk, (spread) => pointsBelow(spread, RISK_BANDS)),
  };
  const { sum, maximum } = sumPoints(points, MAXIMA);
  return { points, score: maximum < NEEDED_MAXIMA ? null : (100 * sum) / maximum };
}

const pointsOrNull = (value: number | null, points: (value: number) => number) =>
  value === null ? null : points(value);
