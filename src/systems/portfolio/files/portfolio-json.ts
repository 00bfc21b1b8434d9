import { assetText, renderEnvelope } from "./envelope.ts";
import { jsonObject, jsonText } from "./json-text.ts";
import type { PortfolioDocument } from "./portfolio-document.ts";
import { rememberPerAsset } from "./remember-per-asset.ts";

/** `portfolio_analisis.json` (portfolio.md 11.1, 11.2, 17.5). The same document gives the same bytes. */
export function renderPortfolioJson(document: PortfolioDocument): string {
  const { report, assets, summary, positions, checks, changes, quality } = document;
  const symbols = assets.map(({ symbol }) => symbol);
  const entries = assets.map((asset) => [asset.symbol, ownAssetText(asset)] as const);
  return renderEnvelope({
    name: "portfolio",
    body: [
      ["analysis_timestamp", jsonText(report.analysedAt.toISOString(), 2)],
      ["portfolio_composition", jsonText(symbols, 2)],
      ["assets", jsonObject(entries, 2)],
      ["summary", jsonText(summary, 2)],
      ["positions", jsonText(positions.rows, 2)],
      ["position_totals", jsonText(positions.totals, 2)],
      ["checks", jsonText(checks, 2)],
      ["changes", jsonText(changes, 2)],
      ["data_quality", jsonText(quality, 2)],
    ],
    analysedAt: report.analysedAt,
    dataSource: report.dataSource,
  });
}

const ownAssetText = rememberPerAsset(({ entry, currency }) => assetText(entry, currency));
