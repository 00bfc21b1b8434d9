/**
 * The standard fonts of PDF write Windows-1252 only. What they lack is drawn (marks), spelled with what they have, or left
 * out; a run of letters of another script becomes `[…]`, so that the reader sees that something is missing.
 */

/** Characters of Windows-1252 beyond Latin-1. */
const BEYOND_LATIN1 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";
const PRINTABLE = new RegExp(`^[ -~\\u00a0-\\u00ac\\u00ae-\\u00ff${BEYOND_LATIN1}]*$`);

export type MarkShape = "dot" | "ring" | "warning" | "check" | "cross" | "up" | "down";

export interface Mark {
  shape: MarkShape;
  color: string;
}

const GREEN = "#15a34a";
const RED = "#dc2626";
const AMBER = "#e5a50a";
const GREY = "#8b95a3";

/** Pictures that carry a meaning, so they are drawn. Any other picture is decoration and goes. */
const MARKS: readonly (readonly [pictures: string, mark: Mark])[] = [
  ["🟢", { shape: "dot", color: GREEN }],
  ["🟡", { shape: "dot", color: AMBER }],
  ["🟠", { shape: "dot", color: "#ea760c" }],
  ["🔴", { shape: "dot", color: RED }],
  ["🔵", { shape: "dot", color: "#2563eb" }],
  ["⚫", { shape: "dot", color: "#111827" }],
  ["⚪", { shape: "ring", color: GREY }],
  ["⚠", { shape: "warning", color: AMBER }],
  ["✅✔✓☑", { shape: "check", color: GREEN }],
  ["❌✖✗✘❎", { shape: "cross", color: RED }],
  ["↑⬆▲🔼", { shape: "up", color: GREEN }],
  ["↓⬇▼🔽", { shape: "down", color: RED }],
];

/** Inside a text a mark is one character of the private use area, which texts from outside never keep. */
const FIRST_MARK_CODE = 0xe000;
const MARK_CODES = new Map<string, string>(
  MARKS.flatMap(([pictures], index) =>
    Array.from(pictures, (picture): [string, string] => [picture, String.fromCharCode(FIRST_MARK_CODE + index)]),
  ),
);

/** The mark that a character of a printable text stands for. */
export const markOf = (character: string): Mark | undefined => MARKS[character.charCodeAt(0) - FIRST_MARK_CODE]?.[1];

/** Splits a printable text at its marks and keeps them. */
export const MARK_PATTERN = /([\ue000-\ue0ff])/;

const SPELLED: Readonly<Record<string, string>> = {
  "→": "->",
  "←": "<-",
  "⇒": "=>",
  "≥": ">=",
  "≤": "<=",
  "≠": "!=",
  "≈": "~",
  "−": "-",
  "‐": "-",
  "‑": "-",
  "‒": "-",
  "―": "—",
  "∞": "infinito",
  "′": "'",
  "″": '"',
  "➕": "+",
  "➖": "-",
  "★": "*",
  "⭐": "*",
  "☐": "[ ]",
  // Letters with a stroke have no other composition.
  Ł: "L",
  ł: "l",
  Đ: "D",
  đ: "d",
  ı: "i",
  "\u2028": "\n",
  "\u2029": "\n",
};

/** Stands for letters that the fonts do not have. */
const OTHER_SCRIPT = "[…]";
const LETTER = /[\p{L}\p{N}]/u;
const MARK_ON_LETTER = /\p{M}+/gu;

/** The text in characters that can be drawn: Windows-1252, line breaks and marks. Tabs become spaces. */
export function printableText(text: string): string {
  if (PRINTABLE.test(text)) return text;
  let printable = "";
  let isOtherScript = false;
  for (const character of text.toWellFormed().normalize("NFC")) {
    const written = writtenCharacter(character);
    const isForeign = written === OTHER_SCRIPT;
    if (!isForeign || !isOtherScript) printable += written;
    // Spaces between foreign words belong to the run only as long as foreign words follow; one […] a word is enough.
    if (written !== "") isOtherScript = isForeign;
  }
  return printable;
}

function writtenCharacter(character: string): string {
  if (PRINTABLE.test(character) || character === "\n") return character;
  if (character === "\t") return " ";
  const known = MARK_CODES.get(character) ?? SPELLED[character];
  if (known !== undefined) return known;
  const plain = character.normalize("NFKD").replace(MARK_ON_LETTER, "");
  if (plain !== "" && PRINTABLE.test(plain)) return plain;
  return LETTER.test(character) ? OTHER_SCRIPT : "";
}
