import type { IsoDate } from "../../../kit/dates.ts";
import { isFailed, type Signal, type Verdict } from "../analysis/asset-analysis.ts";
import type { ReportAsset } from "./user-report.ts";

/** What is different from the newest earlier analysis of each symbol; keys are those of the files. */
export interface ReportChanges {
  /** No symbol was analysed before. */
  first_report: boolean;
  /** Newest of the earlier dates; null in the first report. */
  since: IsoDate | null;
  recommendations: RecommendationChange[];
  /** High-priority signals of bars that no earlier analysis has seen. */
  high_alerts: HighAlert[];
  /** Analysed for the first time while others were before. */
  added: string[];
  /** Analysed before, not now. */
  lost: { symbol: string; previous: Verdict; previous_as_of: IsoDate }[];
  /** Symbols whose recommendation is the earlier one. */
  unchanged: number;
}

export interface RecommendationChange {
  symbol: string;
  from: Verdict;
  to: Verdict;
  previous_as_of: IsoDate;
  previous_price: number;
  price: number;
  /** price ÷ previous price − 1, × 100; null where that cannot be computed. */
  price_change_percent: number | null;
}

export interface HighAlert {
  symbol: string;
  type: Signal["type"];
  description: string;
  data_as_of: IsoDate;
}

/** Compares each asset with its own earlier analysis. Pure. */
export function computeChanges(assets: readonly ReportAsset[]): ReportChanges {
  const changes: ReportChanges = {
    first_report: true,
    since: null,
    recommendations: [],
    high_alerts: [],
    added: [],
    lost: [],
    unchanged: 0,
  };
  for (const asset of assets) {
    const asOf = asset.previous?.asOf;
    if (asOf !== undefined && (changes.since === null || asOf > changes.since)) changes.since = asOf;
  }
  changes.first_report = changes.since === null;
  for (const asset of assets) addAsset(changes, asset);
  return changes;
}

function addAsset(changes: ReportChanges, { symbol, entry, previous }: ReportAsset): void {
  if (isFailed(entry)) {
    if (previous) changes.lost.push({ symbol, previous: previous.recommendation, previous_as_of: previous.asOf });
    return;
  }
  const { recommendation, price_current: price, alerts } = entry.signals;
  const high = alerts.filter(({ priority }) => priority === "HIGH");
  for (const { type, description } of high)
    changes.high_alerts.push({ symbol, type, description, data_as_of: entry.data_as_of });
  if (!previous) {
    if (!changes.first_report) changes.added.push(symbol);
  } else if (previous.recommendation === recommendation) changes.unchanged++;
  else
    changes.recommendations.push({
      symbol,
      from: previous.recommendation,
      to: recommendation,
      previous_as_of: previous.asOf,
      previous_price: previous.price,
      price,
      price_change_percent: percentChange(previous.price, price),
    });
}

function percentChange(from: number, to: number): number | null {
  const change = (to / from - 1) * 100;
  return from > 0 && Number.isFinite(change) ? change : null;
}
