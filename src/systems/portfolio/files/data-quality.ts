import type { DataSource } from "../../../db/schema/market.ts";
import type { AnalysisPeriod } from "../../../db/schema/portfolio.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import { type AssetEntry, isFailed } from "../analysis/asset-analysis.ts";

/** How far the figures of a file can be trusted; keys are those of the files. */
export interface DataQuality {
  source: DataSource;
  symbols: number;
  analysed: number;
  failed: number;
  /** Last bar more than two days older than the expected one. */
  stale: number;
  /** Judged on a bar that was still forming. */
  partial: number;
  /** Listing younger than the period that the analysis asks for. */
  short_history: number;
  oldest_data: IsoDate | null;
  newest_data: IsoDate | null;
  expected_date: IsoDate;
}

const MONTHS: Readonly<Record<AnalysisPeriod, number>> = { "1mo": 1, "3mo": 3, "6mo": 6, "1y": 12, "2y": 24 };

export interface QualityRequest {
  source: DataSource;
  /** Period that each entry should cover. */
  period: AnalysisPeriod;
  expectedDate: IsoDate;
}

/** Counts over the entries of one file. Pure. */
export function computeDataQuality(
  entries: readonly AssetEntry[],
  { source, period, expectedDate }: QualityRequest,
): DataQuality {
  const quality: DataQuality = {
    source,
    symbols: entries.length,
    analysed: 0,
    failed: 0,
    stale: 0,
    partial: 0,
    short_history: 0,
    oldest_data: null,
    newest_data: null,
    expected_date: expectedDate,
  };
  for (const entry of entries) {
    if (isFailed(entry)) {
      quality.failed++;
      continue;
    }
    quality.analysed++;
    if (entry.stale) quality.stale++;
    if (entry.partial_bar) quality.partial++;
    if (MONTHS[entry.period_used] < MONTHS[period]) quality.short_history++;
    const date = entry.data_as_of;
    if (quality.oldest_data === null || date < quality.oldest_data) quality.oldest_data = date;
    if (quality.newest_data === null || date > quality.newest_data) quality.newest_data = date;
  }
  return quality;
}
