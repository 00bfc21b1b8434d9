import type { PeopleSource } from "../../../db/schema/portfolio.ts";
import type { UserConfig } from "./user-portfolio.ts";

/** A user as lists show them. */
export interface UserSummary {
  user_id: string;
  display_name: string;
  email: string | null;
  first_name: string | null;
  last_name: string | null;
  /** As stored: null takes the house's. */
  timezone: string | null;
  active: boolean;
  source: PeopleSource;
  portfolio_count: number;
  asset_count: number;
  created_at: string;
  updated_at: string;
}

export interface AssetView {
  asset_symbol: string;
  quantity: number | null;
  /** A unit's price, quote currency. */
  acquisition_price: number | null;
}

export interface PortfolioView {
  portfolio_id: string;
  portfolio_name: string;
  description: string | null;
  assets: AssetView[];
}

export interface ConfigView {
  portfolio_tickers: string[];
  scan_sp500: boolean;
  scan_crypto: boolean;
  max_candidates: number;
}

/** A user with everything that is stored of what they hold. */
export interface UserDetail extends UserSummary {
  portfolios: PortfolioView[];
  /** What a cycle analyses for them, in its order. */
  symbols: string[];
  config: ConfigView | null;
}

export const renderConfig = (config: UserConfig): ConfigView => ({
  portfolio_tickers: config.tickers,
  scan_sp500: config.scanSp500,
  scan_crypto: config.scanCrypto,
  max_candidates: config.maxCandidates,
});
