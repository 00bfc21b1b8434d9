import { createReadStream } from "node:fs";
import { basename, extname, resolve } from "node:path";
import type { DataSource } from "../db/schema/market.ts";
import { readSettings } from "../environment.ts";
import { readPrices } from "../house/prices.ts";
import { createSystemClock } from "../kit/clock.ts";
import type { IsoDate } from "../kit/dates.ts";
import { errorCode, VigiaError } from "../kit/errors.ts";
import { type Bars, toBars } from "../market/bars.ts";
import { parseBarsCsv } from "../market/csv/csv-bars.ts";
import { isSymbol } from "../market/symbol.ts";
import type { CommandContext } from "./context.ts";
import { plainText } from "./output.ts";
import { checkFile } from "./read-file.ts";

export interface LoadedSeries {
  symbol: string;
  /** Daily bars, oldest first. */
  bars: Bars;
  dataSource: DataSource | "file";
}

interface SeriesRange {
  /** A symbol's whole history instead of its last PRICE_HISTORY_DAYS; a file is always read whole. */
  whole: boolean;
  /** Newest date of a symbol's bars. */
  to?: IsoDate;
}

/** Bars of a symbol from the configured source, or of a CSV file; nothing is stored. */
export function loadSeries(series: string, context: CommandContext, range: SeriesRange): Promise<LoadedSeries> {
  return isPath(series) ? loadFile(series, context) : loadSymbol(series, context, range);
}

/** No symbol has a slash, and none ends in `.csv`. */
const isPath = (text: string): boolean => /[/\\]|\.csv$/i.test(text);

async function loadFile(path: string, { output }: CommandContext): Promise<LoadedSeries> {
  await checkFile(path);
  const { bars, warnings } = await parseBarsCsv(createReadStream(path), path).catch((thrown) => {
    if (thrown instanceof VigiaError) throw thrown;
    throw new VigiaError("file_unreadable", `${path} cannot be read (${errorCode(thrown)}).`, { cause: thrown });
  });
  for (const warning of warnings) output.note(plainText(warning));
  const name = basename(path);
  return { symbol: basename(name, extname(name)).toUpperCase(), bars: toBars(bars), dataSource: "file" };
}

async function loadSymbol(name: string, context: CommandContext, range: SeriesRange): Promise<LoadedSeries> {
  const symbol = name.toUpperCase();
  if (!isSymbol(symbol))
    throw new VigiaError("bad_usage", `${name} is no symbol.`, {
      hint: "Write a symbol like YPF or BTC-USD, or the path of a CSV file.",
    });
  const loaded = readSettings(context.environment, context.globals.envFile);
  for (const warning of loaded.warnings) context.output.note(warning);
  const { settings } = loaded;
  const { bars, warnings, dataSource } = await readPrices({
    loaded,
    dataDir: resolve(settings.vigiaDataDir),
    symbol,
    now: createSystemClock(settings.vigiaNow).now(),
    signal: context.signal,
    ...range,
  });
  for (const warning of warnings) context.output.note(plainText(warning));
  return { symbol, bars, dataSource };
}
