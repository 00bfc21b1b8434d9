import { isSymbol } from "../../../market/symbol.ts";
import { canonicalSymbol, isEmail, isName, isUuid, MAX_NAME_LENGTH } from "./person-fields.ts";
import type { Lot } from "./portfolio-writes.ts";
import { MAX_LINE_LENGTH, type PositionColumn, type PositionsHeader, splitCells } from "./positions-csv.ts";

/** One line that can be stored. What the file leaves blank is null. */
export interface Position {
  userId: string | null;
  portfolio: string | null;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  lot: Lot;
}

/** A line, or what is wrong with it: field, value and remedy. */
export type ReadLine = { position: Position } | { problem: string };

/** Largest quantity and price: beyond, their product would no longer be a number of money. */
export const LARGEST_FIGURE = 1e15;

/** Reads one line of the file; never throws. */
export function readPosition(line: string, header: PositionsHeader): ReadLine {
  try {
    return { position: parseLine(line, header) };
  } catch (thrown) {
    if (thrown instanceof LineFault) return { problem: thrown.message };
    throw thrown;
  }
}

/** Why a line is left out; it never leaves this file. */
class LineFault extends Error {
  override readonly name = "LineFault";
}

function parseLine(line: string, { delimiter, columns }: PositionsHeader): Position {
  if (line.length > MAX_LINE_LENGTH) throw new LineFault(`longer than ${MAX_LINE_LENGTH} characters. Split it.`);
  if (/[\0\uFFFD]/.test(line)) throw new LineFault("not UTF-8 text. Save the file as UTF-8.");
  const cells = splitCells(line, delimiter);
  if (!cells) throw new LineFault('quotes do not match. Close every " on its line, and write "" for one inside.');
  if (cells.slice(columns.length).some((cell) => cell !== ""))
    throw new LineFault(
      `${cells.length} values for ${columns.length} columns. Write decimals with a point, and quote values that hold a "${delimiter}".`,
    );
  const cell = (column: PositionColumn): string | null => cells[columns.indexOf(column)] || null;
  return {
    userId: parseUserId(cell("userId")),
    portfolio: parseName("portfolio", cell("portfolio")),
    email: parseEmail(cell("email")),
    firstName: parseName("first_name", cell("firstName")),
    lastName: parseName("last_name", cell("lastName")),
    lot: {
      symbol: parseSymbol(cell("symbol")),
      quantity: parseQuantity(cell("quantity"), delimiter),
      acquisitionPrice: parsePrice(cell("acquisitionPrice"), delimiter),
    },
  };
}

function parseSymbol(text: string | null): string {
  if (text === null) throw new LineFault("symbol is blank. Name what is held, like AAPL or BTC-USD.");
  const symbol = canonicalSymbol(text);
  if (!isSymbol(symbol))
    throw fault("symbol", text, "is not a symbol", "Write it as Yahoo does, like BRK-B or BTC-USD.");
  return symbol;
}

function parseUserId(text: string | null): string | null {
  if (text !== null && !isUuid(text)) throw fault("user_id", text, "is not a uuid", "Use the id of the user.");
  return text?.toLowerCase() ?? null;
}

function parseEmail(text: string | null): string | null {
  if (text !== null && !isEmail(text)) throw fault("email", text, "is not an address", "Correct it or leave it blank.");
  return text;
}

function parseName(field: string, text: string | null): string | null {
  if (text !== null && !isName(text))
    throw fault(field, text, "is not a name", `Use at most ${MAX_NAME_LENGTH} characters on one line.`);
  return text;
}

function parseQuantity(text: string | null, delimiter: string): number | null {
  const quantity = text === null ? null : parseNumber("quantity", text, delimiter);
  if (quantity !== null && quantity < 0)
    throw fault("quantity", text!, "is below zero", "Short positions are not kept: leave the line out.");
  if (quantity === 0)
    throw fault("quantity", text!, "is nothing", "Leave the line out, or the value blank if unknown.");
  return quantity;
}

/** Zero is a price: what was given costs nothing. */
function parsePrice(text: string | null, delimiter: string): number | null {
  const price = text === null ? null : parseNumber("acquisition_price", text, delimiter);
  if (price !== null && price < 0)
    throw fault("acquisition_price", text!, "is below zero", "Write what one unit cost, or leave it blank.");
  return price;
}

function parseNumber(field: string, text: string, delimiter: string): number {
  const number = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number))
    throw fault(field, text, "is not a number", "Write 1234.56: a point for decimals, nothing between thousands.");
  if (Math.abs(number) > LARGEST_FIGURE) throw fault(field, text, "is too large", `Write at most ${LARGEST_FIGURE}.`);
  // Files with semicolons come from places where a point stands between thousands.
  if (delimiter === ";" && /^[+-]?[1-9]\d{0,2}\.\d{3}$/.test(text))
    throw fault(
      field,
      text,
      "can be read two ways",
      `Write ${text}0 for decimals, ${text.replace(".", "")} for thousands.`,
    );
  return number;
}

const fault = (field: string, value: string, problem: string, remedy: string) =>
  new LineFault(`${field} "${value.slice(0, 40)}" ${problem}. ${remedy}`);
