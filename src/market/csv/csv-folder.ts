import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
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
  for await (const entry of walk(folder, new Set())) {
    if (++files > MAX_FILES) throw badFolder(folder, `holds more than ${MAX_FILES} files`);
    const symbol = /^(.+)\.csv$/i.exec(entry.name)?.[1]?.toUpperCase();
    if (!symbol || !isSymbol(symbol)) continue;
    const path = relative(folder, join(entry.folder, entry.name));
    index.set(symbol, [...(index.get(symbol) ?? []), path].sort());
  }
  return index;
}

/** Symbols with a file below a subfolder of that name, at any depth and in any case; sorted. */
export function symbolsInSubfolder(index: FolderIndex, name: string): string[] {
  const isBelow = (path: string) => dirname(path).toLowerCase().split(sep).includes(name);
  return [...index].flatMap(([symbol, paths]) => (paths.some(isBelow) ? [symbol] : [])).sort();
}

/** Files and links below `folder`. A link to a folder is followed once: links may lead in circles. */
async function* walk(folder: string, seen: Set<string>): AsyncGenerator<{ folder: string; name: string }> {
  const { real, entries } = await listFolder(folder);
  if (seen.has(real)) return;
  seen.add(real);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(path)))) yield* walk(path, seen);
    else if (entry.isFile() || entry.isSymbolicLink()) yield { folder, name: entry.name };
  }
}

async function listFolder(folder: string) {
  try {
    return { real: await realpath(folder), entries: await readdir(folder, { withFileTypes: true }) };
  } catch (cause) {
    throw badFolder(folder, "cannot be read", cause);
  }
}

const leadsToFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (target) => target.isDirectory(),
    () => false,
  );

function badFolder(folder: string, fault: string, cause?: unknown): VigiaError {
  return new VigiaError("bad_folder", `The price folder ${folder} ${fault}.`, {
    hint: "Set MARKET_DATA_DIR to the folder that holds SYMBOL.csv files.",
    cause,
  });
}
