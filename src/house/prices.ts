import type { Database } from "../db/index.ts";
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
import { openOwnStore } from "./own-store.ts";

export interface PricesRequest {
  loaded: LoadedSettings;
  dataDir: string;
  now: Date;
  signal: AbortSignal;
}

/** Prices for commands that store nothing. The network is never asked, because its budget belongs to the process that runs. */
export interface PriceReader {
  readonly dataSource: DataSource;
  /** The local store, when the prices come from there. */
  readonly db: Database | undefined;
  /** All complete daily bars up to `to`. Errors: `no_data`, and those of the source. */
  read(symbol: string, to?: IsoDate): Promise<{ bars: Bars; warnings: string[] }>;
  close(): void;
}

/** From the files or the generator when those are the source, else from what the house has stored. */
export async function openPrices(request: PricesRequest): Promise<PriceReader> {
  const { settings, set } = request.loaded;
  const named = set.has("MARKET_DATA") && settings.marketData !== "yahoo";
  return (named ? undefined : await openStored(request)) ?? openSource(request);
}

/**
 * Prices of one symbol without storing anything: the newest `PRICE_HISTORY_DAYS` up to `to`, or all of them with `whole`.
 * Errors: `no_data`, and those of the source.
 */
export async function readPrices(
  request: PricesRequest & { symbol: string; to?: IsoDate; whole?: boolean },
): Promise<{ bars: Bars; warnings: string[]; dataSource: DataSource }> {
  const reader = await openPrices(request);
  try {
    const { bars, warnings } = await reader.read(request.symbol, request.to);
    const { dataSource } = reader;
    if (request.whole) return { bars, warnings, dataSource };
    const oldest = addDays(bars.date.at(-1)!, -request.loaded.settings.priceHistoryDays);
    return { bars: barsFrom(bars, oldest), warnings, dataSource };
  } finally {
    reader.close();
  }
}

function openSource({ loaded, now, signal }: PricesRequest): PriceReader {
  const { settings } = loaded;
  const provider = settings.marketData === "yahoo" ? undefined : createPriceProvider(settings, silentLogger);
  return {
    dataSource: settings.marketData,
    db: undefined,
    async read(symbol, to = utcDate(now)) {
      if (!provider) throw nothingStored(symbol, to, "yahoo");
      const range = { symbol, interval: "1d", from: BEGINNING, to } as const;
      const { bars, warnings } = await provider.fetchBars({ ...range, now, http: NO_NETWORK, signal });
      if (bars.length === 0) throw nothingStored(symbol, to, provider.source);
      return { bars: toBars(bars), warnings };
    },
    close() {},
  };
}

const STORED_PRICES = "stored prices";

/** Undefined when the store is not there yet, or holds sample data: those are generated again. */
async function openStored({ loaded, dataDir, now }: PricesRequest): Promise<PriceReader | undefined> {
  const store = await openOwnStore(loaded.settings, dataDir);
  if (!store) return undefined;
  try {
    const { marketData } = await store.read(STORED_PRICES, (db) => settleMarketSource(loaded, db));
    if (marketData === "sample") {
      store.close();
      return undefined;
    }
    return {
      dataSource: marketData,
      db: store.db,
      async read(symbol, to = utcDate(now)) {
        const bars = await store.read(STORED_PRICES, (db) =>
          loadBars(db, { symbol, interval: "1d" }, marketData, { to }),
        );
        if (bars.length === 0) throw nothingStored(symbol, to, marketData);
        return { bars, warnings: [] };
      },
      close: store.close,
    };
  } catch (thrown) {
    store.close();
    throw thrown;
  }
}

function barsFrom(bars: Bars, date: IsoDate): Bars {
  const first = bars.date.findIndex((candidate) => candidate >= date);
  return first <= 0 ? bars : sliceBars(bars, first, bars.length);
}

function nothingStored(symbol: string, to: IsoDate, source: DataSource): VigiaError {
  return new VigiaError("no_data", `No prices of ${symbol} from ${source} up to ${to} are stored.`, {
    hint: "Add it to RECOMMENDATION_TICKERS and run daily_analysis, or analyse a CSV file.",
  });
}

const refuse = async (): Promise<never> => {
  throw new VigiaError("host_not_allowed", "This command does not use the network.");
};
const NO_NETWORK: HttpClient = { call: refuse, budgetLeft: refuse };
