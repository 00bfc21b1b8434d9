import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { addDays, type IsoDate, utcDate } from "../../kit/dates.ts";
import { toError, VigiaError } from "../../kit/errors.ts";
import type { Logger } from "../../kit/log.ts";
import { PriceError } from "../price-error.ts";
import type { PriceProvider } from "../provider.ts";
import { isBarComplete, openSessionDate } from "../session.ts";
import { rulesFromSymbol } from "../symbol.ts";
import { computeWeeklyBars } from "../weekly.ts";
import { type ParsedBars, parseBarsCsv } from "./csv-bars.ts";
import { type FolderIndex, indexFolder } from "./csv-folder.ts";

export interface CsvProviderOptions {
  /** Searched with its subfolders. */
  folder: string;
  log: Logger;
}

/** Parsed files kept in memory, least recently used out first: a year of work on 15 tickers reads each file once. */
const KEPT_FILES = 32;
/** The folder is listed again after this long, and whenever a symbol is not found. */
const INDEX_AGE_MS = 5_000;

interface KeptFile {
  /** Modification time and size: the file is read again when either changes. */
  version: string;
  parsed: ParsedBars;
}

/** Prices from `SYMBOL.csv` files; a bad file costs only its symbol. Currency is what the file cannot say: null. */
export function createCsvProvider({ folder, log }: CsvProviderOptions): PriceProvider {
  const kept = new Map<string, KeptFile>();
  const index = createFolderIndex(folder);

  async function readFile(symbol: string, path: string): Promise<ParsedBars> {
    const { mtimeMs, size } = await stat(join(folder, path));
    const version = `${mtimeMs}/${size}`;
    const known = kept.get(path);
    kept.delete(path);
    const parsed =
      known?.version === version ? known.parsed : await parseBarsCsv(createReadStream(join(folder, path)), path);
    if (known?.version !== version) log.debug("market.file_read", `Read ${path}`, { symbol, bars: parsed.bars.length });
    kept.set(path, { version, parsed });
    if (kept.size > KEPT_FILES) kept.delete(kept.keys().next().value!);
    return parsed;
  }

  return {
    source: "csv",
    readsWhole: true,
    isLocal: true,
    symbols: async () => [...(await index.list()).keys()].sort(),
    async fetchBars({ symbol, interval, from, to, now, signal }) {
      signal.throwIfAborted();
      const path = onlyPath(symbol, await index.paths(symbol, now), folder);
      const { bars, warnings } = await readFile(symbol, path).catch((thrown) => {
        throw fileError(symbol, path, thrown);
      });
      const rules = rulesFromSymbol(symbol);
      const chosen = (interval === "1wk" ? computeWeeklyBars(bars) : bars).filter(
        ({ date }) => date >= from && date <= to && isBarComplete(date, rules, now, interval),
      );
      const openDate = openSessionDate(rules, now);
      const openBar = interval === "1d" ? bars.find(({ date }) => date === openDate) : undefined;
      if (chosen.length === 0) throw noData(symbol, path, bars[0]!.date, bars.at(-1)!.date, from, to);
      return {
        bars: chosen,
        ...(openBar ? { openBar } : {}),
        currency: null,
        timezone: rules.timezone,
        name: null,
        kind: rules.kind,
        exchange: null,
        firstDate: bars[0]!.date,
        warnings: [
          ...warnings,
          ...futureWarnings(
            path,
            bars.map(({ date }) => date),
            now,
          ),
        ],
      };
    },
  };
}

function createFolderIndex(folder: string) {
  let index: FolderIndex = new Map();
  let listedAtMs = Number.NEGATIVE_INFINITY;
  const list = async (): Promise<FolderIndex> => (index = await indexFolder(folder));
  return {
    list,
    async paths(symbol: string, now: Date): Promise<readonly string[]> {
      const fresh = Math.abs(now.getTime() - listedAtMs) < INDEX_AGE_MS;
      if (!fresh || !index.has(symbol.toUpperCase())) {
        await list();
        listedAtMs = now.getTime();
      }
      return index.get(symbol.toUpperCase()) ?? [];
    },
  };
}

function onlyPath(symbol: string, paths: readonly string[], folder: string): string {
  const [path, other] = paths;
  if (path === undefined)
    throw new PriceError("unknown_symbol", symbol, `No file ${symbol}.csv in ${folder} or below.`, {
      hint: "Put one there, or take the symbol off the list.",
    });
  if (other !== undefined)
    throw new PriceError("bad_data", symbol, `Two files for ${symbol}: ${paths.join(" and ")}.`, {
      hint: "Keep one of them.",
    });
  return path;
}

function fileError(symbol: string, path: string, thrown: unknown): PriceError {
  if (thrown instanceof VigiaError)
    return new PriceError("bad_data", symbol, thrown.message, { ...(thrown.hint && { hint: thrown.hint }) });
  return new PriceError("source_unavailable", symbol, `${path} cannot be read.`, {
    hint: "Check that the file exists and may be read.",
    retryable: true,
    cause: toError(thrown),
  });
}

function noData(symbol: string, path: string, first: IsoDate, last: IsoDate, from: IsoDate, to: IsoDate): PriceError {
  return new PriceError("no_data", symbol, `${path} covers ${first} to ${last}: nothing from ${from} to ${to}.`);
}

/** Bars from beyond the clock are not known yet; said once a file. A day's grace covers the zones east of UTC. */
function futureWarnings(path: string, dates: readonly IsoDate[], now: Date): string[] {
  const tomorrow = addDays(utcDate(now), 1);
  const future = dates.filter((date) => date > tomorrow);
  return future.length === 0
    ? []
    : [`${path}: ${future.length} bars after ${utcDate(now)} are in the future (first ${future[0]}) and were left out`];
}
