import { existsSync } from "node:fs";
import { databaseLocation, openDatabase } from "../db/index.ts";
import type { DataSource } from "../db/schema/market.ts";
import { addDays, type IsoDate, utcDate } from "../kit/dates.ts";
import { VigiaError } from "../kit/errors.ts";
import { silentLogger } from "../kit/log.ts";
import { type Bars, toBars } from "../market/bars.ts";
import { loadBars } from "../market/bars-store.ts";
import { createPriceProvider } from "../market/price-provider.ts";
import type { HttpClient } from "../net/client.ts";
import type { Settings } from "../settings.ts";

export interface PricesRequest {
  settings: Settings;
  dataDir: string;
  symbol: string;
  now: Date;
  to?: IsoDate;
  signal: AbortSignal;
}

export interface Prices {
  bars: Bars;
  warnings: string[];
  dataSource: DataSource;
}

/**
 * Prices of one symbol without storing anything: from the files or the generator when those are the source, else from
 * what the house has stored. The network is never asked here, because its budget belongs to the process that runs.
 */
export async function readPrices({
  settings,
  dataDir,
  symbol,
  now,
  to = utcDate(now),
  signal,
}: PricesRequest): Promise<Prices> {
  const from = addDays(to, -settings.priceHistoryDays);
  if (settings.marketData === "yahoo")
    return { ...(await readStored(settings, dataDir, symbol, { from, to })), warnings: [] };
  const provider = createPriceProvider(settings, silentLogger);
  const { bars, warnings } = await provider.fetchBars({
    symbol,
    interval: "1d",
    from,
    to,
    now,
    http: NO_NETWORK,
    signal,
  });
  return { bars: toBars(bars), warnings, dataSource: provider.source };
}

async function readStored(
  settings: Settings,
  dataDir: string,
  symbol: string,
  range: { from: IsoDate; to: IsoDate },
): Promise<Omit<Prices, "warnings">> {
  const { url, path } = databaseLocation(settings.databaseUrl, dataDir);
  if (path && !existsSync(path)) throw nothingStored(symbol);
  const db = await openDatabase({
    url,
    ...(path ? { path } : {}),
    ...(settings.databaseAuthToken ? { authToken: settings.databaseAuthToken } : {}),
  });
  try {
    const bars = await loadBars(db, { symbol, interval: "1d" }, settings.marketData, range);
    if (bars.length === 0) throw nothingStored(symbol);
    return { bars, dataSource: settings.marketData };
  } finally {
    db.close();
  }
}

const nothingStored = (symbol: string) =>
  new VigiaError("no_data", `No prices of ${symbol} are stored.`, {
    hint: "Add it to RECOMMENDATION_TICKERS and run daily_analysis, or analyse a CSV file.",
  });

const refuse = async (): Promise<never> => {
  throw new VigiaError("host_not_allowed", "This command does not use the network.");
};
const NO_NETWORK: HttpClient = { call: refuse, budgetLeft: refuse };
