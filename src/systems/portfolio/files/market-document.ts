import type { MarketName } from "../../../db/schema/market.ts";
import type { Interval } from "../../../market/bars.ts";
import type { MarketRegime } from "../radar/radar-scan.ts";
import { computeDataQuality, type DataQuality } from "./data-quality.ts";
import { filterCandidates, type MarketConfig, marketsOf } from "./filter-candidates.ts";
import type { MarketReport, ReportCandidate } from "./user-report.ts";

/** The name of a market inside the files (portfolio.md 10.2, 17.5). */
export type FileMarket = "sp500" | "crypto";

const FILE_MARKETS: Readonly<Record<MarketName, FileMarket>> = { sp500: "sp500", crypto30: "crypto" };

/** One scanned market, as `market.radars` has it. */
export interface MarketScan {
  radars_used: string;
  scanned: number;
  candidates: number;
  skipped: number;
}

/** What both market files say: the JSON has all of it, and the report shows no figure that is not here. */
export interface MarketDocument {
  report: Pick<MarketReport, "analysedAt" | "tradingDate" | "dataSource" | "context" | "radarProfile">;
  markets: readonly { name: FileMarket; regime: MarketRegime; scan: MarketScan }[];
  /** Each symbol once. */
  candidates: readonly (ReportCandidate & { fileMarket: FileMarket })[];
  /** Of the bars that the candidates were judged on: a date of weekly ones is a Monday. */
  interval: Interval;
  quality: DataQuality;
}

/** The market files' content for users with this configuration. Pure: one document serves all of them. */
export function createMarketDocument(market: MarketReport, config: MarketConfig | null): MarketDocument {
  const filtered = filterCandidates(market, config);
  const first = new Map<string, ReportCandidate>();
  for (const candidate of filtered.candidates) if (!first.has(candidate.symbol)) first.set(candidate.symbol, candidate);
  const candidates = Array.from(first.values(), (candidate) => ({
    ...candidate,
    fileMarket: FILE_MARKETS[candidate.market],
  }));
  // Profile v1 judges candidates on two years of weekly bars, v2 on the daily ones of a year (portfolio.md 3.1, 17.8).
  const view = market.radarProfile === "v1" ? WEEKLY : DAILY;
  return {
    report: market,
    markets: marketsOf(filtered).map((name) => ({
      name: FILE_MARKETS[name],
      regime: market.regimes[name],
      scan: { radars_used: market.radarsUsed[name], ...market.scanned[name] },
    })),
    candidates,
    interval: view.interval,
    quality: computeDataQuality(
      candidates.map(({ entry }) => entry),
      { source: market.dataSource, period: view.period, expectedDate: market.tradingDate },
    ),
  };
}

const WEEKLY = { period: "2y", interval: "1wk" } as const;
const DAILY = { period: "1y", interval: "1d" } as const;
