/** Something that differs from what the migrations make, or that opens a door. */
export interface Finding {
  /** `SCH`, `IDX`, `RLS`, `EXT` and a number: stable, for filters and documentation. */
  id: string;
  level: "error" | "warning";
  /** Table, index, policy, … that it is about. */
  object: string;
  message: string;
  /** SQL to run, or the command that helps. */
  fix: string;
}

/** `public.users`, `"my schema".users`. */
export const qualified = (schema: string, name: string): string => `${quoted(schema)}.${quoted(name)}`;

export const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;

export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Of the words that Postgres reserves, those that a person might give to a table, a column or a schema. */
const RESERVED = new Set(["default", "group", "limit", "order", "table", "user"]);
