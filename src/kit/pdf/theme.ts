/** Points: 1/72 inch. A4 is 595.28 × 841.89. */
export const PAGE = { width: 595.28, height: 841.89, top: 54, bottom: 62, side: 54 } as const;
export const BODY_WIDTH = PAGE.width - 2 * PAGE.side;
export const BODY_BOTTOM = PAGE.height - PAGE.bottom;

export const COLORS = {
  text: "#1f2937",
  strong: "#0f172a",
  muted: "#64748b",
  accent: "#0b4f71",
  link: "#0b5cad",
  rule: "#d3dae3",
  headerFill: "#e8eef4",
  zebraFill: "#f6f8fa",
  quoteFill: "#fdf6e3",
  quoteBar: "#e5a50a",
  codeFill: "#f3f4f6",
} as const;

/** Text of one size with the height of its lines. */
export interface TextSize {
  points: number;
  line: number;
}

export const SIZES = {
  body: { points: 9.5, line: 13.6 },
  table: { points: 8.5, line: 11.6 },
  narrowTable: { points: 7.2, line: 9.8 },
  code: { points: 8, line: 11 },
  footer: { points: 7.5, line: 10 },
} as const satisfies Record<string, TextSize>;

/** By depth; deeper ones look like the last. */
export const HEADINGS: readonly (TextSize & { gap: number })[] = [
  { points: 20, line: 25, gap: 0 },
  { points: 13.5, line: 18, gap: 18 },
  { points: 11, line: 15, gap: 12 },
  { points: 10, line: 14, gap: 9 },
];

export const FONTS = {
  plain: "Helvetica",
  bold: "Helvetica-Bold",
  italic: "Helvetica-Oblique",
  boldItalic: "Helvetica-BoldOblique",
  code: "Courier",
} as const;

export type FontName = (typeof FONTS)[keyof typeof FONTS];
