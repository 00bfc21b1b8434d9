/** Longer names and error texts are cut: a report is read by people. */
const MAX_TEXT_LENGTH = 300;

const SPECIAL = /[\\`*[\]|~$]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
/** Marks that turn the direction of the text after them. */
const DIRECTION_MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const NEEDS_CARE = /[^A-Za-z0-9 .,;()ÁÉÍÓÚÜÑáéíóúüñ^=-]/;

/**
 * Text from outside as plain words inside a line, a heading or a table cell: nothing in it can start a tag, a link, an
 * emphasis or a new line. A `<` before a space or a digit stays: it begins no tag.
 */
export function escapeText(text: string): string {
  const short = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  if (!NEEDS_CARE.test(short)) return short;
  return short
    .toWellFormed()
    .replace(CONTROLS, " ")
    .replace(DIRECTION_MARKS, "")
    .replace(SPECIAL, "\\$&")
    .replace(/&(?=[#\w])/g, "&amp;")
    .replace(/<(?![\s\d])/g, "&lt;")
    .replace(/(^|[^\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (underscores) => underscores.replaceAll("_", "\\_"))
    .replaceAll("://", ":\\/\\/")
    .replace(/www\./gi, "www\\.");
}

/** An address inside `(…)` of a link; null when it is none that a browser opens as a page. */
export function linkTarget(address: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) && !/^https?:/i.test(address)) return null;
  return address.replace(
    /[\s()<>\\|`"'[\]]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** A table whose cells are Markdown already. `alignments`: `l` or `r` for each column. */
export function table(header: readonly string[], alignments: string, rows: readonly (readonly string[])[]): string {
  const rule = Array.from(alignments, (side) => (side === "r" ? "---:" : "---"));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");

/** Parts with an empty line between them; absent parts leave no gap. */
export const paragraphs = (parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null && part !== "").join("\n\n");
