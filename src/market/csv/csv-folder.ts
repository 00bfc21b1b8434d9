import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { VigiaError } from "../../kit/errors.ts";
import { isSymbol } from "../symbol.ts";

/** Paths of the price files by symbol; more than one path is a fault of that symbol. */
export type FolderIndex = ReadonlyMap<string, readonly string[]>;

/** Files beyond this many are a wrong folder (someone's home), not prices. */
const MAX_FILES = 100_000;

/**
 * Finds every `SYMBOL.csv` below `folder`, without regard to case; other names are no price files. Symbols are looked up
 * in this index and never joined to a path. Errors: `bad_folder`.
 */
export async function indexFolder(folder: string): Promise<FolderIndex> {
  const index = new Map<string, string[]>();
  let files = 0;
  for (const entry of await listFolder(folder)) {
    if (!entry.isFile() && !entry.isSymbolicLink()) continue;
    if (++files > MAX_FILES) throw badFolder(folder, `holds more than ${MAX_FILES} files`);
    const symbol = /^(.+)\.csv$/i.exec(entry.name)?.[1]?.toUpperCase();
    if (!symbol || !isSymbol(symbol)) continue;
    const path = relative(folder, join(entry.parentPath, entry.name));
    index.set(symbol, [...(index.get(symbol) ?? []), path].sort());
  }
  return index;
}

async function listFolder(folder: string) {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw badFolder(folder, "cannot be read", cause);
  }
}

function badFolder(folder: string, fault: string, cause?: unknown): VigiaError {
  return new VigiaError("bad_folder", `The price folder ${folder} ${fault}.`, {
    hint: "Set MARKET_DATA_DIR to the folder that holds SYMBOL.csv files.",
    cause,
  });
}
