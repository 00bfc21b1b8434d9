import type { ScoringProfile } from "../../../db/schema/recommendations.ts";
import { type Bars, lastBars } from "../../../market/bars.ts";
import type { ScoredAnalysis } from "../analysis.ts";
import { computeIndicators, INDICATOR_NAMES, type Indicators } from "./indicators.ts";
import { checkFinite, type Origin, renderFault, renderMissing, roundFor, withoutNulls } from "./scored.ts";
import {
  describeTechnical,
  describeTechnicalLegacy,
  MINIMUM_BARS,
  scoreTechnical,
  scoreTechnicalLegacy,
} from "./technical.ts";
import { computeVolatility } from "./volatility.ts";

/** What the original asked for (`6mo`), in bars. */
export const LEGACY_WINDOW_BARS = 126;

export interface PriceOrigin {
  /** Default `fresh`. */
  status?: "fresh" | "stale" | "embedded";
  source: string | null;
  fetchedAt: string | null;
}

/**
 * Scores complete daily bars, oldest first. `indicators` holds the ten indicators (null = undefined), `current_price`,
 * `previous_close`, `price_change` (absolute), `price_change_percent`, `volatility` (annualised fraction) and `bars`.
 * Indicators read `adjClose`; `v2` shows `close` as the price, `legacy-1` the adjusted one, over its last 126 bars.
 */
export function analyzeTechnical(
  bars: Bars,
  profile: ScoringProfile,
  origin: PriceOrigin = { source: null, fetchedAt: null },
): ScoredAnalysis {
  const scored = profile === "legacy-1" ? lastBars(bars, LEGACY_WINDOW_BARS) : bars;
  const analysis = describeBars(scored, origin);
  const minimum = MINIMUM_BARS[profile];
  if (scored.length < minimum) return renderMissing(analysis, `${scored.length} complete bars, ${minimum} are needed.`);
  const badBar = indexOfBadPrice(scored);
  if (badBar >= 0) return renderFault(analysis, `The price of ${scored.date[badBar]} is not a positive number.`);

  const price = scored.adjClose.at(-1)!;
  const indicators = computeIndicators(scored.adjClose, scored.volume);
  const legacy = profile === "legacy-1";
  const { points, score } = (legacy ? scoreTechnicalLegacy : scoreTechnical)(price, indicators);
  const signals = (legacy ? describeTechnicalLegacy : describeTechnical)(price, indicators);
  return checkFinite({
    ...analysis,
    score: score === null ? null : roundFor(profile, score),
    indicators: { ...indicatorsOrNull(indicators), ...describePrices(scored, profile), bars: scored.length },
    metadata: { ...analysis.metadata, points: withoutNulls({ ...points }), signals: withoutNulls({ ...signals }) },
  });
}

/** The indicators with null for what is undefined. */
export function indicatorsOrNull(indicators: Indicators): Record<keyof Indicators, number | null> {
  const entries = INDICATOR_NAMES.map((name) => [name, Number.isNaN(indicators[name]) ? null : indicators[name]]);
  return Object.fromEntries(entries) as Record<keyof Indicators, number | null>;
}

function describeBars(bars: Bars, { status = "fresh", source, fetchedAt }: PriceOrigin): Omit<ScoredAnalysis, "score"> {
  const lastDate = bars.date.at(-1) ?? null;
  const metadata: Origin = { status, source, fetched_at: fetchedAt, as_of: lastDate };
  return { type: "technical", indicators: null, raw: { bars: bars.length, last_bar: lastBar(bars) }, metadata };
}

function lastBar(bars: Bars) {
  const last = bars.length - 1;
  if (last < 0) return null;
  const [open, high, low, close] = [bars.open[last]!, bars.high[last]!, bars.low[last]!, bars.close[last]!];
  return {
    date: bars.date[last]!,
    open,
    high,
    low,
    close,
    adj_close: bars.adjClose[last]!,
    volume: bars.volume[last]!,
  };
}

function indexOfBadPrice(bars: Bars): number {
  for (let index = 0; index < bars.length; index++)
    if (!isPrice(bars.adjClose[index]!) || !isPrice(bars.close[index]!)) return index;
  return -1;
}

const isPrice = (value: number) => value > 0 && value < Number.POSITIVE_INFINITY;

function describePrices(bars: Bars, profile: ScoringProfile) {
  const shown = profile === "legacy-1" ? bars.adjClose : bars.close;
  const [price, previous] = [shown.at(-1)!, shown.at(-2)!];
  return {
    current_price: roundFor(profile, price),
    previous_close: roundFor(profile, previous),
    price_change: roundFor(profile, price - previous),
    price_change_percent: roundFor(profile, ((price - previous) / previous) * 100),
    volatility: computeVolatility(bars.adjClose),
  };
}
