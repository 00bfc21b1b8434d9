import { type Measure, measureSpans } from "./lines.ts";
import type { Span } from "./spans.ts";

/** Rows whose cells decide the widths of the columns. */
const MEASURED_ROWS = 300;

export interface ColumnsOptions {
  /** Points for all columns together. */
  width: number;
  /** Points left and right of a cell's text, together. */
  padding: number;
  measure: Measure;
}

/**
 * Widths in points, adding up to `width`: each column gets its longest line when all fit and a share of what is left
 * over; else at least its longest word, and the rest by what its text would take. `rows` include the header. Yields between
 * rows.
 */
export function* columnWidths(
  rows: readonly (readonly Span[][])[],
  { width, padding, measure }: ColumnsOptions,
): Generator<null, number[]> {
  const count = rows[0]?.length ?? 0;
  const wanted = new Array<number>(count).fill(padding);
  const least = new Array<number>(count).fill(padding);
  for (const row of rows.slice(0, MEASURED_ROWS)) {
    for (const [column, cell] of row.entries()) {
      const { line, word } = measureSpans(cell, measure);
      wanted[column] = Math.max(wanted[column]!, line + padding);
      least[column] = Math.max(least[column]!, word + padding);
    }
    yield null;
  }
  const allWanted = sum(wanted);
  if (allWanted <= width) return wanted.map((points) => points + ((width - allWanted) * points) / allWanted);
  const allLeast = sum(least);
  if (allLeast >= width) return shrunk(least, width);
  const slack = wanted.map((points, column) => points - least[column]!);
  return least.map((points, column) => points + ((width - allLeast) * slack[column]!) / sum(slack));
}

/** The widest columns give way first: narrow ones, often of figures, keep their words whole. */
function shrunk(least: readonly number[], width: number): number[] {
  const ascending = [...least].sort((left, right) => left - right);
  let left = width;
  let cap = 0;
  for (const [index, points] of ascending.entries()) {
    cap = left / (ascending.length - index);
    if (points > cap) break;
    left -= points;
  }
  return least.map((points) => Math.min(points, cap));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
