import { parse } from "csv-parse/sync";
import { toError, VigiaError } from "../../kit/errors.ts";
import { isSymbol } from "../symbol.ts";

/** A member of an index as its list names it. */
export interface Constituent {
  /** As Yahoo spells it: `BRK-B`. */
  symbol: string;
  name: string | null;
  sector: string | null;
}

/** Six times the largest list seen; more is something else. */
const MAX_CHARACTERS = 1024 * 1024;
const NAME_COLUMNS = ["security", "name"];
const SECTOR_COLUMNS = ["gics sector", "sector"];

/**
 * Reads a list of members: CSV with the column Symbol and, where there are, Security or Name, and GICS Sector or Sector;
 * any case, any order, others ignored. Dots of share classes become dashes. Duplicates are left in. Errors: `bad_header`,
 * `bad_csv` (a line with too few or too many fields: the end was cut off), `bad_symbol`, `too_large`.
 */
export function parseConstituents(csvText: string): Constituent[] {
  if (csvText.length > MAX_CHARACTERS)
    throw new VigiaError("too_large", `The list of members has ${csvText.length} characters, which no list needs.`, {
      hint: "Give the CSV of the members alone.",
    });
  const [header = [], ...records] = readRecords(csvText);
  const columns = header.map((column) => column.toLowerCase());
  const symbolAt = columns.indexOf("symbol");
  if (symbolAt === -1) throw badHeader(csvText, header);
  const nameAt = columns.findIndex((column) => NAME_COLUMNS.includes(column));
  const sectorAt = columns.findIndex((column) => SECTOR_COLUMNS.includes(column));
  return records.map((fields, index) => ({
    symbol: readSymbol(fields[symbolAt] ?? "", index + 1),
    name: fields[nameAt] || null,
    sector: fields[sectorAt] || null,
  }));
}

function readRecords(text: string): string[][] {
  if (text.trimStart().startsWith("<")) throw badHeader(text, []);
  try {
    return parse(text, { bom: true, trim: true, skip_empty_lines: true });
  } catch (cause) {
    throw new VigiaError("bad_csv", `The list of members is not whole CSV: ${toError(cause).message}.`, {
      hint: "Each line needs as many fields as the header; the end may be missing.",
      cause,
    });
  }
}

function readSymbol(text: string, row: number): string {
  const symbol = text.toUpperCase().replaceAll(".", "-");
  if (isSymbol(symbol)) return symbol;
  throw new VigiaError("bad_symbol", `Member ${row} of the list has the symbol ${JSON.stringify(text.slice(0, 40))}.`, {
    hint: "Symbols are letters, digits and a dash or dot for the class: BRK.B.",
  });
}

function badHeader(text: string, header: readonly string[]): VigiaError {
  const shown = header.join(",").slice(0, 80);
  const problem = text.trim() === "" ? "is empty" : shown ? `begins with "${shown}"` : "is a web page, no CSV";
  return new VigiaError("bad_header", `The list of members ${problem}.`, {
    hint: "Its first line names the columns: Symbol,Security,GICS Sector.",
  });
}
