/** Longest text that is looked at; the rest would be cut by any terminal anyway. */
const MAX_CHARACTERS = 2_000;

/** Printable Latin text without the soft hyphen (U+00AD): nothing to clean. */
const HARMLESS = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u024f]*$/;

/** What moves the cursor or has no width of its own: controls, format and bidi marks, lone surrogates, private use, combining marks. */
const INVISIBLE = /[\p{C}\p{M}]/u;

/** Scripts that every terminal agrees to draw two columns wide. Emoji are not among them. */
const WIDE = /[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60\u{20000}-\u{2a6df}]/u;

/**
 * The few characters whose width terminal emulators and Unicode tables disagree on (compared one by one up to U+2FFFF), and
 * letters that Unicode joins with the next one (property Prepend), which terminals do not.
 */
const DISPUTED =
  /[\u06de\u3248-\u324f\uffa0\u0d4e\u{111c2}\u{111c3}\u{113d1}\u{1193f}\u{11941}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]/u;

/** Stands for a character whose width terminals disagree on (emoji, flags, rare scripts). */
const STAND_IN = "·";

/**
 * One line of text from outside, safe to put on a terminal: no escape sequences, no control, bidi or zero-width
 * characters, line breaks and tabs as single spaces, and only characters whose width is the same everywhere.
 */
export function cleanText(text: string): string {
  const short = text.length > MAX_CHARACTERS ? text.slice(0, MAX_CHARACTERS) : text;
  if (HARMLESS.test(short)) return short;
  const flat = Bun.stripANSI(short)
    .normalize("NFC")
    .replace(/[\s\u0085]+/gu, " ");
  let cleaned = "";
  for (const character of flat) cleaned += cleanCharacter(character);
  return cleaned;
}

function cleanCharacter(character: string): string {
  if (INVISIBLE.test(character)) return "";
  const width = Bun.stringWidth(character);
  if (width === 1 && !DISPUTED.test(character)) return character;
  return width === 2 && WIDE.test(character) ? character : STAND_IN;
}
