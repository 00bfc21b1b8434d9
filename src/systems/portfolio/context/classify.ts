import type { FearGreedClass, MacroRegime, RiskLevel } from "./market-context.ts";

/** Upper ends, exclusive, of the classes of an index from 0 to 100. Source: portfolio.md 9. */
const CLASSES = [
  { below: 25, name: "extreme_fear", label: "Extreme Fear" },
  { below: 45, name: "fear", label: "Fear" },
  { below: 55, name: "neutral", label: "Neutral" },
  { below: 75, name: "greed", label: "Greed" },
  { below: Number.POSITIVE_INFINITY, name: "extreme_greed", label: "Extreme Greed" },
] as const;

const classOf = (index: number) => CLASSES.find(({ below }) => index < below) ?? CLASSES[4];

/** The class of an index (0 to 100) in the words of its sources: `Extreme Fear`, `Fear`, `Neutral`, `Greed`, `Extreme Greed`. */
export const indexLabel = (index: number): string => classOf(index).label;

/** Whether a source's own class is one of the five. */
export const isIndexLabel = (text: unknown): text is string => CLASSES.some(({ label }) => label === text);

/** Class of the mean of both indices (0 to 100); null while one is missing. */
export function classifyOverall(stocks: number | null, crypto: number | null): FearGreedClass | null {
  return stocks === null || crypto === null ? null : classOf((stocks + crypto) / 2).name;
}

/** Figures that the regime and the risk are read from; null where missing. */
export interface MacroFigures {
  /** Ten-year minus two-year yield, percentage points. */
  curve: number | null;
  /** Percent. */
  unemployment: number | null;
}

/** An inverted curve means recession only with high unemployment. Source: portfolio.md 9. */
export function classifyRegime({ curve, unemployment }: MacroFigures): MacroRegime {
  if (curve === null || unemployment === null) return "unknown";
  if (curve < 0) return unemployment > 5 ? "recesión" : "transición";
  return curve > 0.5 && unemployment < 4.5 ? "expansión" : "transición";
}

/** Two points for an inverted curve, one for unemployment that is high or overheated. Source: portfolio.md 9. */
export function assessRisk({ curve, unemployment }: MacroFigures): RiskLevel {
  if (curve === null || unemployment === null) return "medium";
  const points = (curve < 0 ? 2 : 0) + (unemployment > 5.5 || unemployment < 3.5 ? 1 : 0);
  if (points >= 2) return "high";
  return points === 1 ? "medium" : "low";
}
