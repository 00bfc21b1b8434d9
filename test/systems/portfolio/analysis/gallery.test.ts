import { describe, expect, test } from "bun:test";
import type { AnalysisPeriod } from "../../../../src/db/schema/portfolio.ts";
import type { Interval } from "../../../../src/market/bars.ts";
import { analyzeAsset } from "../../../../src/systems/portfolio/analysis/analyze-asset.ts";
import type { AssetSignals, LatestMetrics } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import { selectWindow } from "../../../../src/systems/portfolio/analysis/periods.ts";
import { hasShared, readShared } from "../../../support/shared.ts";
import { expectSame, golden, readBars } from "./golden.ts";

interface GalleryCase {
  case: string;
  symbol: string;
  as_of: string;
  period: AnalysisPeriod;
  interval: Interval;
  rows: number;
  first_row: string;
  last_row: string;
  signals: AssetSignals;
  latest_metrics: LatestMetrics;
  last_row_all_columns: Record<string, number | null>;
}

const inputs = hasShared ? readBars(golden("gallery/inputs.csv"), "case") : new Map();
const cases = hasShared ? await readShared<GalleryCase[]>("golden/portfolio/gallery/outputs.intended.json") : [];
const isShort = ({ period, interval, rows }: GalleryCase) => interval === "1wk" || period !== "1y" || rows < 200;

describe.skipIf(!hasShared)("the gallery", () => {
  for (const recorded of cases) {
    const row = isShort(recorded) ? "P11" : "P09";
    const name = `${recorded.case} ${recorded.symbol} ${recorded.as_of}, ${recorded.rows} bars of ${recorded.interval}`;
    test(`${row}: ${name}`, () => checkCase(recorded));
  }
});

function checkCase(recorded: GalleryCase): void {
  const { symbol, period, interval, as_of: asOf } = recorded;
  const bars = selectWindow(inputs.get(recorded.case)!, { asOf, period, interval });
  expect([bars.length, bars.date[0], bars.date.at(-1)]).toEqual([recorded.rows, recorded.first_row, recorded.last_row]);

  const analysis = analyzeAsset({ symbol, bars, expectedDate: asOf, period, interval });
  const { filters, alerts, ...signals } = analysis.signals;
  const { filters: recordedFilters, alerts: recordedAlerts, ...recordedSignals } = recorded.signals;
  expect(Object.keys(analysis.signals)).toEqual(Object.keys(recorded.signals));
  expectSame(signals, recordedSignals, "signals");
  expectSame(filters, recordedFilters, "filters");
  expect(alerts.map(kindOf)).toEqual(recordedAlerts.map(kindOf));
  expectSame(analysis.latest_metrics, recorded.latest_metrics, "latest_metrics");

  const columns = recorded.last_row_all_columns;
  const { atr_percent, stoch_k } = analysis.detector_metrics;
  if (columns.ATR_14 != null)
    expectSame({ atr_percent }, { atr_percent: (columns.ATR_14 / columns.close!) * 100 }, "detector_metrics");
  if (columns.STOCHk_14_3_3 != null) expect(stoch_k).toBeCloseTo(columns.STOCHk_14_3_3, 9);
}

const kindOf = ({ type, priority }: { type: string; priority: string }) => `${type} ${priority}`;
