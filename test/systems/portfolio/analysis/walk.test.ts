import { describe, expect, test } from "bun:test";
import { analyzeAsset } from "../../../../src/systems/portfolio/analysis/analyze-asset.ts";
import { selectWindow } from "../../../../src/systems/portfolio/analysis/periods.ts";
import { hasShared } from "../../../support/shared.ts";
import { expectClose, golden, readBars, readTable } from "./golden.ts";

const inputs = hasShared ? readBars(golden("walk/inputs.csv"), "symbol") : new Map();
const days = hasShared ? readTable(golden("walk/outputs.intended.csv")) : [];

describe.skipIf(!hasShared)("the walk", () => {
  for (const symbol of inputs.keys())
    test(`P10: every day of ${symbol}, each with the year before it`, () => {
      const recorded = days.filter((day) => day.symbol === symbol);
      expect(recorded).not.toBeEmpty();
      for (const day of recorded) checkDay(symbol, day);
    });
});

function checkDay(symbol: string, day: Record<string, string>): void {
  const asOf = day.as_of!;
  const bars = selectWindow(inputs.get(symbol)!, { asOf, period: "1y", interval: "1d" });
  const { signals } = analyzeAsset({ symbol, bars, expectedDate: asOf, period: "1y", interval: "1d" });
  expect({
    ...{ as_of: asOf, rows: bars.length, recommendation: signals.recommendation, signal: signals.signal },
    ...{ priority: signals.priority, ...signals.filters, adx_value: undefined },
    alerts: signals.alerts.map(({ type }) => type).join("|"),
  }).toEqual({
    ...{ as_of: asOf, rows: Number(day.rows), recommendation: day.recommendation, signal: Number(day.signal) },
    ...{ priority: day.priority, long_term_trend: day.long_term_trend, market_regime: day.market_regime },
    ...{ adx_value: undefined, alerts: day.alerts },
  } as never);
  expectClose(signals.price_current, Number(day.price), `${asOf} price`);
  expectClose(signals.filters.adx_value, Number(day.adx), `${asOf} adx`);
  expectClose(signals.rsi_value, Number(day.rsi), `${asOf} rsi`);
  expectClose(signals.macd_histogram, Number(day.macd_histogram), `${asOf} histogram`);
}
