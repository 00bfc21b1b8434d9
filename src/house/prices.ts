import { existsSync } from "node:fs";
import { databaseLocation, openDatabase } from "../db/index.ts";
import type { DataSource } from "../db/schema/market.ts";
import { addDays, type IsoDate, utcDate } from "../kit/dates.ts";
import { VigiaError } from "../kit/errors.ts";
import { silentLogger } from "../kit/log.ts";
import { type Bars, BEGINNING, sliceBars, toBars } from "../market/bars.ts";
import { loadBars } from "../market/bars-store.ts";
import { createPriceProvider } from "../market/price-provider.ts";
import type { HttpClient } from "../net/client.ts";
import type { LoadedSettings } from "../settings.ts";
import { settleMarketSource } from "./market-source.ts";

export interface PricesRequest {
  loaded: LoadedSettings;
  dataDir: string;
  symbol: string;
  now: Date;
  to?: IsoDate;
  /** All that there is, instead of the newest `PRICE_HISTORY_DAYS`. */
  whole?: boolean;
  signal: AbortSignal;
}

export interface Prices {
  bars: Bars;
  warnings: string[];
  dataSource: DataSource;
}

/**
 * Prices of one symbol without storing anything: the newest `PRICE_HISTORY_DAYS` up to `to`, from the files or the
 * generator when those are the source, else from what the house has stored. The network is never asked here, because its
 * budget belongs to the process that runs. Errors: `no_data`, and those of the source.
 */
export async function readPrices(request: PricesRequest): Promise<Prices> {
  const { settings, set } = request.loaded;
  const named = set.has("MARKET_DATA") && settings.marketData !== "yahoo";
  const prices = (named ? undefined : await readStored(request)) ?? (await readSource(request));
  const newest = prices.bars.date.at(-1);
  if (newest === undefined) throw nothingStored(request, prices.dataSource);
  if (request.whole) return prices;
  return { ...prices, bars: barsFrom(prices.bars, addDays(newest, -settings.priceHistoryDays)) };
}

async function readSource(request: PricesRequest): Promise<Prices> {
  const { loaded, symbol, now, to = utcDate(now), signal } = request;
  if (loaded.settings.marketData === "yahoo") throw nothingStored(request, "yahoo");
  const provider = createPriceProvider(loaded.settings, silentLogger);
  const range = { symbol, interval: "1d", from: BEGINNING, to } as const;
  const { bars, warnings } = await provider.fetchBars({ ...range, now, http: NO_NETWORK, signal });
  return { bars: toBars(bars), warnings, dataSource: provider.source };
}

/** Undefined when the store is not there yet, or holds sample data: those are generated again. */
async function readStored({
  loaded,
  dataDir,
  symbol,
  now,
  to = utcDate(now),
}: PricesRequest): Promise<Prices | undefined> {
  const { databaseUrl, databaseAuthToken: authToken } = loaded.settings;
  const location = databaseLocation(databaseUrl, dataDir);
  if (location.path && !existsSync(location.path)) return undefined;
  const db = await openDatabase({ ...location, ...(authToken ? { authToken } : {}) });
  try {
    const { marketData } = await settleMarketSource(loaded, db);
    if (marketData === "sample") return undefined;
    const bars = await loadBars(db, { symbol, interval: "1d" }, marketData, { to });
    return { bars, warnings: [], dataSource: marketData };
  } catch (cause) {
    throw new VigiaError("db_unreadable", `The stored prices in ${location.path ?? "DATABASE_URL"} cannot be read.`, {
      hint: "Start Vigía once, which brings an older database up to date; the log of that start says more.",
      cause,
    });
  } finally {
    db.close();
  }
}

function barsFrom(bars: Bars, date: IsoDate): Bars {
  const first = bars.date.findIndex((candidate) => candidate >= date);
  return first <= 0 ? bars : sliceBars(bars, first, bars.length);
}

function nothingStored({ symbol, to }: Pick<PricesRequest, "symbol" | "to">, source: DataSource): VigiaError {
  const until = to === undefined ? "" : ` up to ${to}`;
  return new VigiaError("no_data", `No prices of ${symbol} from ${source}${until} are stored.`, {
    hint: "Add it to RECOMMENDATION_TICKERS and run daily_analysis, or analyse a CSV file.",
  });
}

const refuse = async (): Promise<never> => {
  throw new VigiaError("host_not_allowed", "This command does not use the network.");
};
const NO_NETWORK: HttpClient = { call: refuse, budgetLeft: refuse };
