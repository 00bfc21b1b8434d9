/** One holding as its owner entered it. */
export interface Holding {
  portfolioId: string;
  portfolioName: string;
  symbol: string;
  quantity: number | null;
  /** A unit's price, quote currency. */
  acquisitionPrice: number | null;
}

/** A user with everything that a cycle needs of them. */
export interface UserPortfolio {
  userId: string;
  /** First and last name, else the e-mail, else `user_` and the first 8 characters of the id. */
  displayName: string;
  /** IANA zone of the reports. */
  timezone: string;
  /** In the order of the source: by portfolio, then by asset. */
  holdings: Holding[];
  /** Symbols of the holdings, each once, first occurrence first. */
  symbols: string[];
  config: UserConfig | null;
}

/** `portfolio_config` of one user (portfolio.md 2, P46). */
export interface UserConfig {
  tickers: string[];
  scanSp500: boolean;
  scanCrypto: boolean;
  /** Of the market list as a whole. */
  maxCandidates: number;
}
