import { SQL } from "drizzle-orm";

/** What SQLite takes. */
export type Argument = string | number | null | Uint8Array;

/**
 * A statement as it is, for hot paths: drizzle puts its own together value by value, which can take longer than what they
 * do. Arguments never become part of the text.
 */
export function statement(text: string, args: readonly Argument[]): SQL {
  return new PlainStatement(text, args);
}

class PlainStatement extends SQL {
  readonly #text: string;
  readonly #args: readonly Argument[];

  constructor(text: string, args: readonly Argument[]) {
    super([]);
    this.#text = text;
    this.#args = args;
  }

  override toQuery() {
    return { sql: this.#text, params: [...this.#args] as unknown[] };
  }
}

/** `(?, ?), (?, ?)`: so many rows of so many columns. */
export const placeholders = (rows: number, columns: number): string => {
  const row = `(${Array.from({ length: columns }, () => "?").join(", ")})`;
  return Array.from({ length: rows }, () => row).join(", ");
};
