import type { AnalysisType } from "../../../db/schema/recommendations.ts";
import type { AnalysisDetailView, TickerAnalysisView } from "../views.ts";

/** Typed looks into the stored JSON of one analysis: whatever is not there is null. */
export interface Part {
  number(name: string): number | null;
  text(name: string): string | null;
  signal(name: string): string | null;
  indicators: Record<string, unknown>;
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
    indicators,
    metadata,
    raw: detail?.raw_data ?? null,
  };
}

export const numberOrNull = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
