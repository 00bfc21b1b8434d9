const ELLIPSIS = "…";

export type Align = "left" | "right";

/** Columns that cleaned text takes on the screen. */
export const displayWidth = (text: string): number => Bun.stringWidth(text);

/** Cleaned text, cut to at most `width` columns; a cut shows as `…`. */
export function cutText(text: string, width: number): string {
  if (width <= 0) return "";
  if (displayWidth(text) <= width) return text;
  let cut = "";
  let used = 0;
  for (const character of text) {
    const next = used + displayWidth(character);
    if (next > width - 1) break;
    cut += character;
    used = next;
  }
  return cut + ELLIPSIS;
}

/** Cleaned text, cut or padded to exactly `width` columns. */
export function fitText(text: string, width: number, align: Align = "left"): string {
  const cut = cutText(text, width);
  const padding = " ".repeat(Math.max(0, width - displayWidth(cut)));
  return align === "left" ? cut + padding : padding + cut;
}
