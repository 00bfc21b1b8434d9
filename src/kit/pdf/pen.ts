import type { Line, Measure, Piece } from "./lines.ts";
import { COLORS, FONTS, type FontName, type TextSize } from "./theme.ts";

export type Pdf = PDFKit.PDFDocument;

export interface TextPlace {
  x: number;
  /** Top of the line. */
  y: number;
  size: TextSize;
  color?: string;
}

/** Puts lines, marks and boxes on the page that is open. */
export interface Pen {
  readonly pdf: Pdf;
  measure(size: TextSize): Measure;
  line(line: Line, place: TextPlace): void;
  box(box: { x: number; y: number; width: number; height: number; color: string }): void;
}

/** Words remembered with their widths; a document uses a few thousand. */
const MAX_REMEMBERED = 20_000;

export function createPen(pdf: Pdf): Pen {
  const widths = new Map<string, number>();
  const widthAtOnePoint = (text: string, font: FontName): number => {
    const key = `${font}\n${text}`;
    const known = widths.get(key);
    if (known !== undefined) return known;
    const width = pdf.font(font, 100).widthOfString(text) / 100;
    if (widths.size >= MAX_REMEMBERED) widths.clear();
    widths.set(key, width);
    return width;
  };
  return {
    pdf,
    measure:
      ({ points }) =>
      (text, font) =>
        widthAtOnePoint(text, font) * points,
    line({ pieces }, place) {
      for (const piece of pieces) drawPiece(pdf, piece, place);
    },
    box({ x, y, width, height, color }) {
      pdf.rect(x, y, width, height).fill(color);
    },
  };
}

/** Part of the point size from the top of a line to its letters' foot, in Helvetica. */
const ASCENT = 0.77;

function drawPiece(pdf: Pdf, piece: Piece, { x, y, size, color }: TextPlace): void {
  const left = x + piece.x;
  const top = y + (size.line - size.points) / 2 - size.points * 0.06;
  if (piece.mark) {
    drawMark(pdf, piece, { x: left, y: top + size.points * (ASCENT - 0.36), radius: size.points * 0.36 });
    return;
  }
  const isStrong = piece.font === FONTS.bold || piece.font === FONTS.boldItalic;
  const ink = piece.href ? COLORS.link : (color ?? (isStrong ? COLORS.strong : COLORS.text));
  pdf.font(piece.font, size.points).fillColor(ink).text(piece.text, left, top, { lineBreak: false });
  if (piece.href) {
    pdf.link(left, y, piece.width, size.line, piece.href);
    strike(pdf, { x: left, y: top + size.points * (ASCENT + 0.13), width: piece.width, color: ink });
  }
  if (piece.isStruck) strike(pdf, { x: left, y: top + size.points * (ASCENT - 0.24), width: piece.width, color: ink });
}

function strike(pdf: Pdf, { x, y, width, color }: { x: number; y: number; width: number; color: string }): void {
  pdf
    .moveTo(x, y)
    .lineTo(x + width, y)
    .lineWidth(0.5)
    .stroke(color);
}

/** `y` is the middle of the letters. */
function drawMark(pdf: Pdf, { mark, width }: Piece, { x, y, radius }: { x: number; y: number; radius: number }): void {
  if (!mark) return;
  const middle = x + width / 2;
  const { shape, color } = mark;
  if (shape === "dot") pdf.circle(middle, y, radius).fill(color);
  else if (shape === "ring")
    pdf
      .circle(middle, y, radius * 0.88)
      .lineWidth(radius * 0.28)
      .stroke(color);
  else if (shape === "check") {
    pdf
      .moveTo(middle - radius, y)
      .lineTo(middle - radius * 0.3, y + radius * 0.8)
      .lineTo(middle + radius, y - radius * 0.8);
    pdf.lineWidth(radius * 0.42).stroke(color);
  } else if (shape === "cross") {
    const arm = radius * 0.78;
    pdf
      .moveTo(middle - arm, y - arm)
      .lineTo(middle + arm, y + arm)
      .moveTo(middle - arm, y + arm)
      .lineTo(middle + arm, y - arm);
    pdf.lineWidth(radius * 0.42).stroke(color);
  } else {
    const up = shape === "down" ? -1 : 1;
    pdf
      .polygon(
        [middle, y - up * radius],
        [middle + radius * 1.1, y + up * radius * 0.9],
        [middle - radius * 1.1, y + up * radius * 0.9],
      )
      .fill(color);
    if (shape !== "warning") return;
    pdf.rect(middle - radius * 0.1, y - radius * 0.4, radius * 0.2, radius * 0.65).fill("#ffffff");
    pdf.rect(middle - radius * 0.1, y + radius * 0.42, radius * 0.2, radius * 0.22).fill("#ffffff");
  }
}
