import { describe, expect, test } from "bun:test";
import { type Bars, sliceBars } from "../../../../src/market/bars.ts";
import { detectAlerts } from "../../../../src/systems/portfolio/alerts/detector.ts";
import { summarize } from "../../../../src/systems/portfolio/alerts/summary.ts";
import { analyzeAsset } from "../../../../src/systems/portfolio/analysis/analyze-asset.ts";
import type { AssetAnalysis } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import { hasShared, sharedPath } from "../../../support/shared.ts";
import { golden, readBars } from "../analysis/golden.ts";

const WINDOW_BARS = 252;

/** Analyses of the last `days` days of real prices, each on its own year of bars. */
function analyses(symbol: string, bars: Bars, days: number): AssetAnalysis[] {
  const first = Math.max(WINDOW_BARS, bars.length - days);
  return Array.from({ length: bars.length - first }, (_, index) => {
    const window = sliceBars(bars, first + index - WINDOW_BARS, first + index);
    const expectedDate = window.date.at(-1)!;
    return analyzeAsset({ symbol, bars: window, expectedDate, period: "1y", interval: "1d" });
  });
}

describe.skipIf(!hasShared)("the detector on analyses of real prices", () => {
  test("P22: every rule and every severity fires", () => {
    const [btc, eth, doge] = ["BTC-USD", "ETH-USD", "DOGE-USD"].map((symbol) =>
      analyses(symbol, readBars(sharedPath(`data/prices/crypto/${symbol}.csv`)).get("")!, 1_200),
    );
    expect(eth!.map(({ data_as_of }) => data_as_of)).toEqual(btc!.map(({ data_as_of }) => data_as_of));
    const stocks = [...readBars(golden("gallery/inputs.csv"), "case")].map(([name, bars]) =>
      analyzeAsset({ symbol: name, bars, expectedDate: bars.date.at(-1)!, period: "1y", interval: "1d" }),
    );
    const portfolios = [
      ...btc!.map(
        (asset, index) =>
          new Map([
            ["BTC-USD", asset],
            ["ETH-USD", eth![index]!],
            ["DOGE-USD", doge![index]!],
          ]),
      ),
      new Map(stocks.map((asset) => [asset.signals.ticker, asset])),
    ];
    const found = new Set<string>();
    const changes = new Set<string>();
    for (const assets of portfolios) {
      const detected = detectAlerts(assets);
      for (const list of Object.values(detected)) {
        for (const { tipo, severidad } of list) found.add(`${tipo} ${severidad}`);
      }
      const none = { scanned: 0, candidates: 0 };
      const summary = summarize({ timestamp: "", assets, detected, market: { sp500: none, crypto30: none } });
      for (const { tipo } of summary.cambios_abruptos) changes.add(tipo);
    }
    expect([...found].sort()).toEqual([
      "CAMBIO_PRECIO_ABRUPTO ALTA",
      "CAMBIO_PRECIO_ABRUPTO MEDIA",
      "CORRELACION_ROTA MEDIA",
      "DIVERGENCIA_DETECTADA HIGH",
      "PATRON_ALCISTA ALTA",
      "PATRON_ALCISTA MEDIA",
      "PATRON_BAJISTA ALTA",
      "PATRON_BAJISTA MEDIA",
      "RSI_SOBRECOMPRA MEDIA",
      "RSI_SOBREVENTA MEDIA",
      "VOLATILIDAD_AUMENTADA ALTA",
      "VOLATILIDAD_AUMENTADA MEDIA",
      "VOLUMEN_ALTO MEDIA",
      "VOLUMEN_BAJO BAJA",
    ]);
    expect([...changes].sort()).toEqual([
      "CAMBIO_PRECIO_ABRUPTO",
      "RSI_SOBRECOMPRA_EXTREMA",
      "RSI_SOBREVENTA_EXTREMA",
      "VOLUMEN_EXTREMO",
    ]);
  });
});
