import type { DataSource } from "../../../db/schema/market.ts";
import type { AssetEntry } from "../analysis/asset-analysis.ts";
import { isFailed } from "../analysis/asset-analysis.ts";
import { jsonObject, jsonText } from "./json-text.ts";

/** 1.0 is the format that was replaced (portfolio.md 11); 1.1 only adds keys to it. */
const SCHEMA_VERSION = "1.1";

export interface Envelope {
  /** `portfolio` or `market`, and its keys with their JSON texts at depth 2. */
  name: string;
  body: readonly (readonly [key: string, text: string])[];
  analysedAt: Date;
  dataSource: DataSource;
}

/** The whole file: 2-space indent, no newline at the end. */
export function renderEnvelope({ name, body, analysedAt, dataSource }: Envelope): string {
  const metadata = { system: "SVGA v1.0", author: "AIDA", timestamp: analysedAt.toISOString() };
  return jsonObject(
    [
      [name, jsonObject(body, 1)],
      ["metadata", jsonText(metadata, 1)],
      ["schema_version", jsonText(SCHEMA_VERSION, 1)],
      ["data_source", jsonText(dataSource, 1)],
    ],
    0,
  );
}

/** Keys of an asset in the order of the files: the old ones first (portfolio.md 11.2), then those of 17.5, then `more`. */
export function assetText(entry: AssetEntry, currency: string | null, more: object = {}): string {
  if (isFailed(entry)) return jsonText({ error: entry.error, ...more }, 3);
  const { signals, chart_file, latest_metrics, detector_metrics } = entry;
  const { data_as_of, bars, partial_bar, period_used, stale } = entry;
  const added = { data_as_of, bars, partial_bar, period_used, stale, currency };
  return jsonText({ signals, chart_file, latest_metrics, detector_metrics, ...added, ...more }, 3);
}
