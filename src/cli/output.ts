/** Where a command writes: data on standard output, everything else on standard error. */
export interface Output {
  data(text: string): void;
  note(text: string): void;
  color: boolean;
}

export type Align = "left" | "right";

export interface Column<Row> {
  title: string;
  value: (row: Row) => string | number | null | undefined;
  align?: Align;
}

/** A table for people: aligned columns, two spaces apart, no borders. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map((column) => clean(column.value(row))));
  const widths = columns.map((column, index) =>
    Math.max(Bun.stringWidth(column.title), ...cells.map((line) => Bun.stringWidth(line[index] ?? ""))),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => pad(text, widths[index] ?? 0, columns[index]?.align ?? "left"))
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)].join("\n");
}

function pad(text: string, width: number, align: Align): string {
  const space = " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
  return align === "right" ? space + text : text + space;
}

/** Control characters in what strangers wrote could drive the terminal; line breaks and tabs in messages may stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text from outside without what could drive the terminal. */
export const plainText = (text: string): string => text.replace(CONTROL, " ");

const clean = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? "–" : plainText(String(value)).replace(/\s/g, " ");
