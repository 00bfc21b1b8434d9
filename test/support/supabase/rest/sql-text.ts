/** Values of one statement. Every value travels as text and is cast in the statement, so that no driver reformats it. */
export interface Parameters {
  readonly values: string[];
  /** The placeholder of a new value. */
  add(value: string): string;
}

export function createParameters(): Parameters {
  const values: string[] = [];
  return { values, add: (value) => `$${values.push(value)}::text` };
}

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Parts between commas that lie outside quotes, parentheses and braces. */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') at = endOfQuoted(text, at);
    else if ("({".includes(character)) depth++;
    else if (")}".includes(character)) depth--;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return text === "" ? [] : [...parts, text.slice(start)];
}

/** Index of the quote that closes the one at `start`, or of the last character. */
function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length - 1;
}

/** `"a\"b"` as `a"b`; anything else as it is. */
export function unquote(text: string): string {
  return /^"(?:[^"\\]|\\.)*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : text;
}
