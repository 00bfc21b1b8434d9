import type { Database } from "../../db/index.ts";
import type { MarketName } from "../../db/schema/market.ts";
import type { IsoDate } from "../../kit/dates.ts";
import { indexFolder, symbolsInSubfolder } from "../csv/csv-folder.ts";
import { CRYPTO30 } from "./crypto30.ts";
import { SP500_FALLBACK } from "./sp500-fallback.ts";
import { type ListSource, loadMembers, loadNewestList } from "./universe-store.ts";

export interface Universe {
  /** As Yahoo spells them, each once. */
  symbols: readonly string[];
  /** `folder`: files of prices in a subfolder of that name; `embedded`: the list in the code. */
  source: ListSource | "folder" | "embedded";
  /** The day of which the list speaks; null where it names none. */
  asOf: IsoDate | null;
}

export interface UniverseOptions {
  /** Where imported and fetched lists are; undefined where no store is there yet. */
  db: Database | undefined;
  /** `MARKET_DATA_DIR`, when prices come from files. */
  folder: string | undefined;
}

/**
 * The symbols of a market as they were known on `asOf`: for coins the embedded list; for stocks the newest stored list of
 * that day or before, else the files of the folder's subfolder `sp500`, else the embedded list. Errors: `bad_folder`.
 */
export async function loadUniverse(
  { db, folder }: UniverseOptions,
  market: MarketName,
  asOf: IsoDate,
): Promise<Universe> {
  if (market === "crypto30") return { symbols: CRYPTO30, source: "embedded", asOf: null };
  const list = db && (await loadNewestList(db.read, market, asOf));
  if (list) {
    const members = await loadMembers(db.read, market, asOf);
    return { symbols: members.map(({ symbol }) => symbol), ...list };
  }
  const files = folder ? symbolsInSubfolder(await indexFolder(folder), market) : [];
  if (files.length > 0) return { symbols: files, source: "folder", asOf: null };
  return { symbols: SP500_FALLBACK, source: "embedded", asOf: null };
}
