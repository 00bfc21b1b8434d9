import { type Command, InvalidArgumentError } from "commander";
import type { ConfigView } from "../systems/portfolio/people/user-views.ts";

/** What may be said of a user. */
export interface PersonOptions {
  email?: string;
  firstName?: string;
  lastName?: string;
  timezone?: string;
  active?: boolean;
  tickers?: string[];
  scanSp500?: boolean;
  scanCrypto?: boolean;
  maxCandidates?: number;
  /** False with `--no-config`; true without. */
  config?: boolean;
}

export function withPersonOptions(command: Command): Command {
  return command
    .option("--email <address>", "e-mail address")
    .option("--first-name <name>", "first name")
    .option("--last-name <name>", "last name")
    .option("--timezone <zone>", "IANA zone of the reports")
    .option("--active <boolean>", "whether cycles analyse them", parseBoolean)
    .option("--tickers <list>", "configuration: symbols that stand in for assets, with commas", parseList)
    .option("--scan-sp500 <boolean>", "configuration: stocks in the market's files", parseBoolean)
    .option("--scan-crypto <boolean>", "configuration: coins in the market's files", parseBoolean)
    .option("--max-candidates <count>", "configuration: length of the market list", Number);
}

/** The options that were given, as the API names them. */
export function bodyOf(options: PersonOptions): Record<string, unknown> {
  const config: Partial<ConfigView> = given({
    portfolio_tickers: options.tickers,
    scan_sp500: options.scanSp500,
    scan_crypto: options.scanCrypto,
    max_candidates: options.maxCandidates,
  });
  const { email, firstName: first_name, lastName: last_name, timezone } = options;
  const texts = Object.entries(given({ email, first_name, last_name, timezone }));
  return {
    ...Object.fromEntries(texts.map(([key, text]) => [key, text === "" ? null : text])),
    ...given({ active: options.active }),
    ...(options.config === false ? { config: null } : Object.keys(config).length > 0 ? { config } : {}),
  };
}

const given = <Value>(options: Record<string, Value | undefined>): Record<string, Value> =>
  Object.fromEntries(Object.entries(options).filter((entry): entry is [string, Value] => entry[1] !== undefined));

function parseBoolean(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new InvalidArgumentError("It is neither true nor false.");
}

const parseList = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
