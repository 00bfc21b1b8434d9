import { sumPoints } from "./bands.ts";
import type { Indicators } from "./indicators.ts";

/** Points by component; null where a component is left out of the score. */
export interface TechnicalPoints {
  rsi: number | null;
  macd: number | null;
  averages: number | null;
  bollinger: number | null;
}

export interface TechnicalScore {
  points: TechnicalPoints;
  /** 0..100, not rounded; null when no component is present. */
  score: number | null;
}

export interface TechnicalSignals {
  rsi: string | null;
  macd: string | null;
  trend: string | null;
}

/** What each component can give at most; 95 in all, which is why `v2` rescales. */
export const TECHNICAL_MAXIMA: Readonly<Record<keyof TechnicalPoints, number>> = {
  rsi: 25,
  macd: 25,
  averages: 25,
  bollinger: 20,
};

/** Fewest bars that each profile scores in a run. */
export const MINIMUM_BARS = { "legacy-1": 21, v2: 60 } as const;

/** Profile `legacy-1`: an undefined indicator counts as present and loses its comparisons, as in the original. Capped sum. */
export function scoreTechnicalLegacy(price: number, indicators: Indicators): TechnicalScore {
  const averages = [indicators.sma_20, indicators.sma_50, indicators.sma_200];
  const points = {
    rsi: Number.isNaN(indicators.rsi) ? 0 : rsiPoints(indicators.rsi),
    macd: macdPoints(indicators),
    averages: averagesPoints(price, averages),
    bollinger: bollingerPoints(price, indicators),
  };
  return { points, score: Math.min(100, points.rsi + points.macd + points.averages + points.bollinger) };
}

/** Profile `v2`: undefined components are left out, and the rest is rescaled to 0..100. */
export function scoreTechnical(price: number, indicators: Indicators): TechnicalScore {
  const averages = [indicators.sma_20, indicators.sma_50, indicators.sma_200].filter(
    (average) => !Number.isNaN(average),
  );
  const points = {
    rsi: Number.isNaN(indicators.rsi) ? null : rsiPoints(indicators.rsi),
    macd: Number.isNaN(indicators.macd_histogram) ? null : macdPoints(indicators),
    averages: averages.length === 0 ? null : averagesPoints(price, averages),
    bollinger: Number.isNaN(indicators.bollinger_upper) ? null : bollingerPoints(price, indicators),
  };
  const { sum, maximum } = sumPoints(points, TECHNICAL_MAXIMA);
  return { points, score: maximum === 0 ? null : (100 * sum) / maximum };
}

function rsiPoints(rsi: number): number {
  if (rsi < 30) return 25;
  if (rsi < 50) return 15;
  return rsi < 70 ? 20 : 10;
}

function macdPoints({ macd_histogram: difference }: Indicators): number {
  if (difference > 0) return 25;
  return difference < 0 ? 5 : 10;
}

function averagesPoints(price: number, averages: readonly number[]): number {
  return (25 * averages.filter((average) => price > average).length) / averages.length;
}

function bollingerPoints(price: number, { bollinger_lower: lower, bollinger_upper: upper }: Indicators): number {
  if (price < lower) return 20;
  if (price > upper) return 5;
  return price > (upper + lower) / 2 ? 15 : 10;
}

/** Texts of profile `legacy-1`: undefined values fall through to the neutral texts. */
export function describeTechnicalLegacy(price: number, indicators: Indicators) {
  return {
    rsi: rsiText(indicators.rsi),
    macd: indicators.macd > indicators.macd_signal ? "Señal alcista" : "Señal bajista",
    trend: trendText(price, indicators),
  };
}

/** Texts of profile `v2`: the same, but nothing is said of what is undefined. */
export function describeTechnical(price: number, indicators: Indicators): TechnicalSignals {
  const texts = describeTechnicalLegacy(price, indicators);
  return {
    rsi: Number.isNaN(indicators.rsi) ? null : texts.rsi,
    macd: Number.isNaN(indicators.macd_histogram) ? null : texts.macd,
    trend: Number.isNaN(indicators.sma_50) ? null : texts.trend,
  };
}

function rsiText(rsi: number): string {
  if (rsi < 30) return "Sobreventa - Posible compra";
  return rsi > 70 ? "Sobrecompra - Precaución" : "Neutral";
}

function trendText(price: number, { sma_20, sma_50 }: Indicators): string {
  if (price > sma_20 && sma_20 > sma_50) return "Tendencia alcista";
  return price < sma_20 && sma_20 < sma_50 ? "Tendencia bajista" : "Tendencia lateral";
}
