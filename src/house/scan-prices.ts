import type { MarketName } from "../db/schema/market.ts";
import type { IsoDate } from "../kit/dates.ts";
import { errorCode } from "../kit/errors.ts";
import { type Bars, toBars } from "../market/bars.ts";
import { lastCompleteDate } from "../market/session.ts";
import { rulesFromSymbol } from "../market/symbol.ts";
import { loadUniverse, type Universe } from "../market/universe/load-universe.ts";
import { openOwnStore } from "./own-store.ts";
import type { PriceReader, PricesRequest } from "./prices.ts";

const NO_BARS = toBars([]);
/** The symbol is not there: a scan skips it. Anything else is a fault of the source. */
const ABSENT = new Set(["unknown_symbol", "no_data", "bad_data"]);

/** Complete daily bars of a symbol as of `now`; empty for one that the source does not have. */
export async function loadForScan(reader: PriceReader, symbol: string, now: Date): Promise<Bars> {
  try {
    return (await reader.read(symbol, lastCompleteDate(rulesFromSymbol(symbol), now))).bars;
  } catch (thrown) {
    if (ABSENT.has(errorCode(thrown))) return NO_BARS;
    throw thrown;
  }
}

/** The members of a market as a running house would see them, without opening more than the list. */
export async function readUniverse(
  { loaded: { settings }, dataDir }: PricesRequest,
  { db, dataSource }: PriceReader,
  { market, asOf }: { market: MarketName; asOf: IsoDate },
): Promise<Universe> {
  const folder = dataSource === "csv" ? settings.marketDataDir : undefined;
  if (db) return loadUniverse({ db, folder }, market, asOf);
  const store = await openOwnStore(settings, dataDir);
  if (!store) return loadUniverse({ db: undefined, folder }, market, asOf);
  try {
    return await store.read("list of members", (own) => loadUniverse({ db: own, folder }, market, asOf));
  } finally {
    store.close();
  }
}
