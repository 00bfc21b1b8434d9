import { breakLines, type Line } from "./lines.ts";
import type { Pen } from "./pen.ts";
import type { Frame, Row, Step } from "./rows.ts";
import type { Span } from "./spans.ts";
import { columnWidths } from "./table-columns.ts";
import { BODY_WIDTH, COLORS, FONTS, PAGE, SIZES, type TextSize } from "./theme.ts";

export type Alignment = "left" | "right" | "center";

export interface TableText {
  header: Span[][];
  rows: Span[][][];
  alignments: Alignment[];
}

/** More columns than this get smaller letters. */
const WIDE_COLUMNS = 6;
/** Narrower columns than this, in points, hold no word. */
const LEAST_COLUMN = 26;
const PADDING = 5;
/** Rows higher than this, in lines, go on on the next page; others stay whole. */
const MAX_WHOLE_LINES = 20;

interface TableLook {
  pen: Pen;
  size: TextSize;
  x: number;
  widths: number[];
  alignments: readonly Alignment[];
}

/** Whether the columns fit beside one another at all. */
export const fitsPage = (columns: number, { indent }: Frame): boolean => columns * LEAST_COLUMN <= BODY_WIDTH - indent;

/** A row for each row of the table, with the header again on each page. */
export function* tableRows(pen: Pen, { header, rows, alignments }: TableText, { indent }: Frame): Generator<Step> {
  const size = header.length > WIDE_COLUMNS ? SIZES.narrowTable : SIZES.table;
  const boldHeader = header.map((cell) => cell.map((span) => ({ ...span, font: boldOf(span.font) })));
  const widths = yield* columnWidths([boldHeader, ...rows], {
    width: BODY_WIDTH - indent,
    padding: 2 * PADDING,
    measure: pen.measure(size),
  });
  const look: TableLook = { pen, size, x: PAGE.side + indent, widths, alignments };
  const [top, ...more] = cellRows(look, boldHeader, COLORS.headerFill);
  if (!top) return;
  yield { ...top, gap: 8, needs: top.height + 3 * (size.line + 2 * PADDING) };
  yield* more;
  const repeated = more.length === 0 ? { header: top } : {};
  for (const [index, row] of rows.entries())
    for (const part of cellRows(look, row, index % 2 === 1 ? COLORS.zebraFill : undefined))
      yield { ...part, ...repeated };
}

const boldOf = (font: Span["font"]): Span["font"] =>
  font === FONTS.italic || font === FONTS.boldItalic ? FONTS.boldItalic : font === FONTS.code ? font : FONTS.bold;

/** One row of cells; a very high one in pieces. */
function cellRows({ pen, size, x, widths, alignments }: TableLook, cells: Span[][], fill: string | undefined): Row[] {
  const measure = pen.measure(size);
  const lines = widths.map((width, column) => [...breakLines(cells[column] ?? [], width - 2 * PADDING, measure)]);
  const height = Math.max(1, ...lines.map(({ length }) => length));
  const parts: Row[] = [];
  for (let start = 0; start < height; start += MAX_WHOLE_LINES) {
    const count = Math.min(MAX_WHOLE_LINES, height - start);
    const points = count * size.line + 2 * PADDING - 2;
    parts.push({
      height: points,
      gap: 0,
      draw(y) {
        const width = widths.reduce((total, column) => total + column, 0);
        if (fill) pen.box({ x, y, width, height: points, color: fill });
        let left = x;
        for (const [column, columnWidth] of widths.entries()) {
          const shown = lines[column]!.slice(start, start + count);
          for (const [index, line] of shown.entries()) {
            const room = columnWidth - 2 * PADDING;
            const lineX = left + PADDING + shiftOf(alignments[column], room, line);
            pen.line(line, { x: lineX, y: y + PADDING - 1 + index * size.line, size });
          }
          left += columnWidth;
        }
        if (start + count === height) pen.box({ x, y: y + points - 0.4, width, height: 0.4, color: COLORS.rule });
      },
    });
  }
  return parts;
}

const shiftOf = (alignment: Alignment | undefined, room: number, { width }: Line): number =>
  alignment === "right" ? room - width : alignment === "center" ? (room - width) / 2 : 0;
