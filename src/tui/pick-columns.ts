import { type Align, fitText } from "./fit-text.ts";
import type { Palette, Tone } from "./palette.ts";

export interface Column<Name extends string = string> {
  name: Name;
  title: string;
  minWidth: number;
  maxWidth: number;
  align: Align;
  /** Columns with the lowest number come first when the width does not hold all of them. */
  priority: number;
}

export interface PickedColumn<Name extends string = string> extends Column<Name> {
  width: number;
}

/** Columns between two columns of text. */
export const COLUMN_GAP = 1;

/** The columns that fit into `width`, in the given order; what is left over widens those that can grow, by priority. */
export function pickColumns<Name extends string>(
  columns: readonly Column<Name>[],
  width: number,
): PickedColumn<Name>[] {
  const byPriority = columns.toSorted((a, b) => a.priority - b.priority);
  const widths = new Map<Name, number>();
  let left = width + COLUMN_GAP;
  for (const column of byPriority) {
    if (column.minWidth + COLUMN_GAP > left) break;
    widths.set(column.name, column.minWidth);
    left -= column.minWidth + COLUMN_GAP;
  }
  for (const column of byPriority) {
    const current = widths.get(column.name);
    if (current === undefined) continue;
    const extra = Math.min(left, column.maxWidth - current);
    widths.set(column.name, current + extra);
    left -= extra;
  }
  return columns.flatMap((column) => {
    const picked = widths.get(column.name);
    return picked === undefined ? [] : [{ ...column, width: picked }];
  });
}

/** The titles of the columns, above them. */
export const renderHeading = (columns: readonly PickedColumn[]): string =>
  columns.map(({ title, width, align }) => fitText(title, width, align)).join(" ".repeat(COLUMN_GAP));

/** What stands in a column, and how; a text that depends on the column's width is asked for it. */
export type Cell = readonly [text: string | ((width: number) => string), tone: Tone];

/** One row of a list whose marker column tells the selected one. */
export function renderRow<Name extends string>(
  columns: readonly PickedColumn<Name>[],
  cells: Readonly<Record<Name, Cell>>,
  { palette, isSelected }: { palette: Palette; isSelected: boolean },
): string {
  const texts = columns.map(({ name, width, align }) => {
    const [text, tone] = cells[name];
    return palette(tone, fitText(typeof text === "string" ? text : text(width), width, align));
  });
  return (isSelected ? "> " : "  ") + texts.join(" ".repeat(COLUMN_GAP));
}
