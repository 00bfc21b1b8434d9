import type { MarketName } from "../../../db/schema/market.ts";
import type { UserConfig } from "../people/user-portfolio.ts";
import type { MarketReport } from "./user-report.ts";

/** What of a user's configuration shapes the market files. */
export type MarketConfig = Pick<UserConfig, "scanSp500" | "scanCrypto" | "maxCandidates">;

/**
 * The market as one user wants it (row P46): a market switched off is left out altogether, the list is cut at
 * `maxCandidates`, stocks first. Without a configuration everything stays. Pure.
 */
export function filterCandidates(market: MarketReport, config: MarketConfig | null): MarketReport {
  const shown = marketsOf(market);
  if (config === null) return { ...market, markets: shown };
  const isWanted: Readonly<Record<MarketName, boolean>> = { sp500: config.scanSp500, crypto30: config.scanCrypto };
  const markets = shown.filter((name) => isWanted[name]);
  const candidates = markets.flatMap((name) => market.candidates.filter((candidate) => candidate.market === name));
  return { ...market, markets, candidates: candidates.slice(0, Math.max(0, config.maxCandidates)) };
}

/** Stocks first. */
export const marketsOf = ({ markets }: MarketReport): readonly MarketName[] => markets ?? ["sp500", "crypto30"];
