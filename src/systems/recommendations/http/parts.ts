import type { AnalysisType } from "../../../db/schema/recommendations.ts";
import type { AnalysisDetailView, TickerAnalysisView } from "../views.ts";

/** Typed looks into the stored JSON of one analysis: whatever is not there is null. */
export interface Part {
  number(name: string): number | null;
  text(name: string): string | null;
  signal(name: string): string | null;
  /** The numbers that were scored; empty when the source had none. */
  indicators: Record<string, number | null>;
  metadata: Record<string, unknown>;
  raw: unknown;
}

export function partOf(analysis: TickerAnalysisView, type: AnalysisType): Part {
  const detail: AnalysisDetailView | undefined = analysis.details[type];
  const indicators = detail?.indicators ?? {};
  const metadata: Record<string, unknown> = { ...detail?.metadata };
  return {
    number: (name) => numberOrNull(indicators[name] ?? metadata[name]),
    text: (name) => textOrNull(metadata[name] ?? indicators[name]),
    signal: (name) => textOrNull(detail?.metadata.signals?.[name]),
    indicators: Object.fromEntries(Object.entries(indicators).map(([name, value]) => [name, numberOrNull(value)])),
    metadata,
    raw: detail?.raw_data ?? null,
  };
}

/** The texts of a stored object, for example `trends`; empty when it is none. */
export function textsIn(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

const numberOrNull = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

export const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
