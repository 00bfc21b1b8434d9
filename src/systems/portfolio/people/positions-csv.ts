import { VigiaError } from "../../../kit/errors.ts";
import { foldAccents } from "../../../kit/text.ts";

/** Spellings of each column, in lower case, without accents and with `_` between words. */
const COLUMN_NAMES = {
  symbol: ["symbol", "asset_symbol", "ticker", "simbolo"],
  quantity: ["quantity", "cantidad"],
  acquisitionPrice: ["acquisition_price", "price", "precio"],
  portfolio: ["portfolio", "portfolio_name", "cartera"],
  userId: ["user_id"],
  email: ["email"],
  firstName: ["first_name"],
  lastName: ["last_name"],
} as const;

export type PositionColumn = keyof typeof COLUMN_NAMES;

export interface PositionsHeader {
  delimiter: string;
  /** Column by its place in a line; undefined for one that nobody knows. */
  columns: (PositionColumn | undefined)[];
  /** Names of those, as the file has them. */
  unknown: string[];
}

/** A position needs some 100 characters. */
export const MAX_LINE_LENGTH = 2_000;
/** What spreadsheets write between values. */
const DELIMITERS = [",", ";", "\t"];
const ACCEPTED =
  "Needed: symbol. Usual: quantity,acquisition_price. May be there: portfolio,user_id,email,first_name,last_name.";

/** Reads the line that names the columns, and with it the delimiter. Error: `bad_header`. */
export function readHeader(line: string, file: string): PositionsHeader {
  if (line.length > MAX_LINE_LENGTH)
    throw new VigiaError("bad_header", `${file} has no line of columns.`, { hint: ACCEPTED });
  const readings = DELIMITERS.map((delimiter) => ({ delimiter, ...namedColumns(splitCells(line, delimiter) ?? []) }));
  const known = (reading: { columns: unknown[] }) => reading.columns.filter(Boolean).length;
  const header = readings.reduce((best, reading) => (known(reading) > known(best) ? reading : best));
  const refuse = (problem: string) => {
    throw new VigiaError("bad_header", `${file} ${problem}.`, { hint: ACCEPTED });
  };
  const { columns, unknown } = header;
  const twice = columns.find((column, at) => column !== undefined && columns.indexOf(column) < at);
  if (!columns.includes("symbol")) refuse("does not name its columns in the first line, or has no column symbol");
  if (twice) refuse(`names the column ${COLUMN_NAMES[twice][0]} twice`);
  // It may be a spelling of the figure that would then be lost.
  const figures = columns.includes("quantity") && columns.includes("acquisitionPrice");
  if (!figures && unknown.length > 0) refuse(`has the unknown column ${unknown.join(", ")}, and lacks a figure`);
  return header;
}

function namedColumns(names: readonly string[]): Pick<PositionsHeader, "columns" | "unknown"> {
  const columns = names.map((name) => {
    const folded = foldAccents(name.toLowerCase()).replace(/[\s_-]+/g, "_");
    return COLUMNS.find((column) => (COLUMN_NAMES[column] as readonly string[]).includes(folded));
  });
  const unknown = names.filter((name, at) => columns[at] === undefined && name !== "");
  return { columns, unknown: unknown.map((name) => name.slice(0, 40)) };
}

const COLUMNS = Object.keys(COLUMN_NAMES) as PositionColumn[];

/**
 * Trimmed values of one line; undefined when its quotes do not match. Line by line, so that a stray quote costs its own
 * line and not the rest of the file.
 */
export function splitCells(line: string, delimiter: string): string[] | undefined {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  for (let at = 0; ; at++) {
    while (line[at] === " ") at++;
    const found = line[at] === '"' ? quotedCell(line, at) : bareCell(line, at, delimiter);
    if (!found) return undefined;
    cells.push(found.cell.trim());
    at = found.end;
    while (line[at] === " ") at++;
    if (at >= line.length) return cells;
    if (line[at] !== delimiter) return undefined;
  }
}

interface Cell {
  cell: string;
  /** First place after it. */
  end: number;
}

function bareCell(line: string, at: number, delimiter: string): Cell | undefined {
  const next = line.indexOf(delimiter, at);
  const end = next === -1 ? line.length : next;
  const cell = line.slice(at, end);
  return cell.includes('"') ? undefined : { cell, end };
}

function quotedCell(line: string, at: number): Cell | undefined {
  for (let end = line.indexOf('"', at + 1); end !== -1; end = line.indexOf('"', end + 2))
    if (line[end + 1] !== '"') return { cell: line.slice(at + 1, end).replaceAll('""', '"'), end: end + 1 };
  return undefined;
}

export interface PositionLine {
  /** In the file; the header is on the first line with text. */
  number: number;
  text: string;
}

/** Lines with something on them, without their ends. */
export function* linesOf(text: string): Generator<PositionLine> {
  const end = text.includes("\n") ? "\n" : "\r";
  let number = 1;
  for (let start = text.startsWith("\uFEFF") ? 1 : 0; start < text.length; number++) {
    const found = text.indexOf(end, start);
    const stop = found === -1 ? text.length : found;
    const line = text.slice(start, stop).trimEnd();
    if (line !== "") yield { number, text: line };
    start = stop + 1;
  }
}
