import { type AssetEntry, isFailed } from "../analysis/asset-analysis.ts";
import type { AdvancedAlert, Subject } from "./advanced-alert.ts";
import { findBrokenCorrelation, findPriceJump, findVolatility } from "./anomalies.ts";
import { readMetrics } from "./metrics.ts";
import { findDivergences, findPattern } from "./opportunities.ts";
import { findExtremeRsi, findUnusualVolume } from "./unusual.ts";

export interface DetectedAlerts {
  anomalias: AdvancedAlert[];
  oportunidades: AdvancedAlert[];
  alertas: AdvancedAlert[];
}

/**
 * Advanced alerts of one portfolio, by symbol in its order (portfolio.md 10.1); failed assets are skipped. Within a list
 * one rule after the other, each in the order of the assets. A rule whose figures are missing says nothing. Pure.
 */
export function detectAlerts(assets: ReadonlyMap<string, AssetEntry>): DetectedAlerts {
  const subjects = [...assets].flatMap(([ticker, entry]) =>
    isFailed(entry) ? [] : [{ ticker, asset: entry, metrics: readMetrics(entry) }],
  );
  const each = (rule: (subject: Subject) => AdvancedAlert[]) => subjects.flatMap(rule);
  return {
    anomalias: [...each(findVolatility), ...each(findPriceJump), ...findBrokenCorrelation(subjects)],
    oportunidades: [...each(findPattern), ...each(findDivergences)],
    alertas: [...each(findUnusualVolume), ...each(findExtremeRsi)],
  };
}
