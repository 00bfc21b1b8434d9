import type { DataSource } from "../../../db/schema/market.ts";
import type { ScoringProfile } from "../../../db/schema/recommendations.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import { type Bars, cutBarsAt, lastBars } from "../../../market/bars.ts";
import { indicatorsOrNull } from "./analyze-technical.ts";
import { computeIndicators, type Indicators } from "./indicators.ts";
import {
  describeTechnical,
  describeTechnicalLegacy,
  MINIMUM_BARS,
  scoreTechnical,
  scoreTechnicalLegacy,
  type TechnicalPoints,
  type TechnicalSignals,
} from "./technical.ts";

export interface SeriesOptions {
  profile: ScoringProfile;
  /** Bars to look back on; all of them when absent. */
  window?: number;
  /** Bars after this date are not seen. */
  asOf?: IsoDate;
  /** `file` for a file named on the command line. */
  dataSource: DataSource | "file";
}

/** What `vigia analyze --json` prints. Numbers are not rounded; null = undefined. */
export interface SeriesAnalysis {
  symbol: string;
  profile: ScoringProfile;
  /** Date of the last bar used. */
  as_of: IsoDate | null;
  bars: number;
  data_source: DataSource | "file";
  indicators: Record<keyof Indicators, number | null>;
  points: TechnicalPoints;
  technical_score: number | null;
  signals: TechnicalSignals;
}

/**
 * The technical analysis of any series, without storing anything. `legacy-1` scores however few bars there are, as the
 * original's functions do; `v2` gives no score under 60 bars.
 */
export function analyzeSeries(symbol: string, bars: Bars, options: SeriesOptions): SeriesAnalysis {
  const { profile, window, asOf, dataSource } = options;
  const known = asOf === undefined ? bars : cutBarsAt(bars, asOf);
  const used = window === undefined ? known : lastBars(known, window);
  const price = used.adjClose.at(-1);
  const indicators = computeIndicators(used.adjClose, used.volume);
  return {
    symbol,
    profile,
    as_of: used.date.at(-1) ?? null,
    bars: used.length,
    data_source: dataSource,
    indicators: mapValues(indicatorsOrNull(indicators), finiteOrNull),
    ...(price === undefined || !isSeriesFinite(used) ? NOTHING_TO_SAY : judge(price, used.length, indicators, profile)),
  };
}

type Judgement = Pick<SeriesAnalysis, "points" | "technical_score" | "signals">;

const NOTHING_TO_SAY: Judgement = {
  points: { rsi: null, macd: null, averages: null, bollinger: null },
  technical_score: null,
  signals: { rsi: null, macd: null, trend: null },
};

function judge(price: number, bars: number, indicators: Indicators, profile: ScoringProfile): Judgement {
  if (profile === "legacy-1") {
    const { points, score } = scoreTechnicalLegacy(price, indicators);
    const signals = describeTechnicalLegacy(price, indicators);
    return { points, technical_score: finiteOrNull(score), signals };
  }
  const { points, score } = scoreTechnical(price, indicators);
  const enough = bars >= MINIMUM_BARS.v2 && score !== null;
  return {
    points,
    technical_score: enough ? finiteOrNull(score) : null,
    signals: describeTechnical(price, indicators),
  };
}

const isSeriesFinite = (bars: Bars) => bars.adjClose.every(Number.isFinite);

const finiteOrNull = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);

function mapValues<Name extends string, From, To>(record: Record<Name, From>, change: (value: From) => To) {
  const entries = Object.entries<From>(record).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(entries) as Record<Name, To>;
}
