import { type Align, fitText } from "./fit-text.ts";

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
