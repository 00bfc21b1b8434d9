import type { Clock } from "../../../kit/clock.ts";
import { utcDate } from "../../../kit/dates.ts";
import { VigiaError } from "../../../kit/errors.ts";
import { parseBarsCsv } from "../../../market/csv/csv-bars.ts";
import type { Market } from "../../../market/market.ts";
import { isSymbol, rulesFromSymbol } from "../../../market/symbol.ts";
import type { ImportOutcome } from "./import-fundamentals.ts";

/**
 * Daily bars of one symbol, named by its file (`YPF.csv`): they take the place of all that is stored for it, as if the
 * source of prices in use had answered so; where that source answers again and differs, its answer wins.
 */
export async function importPrices(
  { name, text }: { name: string; text: string },
  { market, clock }: { market: Pick<Market, "source" | "replace">; clock: Clock },
): Promise<ImportOutcome & { rows: number }> {
  if (market.source === "sample")
    throw new VigiaError("not_supported", "Sample prices are generated; imported ones would be mixed with them.", {
      hint: "Set MARKET_DATA=yahoo, or MARKET_DATA=csv with the file's folder as MARKET_DATA_DIR.",
    });
  const symbol = name.replace(/\.csv$/i, "").toUpperCase();
  if (!isSymbol(symbol))
    throw new VigiaError("bad_file_name", `${name} does not name a symbol.`, { hint: "Call the file SYMBOL.csv." });
  const { bars: read, warnings } = await parseBarsCsv(text, name);
  const today = utcDate(clock.now());
  const bars = read.filter(({ date }) => date <= today);
  const future = read.length - bars.length;
  const problems = future > 0 ? [...warnings, `${name}: left out what is after ${today} (lines: ${future})`] : warnings;
  if (bars.length > 0) {
    const { timezone, kind } = rulesFromSymbol(symbol);
    const firstDate = bars[0]!.date;
    await market.replace(symbol, {
      bars,
      currency: null,
      timezone,
      name: null,
      kind,
      exchange: null,
      firstDate,
      warnings,
    });
  }
  return {
    rows: read.length + warnings.length,
    stored: bars.length,
    subjects: bars.length > 0 ? [symbol] : [],
    problems,
  };
}
