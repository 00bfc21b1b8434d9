import { isIsoDate } from "../../../kit/dates.ts";
import { IMPORT_SOURCE } from "../../../market/snapshot-store.ts";
import type { Point } from "../facts.ts";
import { type CsvRow, type CsvTable, requireColumns } from "./csv-table.ts";
import type { ImportOutcome, ImportTarget } from "./import-fundamentals.ts";
import { loadImported, MACRO_SERIES, type MacroSeries, macroKey } from "./macro.ts";
import { mergePoints, readNumber } from "./reading.ts";

/** Name of each series in the file. */
const SERIES_NAMES: Record<string, MacroSeries> = {
  usd: "usd",
  cer: "cer",
  inflation: "inflation",
  country_risk: "countryRisk",
};

/**
 * Header `series,date,value`; series are `usd` (ARS per USD), `cer` (index), `inflation` (monthly percent) and
 * `country_risk` (basis points). Each point is known from its own date on. Points are added to those of earlier files.
 */
export async function importMacro(table: CsvTable, { store, fetchedAt }: ImportTarget): Promise<ImportOutcome> {
  requireColumns(table, ["series", "date", "value"], []);
  const points = new Map<MacroSeries, Point[]>();
  const problems: string[] = [];
  let stored = 0;
  for (const row of table.rows) {
    const read = readRow(row);
    if ("problem" in read) problems.push(`${table.file} line ${row.line}: ${read.problem}`);
    else {
      const list = points.get(read.series) ?? [];
      list.push(read.point);
      points.set(read.series, list);
      stored++;
    }
  }
  for (const series of MACRO_SERIES) {
    const added = points.get(series);
    if (!added) continue;
    const payload = mergePoints(await loadImported(store, series), added);
    await store.save([
      { source: IMPORT_SOURCE, key: macroKey(series), asOf: payload.at(-1)!.date, fetchedAt, payload },
    ]);
  }
  const subjects = Object.keys(SERIES_NAMES).filter((name) => points.has(SERIES_NAMES[name]!));
  return { stored, subjects, problems };
}

function readRow({ cells }: CsvRow): { series: MacroSeries; point: Point } | { problem: string } {
  const series = SERIES_NAMES[cells.series?.toLowerCase() ?? ""];
  if (!series) return { problem: `series is not one of ${Object.keys(SERIES_NAMES).join(", ")}` };
  const { date = "", value: text } = cells;
  if (!isIsoDate(date)) return { problem: `date ${JSON.stringify(date)} is not a date like 2026-03-31` };
  const value = readNumber(text);
  if (value === null) return { problem: `value ${JSON.stringify(text ?? "")} is not a number` };
  if (value <= 0 && series !== "inflation") return { problem: `value ${text} is not above zero` };
  return { series, point: { date, value } };
}
