import type { FileName } from "../../../db/schema/portfolio.ts";
import type { MarketConfig } from "./filter-candidates.ts";
import { createMarketDocument } from "./market-document.ts";
import { renderMarketJson } from "./market-json.ts";
import { renderMarketReport } from "./market-report-md.ts";
import { createPortfolioDocument } from "./portfolio-document.ts";
import { renderPortfolioJson } from "./portfolio-json.ts";
import { type ReportProfile, renderPortfolioReport } from "./portfolio-report-md.ts";
import type { MarketReport, UserReport } from "./user-report.ts";

export interface MarketPairOptions {
  reportProfile: ReportProfile;
  /** IANA zone of the clocks in the report. */
  timezone: string;
  /** Null: the whole list. */
  config: MarketConfig | null;
}

export type MarketPair = Readonly<Record<"mercado_informe.md" | "mercado_analisis.json", string>>;

/** The two market files: the same for all users with the same options. Pure. */
export function renderMarketPair(
  market: MarketReport,
  { reportProfile, timezone, config }: MarketPairOptions,
): MarketPair {
  const document = createMarketDocument(market, config);
  return {
    "mercado_informe.md": renderMarketReport(document, { profile: reportProfile, timezone }),
    "mercado_analisis.json": renderMarketJson(document),
  };
}

/** Within one market report, equal keys mean equal pairs: for callers that keep them. */
export function marketPairKey({ reportProfile, timezone, config }: MarketPairOptions): string {
  const { scanSp500, scanCrypto, maxCandidates } = config ?? {};
  return JSON.stringify([reportProfile, timezone, scanSp500, scanCrypto, maxCandidates]);
}

export interface RenderSetOptions {
  reportProfile: ReportProfile;
  /** The executive summary (portfolio.md 10.2). */
  summary: object;
  /** The user's configuration; null without one. */
  config?: MarketConfig | null;
  /** The market pair, when it is known already from `renderMarketPair` with the same options. */
  marketPair?: MarketPair;
}

/**
 * The files of one user in the order of delivery: four, or the two of the market for a user without symbols. Pure: the same
 * input gives the same bytes.
 */
export function renderSet(report: UserReport, options: RenderSetOptions): Map<FileName, string> {
  const { reportProfile, summary, config = null } = options;
  const { timezone } = report.user;
  const market = options.marketPair ?? renderMarketPair(report.market, { reportProfile, timezone, config });
  const marketFiles = [
    ["mercado_informe.md", market["mercado_informe.md"]],
    ["mercado_analisis.json", market["mercado_analisis.json"]],
  ] as const;
  if (report.assets.length === 0) return new Map(marketFiles);
  const document = createPortfolioDocument(report, summary);
  return new Map<FileName, string>([
    ["portfolio_informe.md", renderPortfolioReport(document, reportProfile)],
    ...marketFiles,
    ["portfolio_analisis.json", renderPortfolioJson(document)],
  ]);
}
