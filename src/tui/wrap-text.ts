import { cutText, displayWidth } from "./fit-text.ts";

/** Cleaned text in at most `maxLines` lines of `width` columns, broken between words; what does not fit is cut with `…`. */
export function wrapText(text: string, width: number, maxLines: number): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== "" && lines.length < maxLines) {
    if (lines.length === maxLines - 1 || displayWidth(rest) <= width) {
      lines.push(cutText(rest, width));
      break;
    }
    const head = fittingHead(rest, width);
    lines.push(head.trimEnd());
    rest = rest.slice(head.length).trimStart();
  }
  return lines;
}

/** The start of the text that fits, up to a word's end where there is one. */
function fittingHead(text: string, width: number): string {
  let head = "";
  let used = 0;
  for (const character of text) {
    used += displayWidth(character);
    if (used > width && head !== "") break;
    head += character;
  }
  if (text[head.length] === " ") return head;
  const space = head.lastIndexOf(" ");
  return space > 0 ? head.slice(0, space) : head;
}
