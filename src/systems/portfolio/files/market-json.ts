import { assetText, renderEnvelope } from "./envelope.ts";
import { jsonObject, jsonText } from "./json-text.ts";
import type { MarketDocument } from "./market-document.ts";

/** `mercado_analisis.json` (portfolio.md 11.1, 11.2, 17.5). The same document gives the same bytes. */
export function renderMarketJson(document: MarketDocument): string {
  const { report, markets, candidates, quality } = document;
  const symbols = candidates.map(({ symbol }) => symbol);
  const entries = candidates.map(({ symbol, entry, currency, radar, score, rank, regime, fileMarket: market }) => {
    return [symbol, assetText(entry, currency, { radar, score, rank, market, regime })] as const;
  });
  return renderEnvelope({
    name: "market",
    body: [
      ["analysis_timestamp", jsonText(report.analysedAt.toISOString(), 2)],
      ["market_indicators", jsonText(symbols, 2)],
      ["assets", jsonObject(entries, 2)],
      ["regimes", jsonText(Object.fromEntries(markets.map(({ name, regime }) => [name, regime])), 2)],
      ["context", jsonText(report.context, 2)],
      ["radars", jsonText(Object.fromEntries(markets.map(({ name, scan }) => [name, scan])), 2)],
      ["radar_profile", jsonText(report.radarProfile, 2)],
      ["data_quality", jsonText(quality, 2)],
    ],
    analysedAt: report.analysedAt,
    dataSource: report.dataSource,
  });
}
