import { breakLines, type Line } from "./lines.ts";
import type { Pen } from "./pen.ts";
import type { Span } from "./spans.ts";
import { BODY_WIDTH, COLORS, PAGE, type TextSize } from "./theme.ts";

/** The smallest thing that stays on one page: a line of text, a row of a table, a rule. */
export interface Row {
  height: number;
  /** Space above it, left out at the top of a page. */
  gap: number;
  /** Room that must be left for it and what belongs below it. Default: its height. */
  needs?: number;
  /** Said again at the top of a page that begins with this row. */
  header?: Row;
  /** `y` is its top. */
  draw(y: number): void;
}

/** A row, or null between pieces of work that make none: there printing may give way to other work. */
export type Step = Row | null;

/** Where blocks stand: how far in, and inside which quote. */
export interface Frame {
  /** Points from the page's left margin. */
  indent: number;
  isQuote: boolean;
}

export const OUTERMOST: Frame = { indent: 0, isQuote: false };

/** Points between the edge of a quote and its text. */
export const QUOTE_PADDING = 10;

/** Deeper levels stay at this one. */
const MAX_INDENT = 120;

export const indented = (frame: Frame, points: number): Frame => ({
  ...frame,
  indent: Math.min(frame.indent + points, MAX_INDENT),
});

export interface TextRowsOptions {
  frame: Frame;
  size: TextSize;
  /** Space above the first line. */
  gap: number;
  /** Room that the first line asks for. */
  needs?: number;
  color?: string;
  /** Fills the line from edge to edge. */
  fill?: string;
  /** Drawn left of the first line, for example a bullet. */
  lead?: (y: number) => void;
}

/** A row for each line of the text. */
export function* textRows(pen: Pen, spans: readonly Span[], options: TextRowsOptions): Generator<Row> {
  const { frame, size, color, fill, lead } = options;
  const x = PAGE.side + frame.indent + (frame.isQuote ? QUOTE_PADDING : 0);
  const width = BODY_WIDTH - frame.indent - (frame.isQuote ? 2 * QUOTE_PADDING : 0);
  const lines = breakLines(spans, width, pen.measure(size));
  const beginning = takeLines(lines, MAX_WHOLE_LINES + 1);
  const together = beginning.length > MAX_WHOLE_LINES ? 2 : beginning.length;
  const rowOf = (line: Line, isFirst: boolean): Row => ({
    height: size.line,
    gap: isFirst ? options.gap : 0,
    ...(isFirst ? { needs: Math.max(options.needs ?? 0, together * size.line) } : {}),
    draw(y) {
      const edge = { x: PAGE.side + frame.indent, width: BODY_WIDTH - frame.indent };
      if (fill) pen.box({ ...edge, y, height: size.line, color: fill });
      if (frame.isQuote) drawQuote(pen, { ...edge, y, height: size.line });
      if (isFirst) lead?.(y);
      pen.line(line, { x, y, size, ...(color ? { color } : {}) });
    },
  });
  for (const [index, line] of beginning.entries()) yield rowOf(line, index === 0);
  for (const line of lines) yield rowOf(line, false);
}

/** Shorter texts stay on one page; longer ones leave at least two lines where they begin. */
const MAX_WHOLE_LINES = 4;

function takeLines(lines: Generator<Line>, count: number): Line[] {
  const taken: Line[] = [];
  while (taken.length < count) {
    const { value, done } = lines.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

/** The ground of a quote reaches a little over each line, so that its lines make one box. */
function drawQuote(pen: Pen, { x, y, width, height }: { x: number; y: number; width: number; height: number }): void {
  pen.box({ x, y: y - 3, width, height: height + 6, color: COLORS.quoteFill });
  pen.box({ x, y: y - 3, width: 2.5, height: height + 6, color: COLORS.quoteBar });
}

export function ruleRow(pen: Pen, { indent }: Frame): Row {
  return {
    height: 1,
    gap: 12,
    draw: (y) => pen.box({ x: PAGE.side + indent, y, width: BODY_WIDTH - indent, height: 0.7, color: COLORS.rule }),
  };
}
