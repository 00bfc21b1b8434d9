import type { Settings } from "../../../settings.ts";
import { canonicalSymbol } from "./person-fields.ts";
import type { Holding, UserConfig } from "./user-portfolio.ts";

/** What settings say of where symbols come from. */
export interface DirectoryRules {
  /** `users`: assets alone. `profiles`: the configuration's tickers alone. `auto`: assets, else the tickers. */
  directory: Settings["portfolioDirectory"];
  /** Whether a user without any symbol gets the default list instead of none. */
  defaultPortfolio: boolean;
}

/** The list of the original for users without symbols (portfolio.md 2), in its order. */
export const DEFAULT_SYMBOLS = ["PAXG-USD", "^GSPC", "BTC-USD", "ETH-USD", "BNB-USD", "SOL-USD"] as const;

/** Portfolios that no table has: what the holdings of the two lists belong to. */
const CONFIG_PORTFOLIO = { portfolioId: "portfolio_config", portfolioName: "Lista de seguimiento" };
const DEFAULT_PORTFOLIO = { portfolioId: "default_portfolio", portfolioName: "Lista predeterminada" };

export interface ResolvedHoldings {
  holdings: Holding[];
  /** Each once, first occurrence first. */
  symbols: string[];
  config: UserConfig | null;
}

/**
 * What a cycle analyses for one user. Symbols are trimmed and in upper case, blank ones are dropped; those that no
 * market can have stay, so that the reports name them as failed.
 */
export function resolveHoldings(
  { assets, config }: { assets: readonly Holding[]; config: UserConfig | null },
  { directory, defaultPortfolio }: DirectoryRules,
): ResolvedHoldings {
  const usedConfig = directory === "users" ? null : config;
  const own = directory === "profiles" ? [] : withSymbols(assets);
  const held = own.length > 0 ? own : listed(usedConfig?.tickers ?? [], CONFIG_PORTFOLIO);
  const holdings = held.length === 0 && defaultPortfolio ? listed(DEFAULT_SYMBOLS, DEFAULT_PORTFOLIO) : held;
  return { holdings, symbols: [...new Set(holdings.map(({ symbol }) => symbol))], config: usedConfig };
}

/** Tickers of a stored configuration: anything but a list of texts says nothing. */
export function tickersOf(stored: unknown): string[] {
  return Array.isArray(stored) ? stored.filter((ticker) => typeof ticker === "string") : [];
}

function withSymbols(holdings: readonly Holding[]): Holding[] {
  return holdings.flatMap((holding) => {
    const symbol = canonicalSymbol(holding.symbol);
    return symbol === "" ? [] : [{ ...holding, symbol }];
  });
}

function listed(tickers: readonly string[], portfolio: { portfolioId: string; portfolioName: string }): Holding[] {
  const symbols = new Set(tickers.map(canonicalSymbol));
  symbols.delete("");
  return Array.from(symbols, (symbol) => ({ ...portfolio, symbol, quantity: null, acquisitionPrice: null }));
}
