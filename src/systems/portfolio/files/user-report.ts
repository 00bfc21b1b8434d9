import type { DataSource, MarketName } from "../../../db/schema/market.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import type { AssetEntry, Verdict } from "../analysis/asset-analysis.ts";
import type { MarketContext } from "../context/market-context.ts";
import type { Holding } from "../people/user-portfolio.ts";
import type { MarketRegime, RadarProfile } from "../radar/radar-scan.ts";

/** Everything that the files of one user are made of: the same input gives the same bytes. */
export interface UserReport {
  user: { userId: string; displayName: string; timezone: string };
  /** Moment of the cycle, whole minutes. */
  analysedAt: Date;
  /** Expected last trading date. */
  tradingDate: IsoDate;
  dataSource: DataSource;
  /** The user's symbols in order, each with its entry. Empty: no portfolio files. */
  assets: readonly ReportAsset[];
  holdings: readonly Holding[];
  market: MarketReport;
}

export interface ReportAsset {
  symbol: string;
  entry: AssetEntry;
  /** As the price source says; null where it does not. */
  currency: string | null;
  /** Closes of the analysed window, oldest first, with their dates: for drawdown and correlation. Absent when it failed. */
  closes?: { dates: readonly IsoDate[]; values: Float64Array };
  /** The analysis of the newest earlier date, for what changed; absent when there is none. */
  previous?: { asOf: IsoDate; recommendation: Verdict; price: number };
}

/** The part that all users share, before a user's own configuration filters it. */
export interface MarketReport {
  analysedAt: Date;
  tradingDate: IsoDate;
  dataSource: DataSource;
  /** Stocks first, then coins, each best first. */
  candidates: readonly ReportCandidate[];
  regimes: Readonly<Record<MarketName, MarketRegime>>;
  radarsUsed: Readonly<Record<MarketName, string>>;
  radarProfile: RadarProfile;
  context: MarketContext;
  /** Symbols scanned and candidates found, for the summary. */
  scanned: Readonly<Record<MarketName, { scanned: number; candidates: number; skipped: number }>>;
  /** The markets that the files speak of; both unless a user's configuration switches one off. */
  markets?: readonly MarketName[];
}

export interface ReportCandidate {
  symbol: string;
  market: MarketName;
  radar: string;
  score: number;
  /** 1 is the best of its market. */
  rank: number;
  regime: string;
  entry: AssetEntry;
  currency: string | null;
}
