import { parse } from "csv-parse/sync";
import { type IsoDate, isIsoDate } from "../../kit/dates.ts";
import { errorCode, toError, VigiaError } from "../../kit/errors.ts";
import type { Bar } from "../bars.ts";
import { readLines, type TextLine } from "./csv-lines.ts";

export interface ParsedBars {
  /** Oldest first, one a date. */
  bars: Bar[];
  /** Faults that cost single lines: `YPF.csv line 12: …`. */
  warnings: string[];
}

/** A file with more bad lines than this is not trusted at all; days before the first price do not count. */
export const MAX_BAD_LINES = 100;
/** Faults told one by one; the rest is counted. */
const MAX_WARNINGS = 20;

/**
 * Reads bars from CSV text with the header `date,open,high,low,close,volume` and optionally `adjclose` (`adj_close`,
 * `adj close`): any order, any case, further columns ignored. Without an adjusted close it equals the close.
 * A bad line costs itself; up to `MAX_BAD_LINES` of them, besides lines of zeros before the first price. Errors (`bad_data`, naming file and line): no header, a
 * missing column, no bar, too many bad lines, not UTF-8, too large.
 */
export async function parseBarsCsv(source: string | AsyncIterable<Uint8Array>, fileName: string): Promise<ParsedBars> {
  const chunks = typeof source === "string" ? [new TextEncoder().encode(source)] : source;
  const reading = createReading(fileName);
  try {
    await readLines(chunks, reading.take);
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code !== "file_too_large" && code !== "not_utf8") throw thrown;
    throw badFile(fileName, toError(thrown).message);
  }
  return reading.finish();
}

type Column = "date" | "open" | "high" | "low" | "close" | "volume" | "adjClose";
type Header = Readonly<Record<Exclude<Column, "adjClose">, number>> & { adjClose: number | undefined };

function createReading(fileName: string) {
  let header: Header | undefined;
  let badLines = 0;
  let unpriced = 0;
  let ordered = true;
  const lineOf = new Map<IsoDate, number>();
  const bars: Bar[] = [];
  const warnings: string[] = [];

  const reject = (line: number, fault: string) => {
    badLines++;
    const warning = `${fileName} line ${line}: ${fault}`;
    if (badLines > MAX_BAD_LINES)
      throw badFile(fileName, `more than ${MAX_BAD_LINES} bad lines; the last one read: line ${line}: ${fault}`);
    if (badLines <= MAX_WARNINGS) warnings.push(warning);
  };

  /** What is wrong with a line, or undefined when its bar was taken. */
  const takeBar = (fields: string[], columns: Header, line: number): string | undefined => {
    const bar = readBar(fields, columns);
    if (typeof bar === "string") return `${bar}; the line is left out`;
    const earlier = lineOf.get(bar.date);
    if (earlier !== undefined) return `${bar.date} again, after line ${earlier}; the first one counts`;
    lineOf.set(bar.date, line);
    if (bars.length > 0 && bar.date < bars[bars.length - 1]!.date) ordered = false;
    bars.push(bar);
    return undefined;
  };

  return {
    take({ number, text, tooLong }: TextLine): void {
      if (text.trim() === "") return;
      if (!header) {
        header = readHeader(splitFields(text), fileName, number);
        return;
      }
      if (bars.length === 0 && !tooLong && isUnpriced(splitFields(text), header)) {
        unpriced++;
        return;
      }
      const fault = tooLong
        ? "longer than 10,000 characters; the line is left out"
        : takeBar(splitFields(text), header, number);
      if (fault) reject(number, fault);
    },
    finish(): ParsedBars {
      if (!header) throw badFile(fileName, "the file is empty");
      if (bars.length === 0)
        throw badFile(fileName, warnings[0] ? `no valid line; ${warnings[0]}` : "no line after the header");
      if (unpriced > 0) warnings.push(`${fileName}: ${unpriced} lines of zeros before the first price were left out`);
      if (badLines > MAX_WARNINGS) warnings.push(`${fileName}: ${badLines - MAX_WARNINGS} more bad lines`);
      if (!ordered) {
        warnings.push(`${fileName}: dates are not in ascending order; they were sorted`);
        bars.sort((left, right) => (left.date < right.date ? -1 : 1));
      }
      return { bars, warnings };
    },
  };
}

/**
 * One line's fields. Each line is read for itself: given the whole file, the CSV reader loses every line after an
 * unclosed quote or an overlong record.
 */
function splitFields(text: string): string[] {
  if (!text.includes('"')) return text.split(",").map((field) => field.trim());
  try {
    return parse(text, { trim: true, relax_column_count: true })[0] ?? [];
  } catch {
    return [text];
  }
}

const REQUIRED = ["date", "open", "high", "low", "close", "volume"] as const;
const ADJUSTED_NAMES = ["adjclose", "adj_close", "adj close"];

function readHeader(fields: string[], fileName: string, line: number): Header {
  const names = fields.map((field) => field.toLowerCase());
  const missing = REQUIRED.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    const shown = fields.join(",").slice(0, 80);
    throw badFile(fileName, `line ${line}: the header has no column ${missing.join(", ")} (it reads "${shown}")`);
  }
  const adjusted = names.findIndex((name) => ADJUSTED_NAMES.includes(name));
  const position = Object.fromEntries(REQUIRED.map((column) => [column, names.indexOf(column)]));
  return {
    ...(position as Record<(typeof REQUIRED)[number], number>),
    adjClose: adjusted === -1 ? undefined : adjusted,
  };
}

/** The line's bar, or what is wrong with it. */
function readBar(fields: string[], header: Header): Bar | string {
  const date = fields[header.date] ?? "";
  if (!isIsoDate(date)) return `date ${quoted(date)} is not a date like 2024-03-08`;
  const values: Record<string, number> = {};
  for (const column of ["open", "high", "low", "close", "volume", "adjClose"] as const) {
    const position = header[column] ?? header.close;
    const text = fields[position];
    if (text === undefined) return `${fields.length} fields, ${column} is missing`;
    const value = readNumber(text);
    if (value === undefined) return `${column} ${quoted(text)} is not a number`;
    if (column === "volume" ? value < 0 : value <= 0)
      return `${column} ${quoted(text)} is ${column === "volume" ? "negative" : "not positive"}`;
    values[column] = value;
  }
  const { open, high, low, close, volume, adjClose } = values as Record<Exclude<Column, "date">, number>;
  if (high < low) return `high ${high} is below low ${low}`;
  return { date, open, high, low, close, adjClose, volume };
}

/** A day on which a coin was too cheap for the source's digits: all prices are zero. */
function isUnpriced(fields: string[], header: Header): boolean {
  return (
    isIsoDate(fields[header.date] ?? "") &&
    (["open", "high", "low", "close"] as const).every((column) => readNumber(fields[header[column]] ?? "") === 0)
  );
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;

function readNumber(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40));

function badFile(fileName: string, fault: string): VigiaError {
  return new VigiaError("bad_data", `${fileName}: ${fault}.`, {
    hint: "A price file has the header date,open,high,low,close,volume (adjclose is optional) and one line a day.",
  });
}
