import { computeChanges, type ReportChanges } from "./changes.ts";
import { computeChecks, type PortfolioChecks } from "./checks.ts";
import { computeDataQuality, type DataQuality } from "./data-quality.ts";
import { computePositions, type Positions } from "./positions.ts";
import type { ReportAsset, UserReport } from "./user-report.ts";

/** What both portfolio files say: the JSON has all of it, and the report shows no figure that is not here. */
export interface PortfolioDocument {
  report: Pick<UserReport, "user" | "analysedAt" | "tradingDate" | "dataSource">;
  /** Each symbol once. */
  assets: readonly ReportAsset[];
  /** The executive summary (portfolio.md 10.2), as it goes into the JSON. */
  summary: object;
  positions: Positions;
  checks: PortfolioChecks;
  changes: ReportChanges;
  quality: DataQuality;
}

/** Bars of an own asset are asked for over a year (portfolio.md 3.1). */
const ASSET_PERIOD = "1y";

/** Computes everything that the two portfolio files show. Pure. */
export function createPortfolioDocument(report: UserReport, summary: object): PortfolioDocument {
  const assets = [...new Map(report.assets.map((asset) => [asset.symbol, asset])).values()];
  const positions = computePositions(report.holdings, assets);
  return {
    report,
    assets,
    summary,
    positions,
    checks: computeChecks({ assets }, positions),
    changes: computeChanges(assets),
    quality: computeDataQuality(
      assets.map(({ entry }) => entry),
      { source: report.dataSource, period: ASSET_PERIOD, expectedDate: report.tradingDate },
    ),
  };
}
