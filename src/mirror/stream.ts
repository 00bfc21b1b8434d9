/**
 * How a stored value is spelled in JSON and compared with what the other side returns: booleans are 0 and 1 here, JSON is text
 * here, instants end in `Z` here and in `+00:00` there.
 */
export type ColumnKind = "text" | "integer" | "real" | "boolean" | "instant" | "date" | "json";

export interface StreamColumn {
  kind: ColumnKind;
  /** Expression over the stream's table `t` and its joins. */
  sql: string;
}

/** What every stream says, whether its units are rows or objects. */
interface StreamBase {
  /** Name in the outbox, in commands and in counters; of a row stream also the remote table. */
  name: string;
  /** Local table with one row for each key, called `t` in expressions. */
  table: string;
  /** `join …` clauses after it. */
  joins?: string;
  /** Which rows belong to the stream. Default: all. */
  where?: string;
  /** Remote columns, by name. An object stream has those of its key alone. */
  columns: Readonly<Record<string, ColumnKind | StreamColumn>>;
  /** Remote conflict key; a key in the outbox is the JSON array of these columns' values. */
  key: readonly string[];
  owedBy: readonly OwingTable[];
  /** Jobs that write it: while one of them runs, its rows are left to gather. */
  writers: readonly string[];
}

/** A table whose changes owe keys of a stream. */
export interface OwingTable {
  table: string;
  /**
   * Columns whose change matters; an update that leaves them all as they are owes nothing. Default: what the stream sends of
   * this table as it is.
   */
  columns?: readonly string[];
  /** More of them, read by expressions. */
  also?: readonly string[];
  /**
   * The keys owed when a row, `new` or `old` in SQL, was written or is about to be deleted: parents are asked before they go, so
   * that they can still name their children. Default: the row's own columns with the names of the stream's key.
   */
  keys?: (row: "new" | "old") => OwedKeys;
}

/** Parts of a `select`: the values of the key, and where they come from. */
export interface OwedKeys {
  values: readonly string[];
  from?: string;
  where?: string;
}

/** Rows that become rows of one remote table. */
export interface RowStream extends StreamBase {
  kind: "rows";
  /** When the other side does not know a column: our own tables wait for their migration, a customer's do without. */
  unknownColumns: "block" | "drop";
}

/** Units of Storage objects: each unit is delivered as a whole, in the order in which its objects are given. */
export interface ObjectStream extends StreamBase {
  kind: "objects";
  /** The objects of one unit, of one moment; empty when the unit is gone. */
  load(key: readonly KeyValue[]): Promise<readonly MirroredObject[]>;
  /** Every name that an object of a unit may have: what is looked for when a unit is gone or compared. */
  names: readonly string[];
  /** Path of an object below the configured prefix. */
  path(key: readonly KeyValue[], name: string): string;
}

export interface MirroredObject {
  /** One of the stream's `names`. */
  name: string;
  contentType: "application/json" | "text/markdown";
  sha256: string;
  text: string;
}

export type MirrorStream = RowStream | ObjectStream;

/** Value of a key column. */
export type KeyValue = string | number;

/** The column's kind and expression. */
export function columnOf(stream: MirrorStream, name: string): StreamColumn {
  const column = stream.columns[name];
  if (column === undefined) throw new TypeError(`The stream ${stream.name} has no column ${name}.`);
  return typeof column === "string" ? { kind: column, sql: `t."${name}"` } : column;
}

/** Columns of the stream's own table that are sent under their own names. */
export const plainColumns = (stream: MirrorStream): string[] =>
  Object.entries(stream.columns).flatMap(([name, column]) => (typeof column === "string" ? [name] : []));

/** `from … where …` of all that belongs to the stream. */
export const sourceOf = ({ table, joins = "", where = "true" }: MirrorStream): { from: string; where: string } => ({
  from: `"${table}" t ${joins}`,
  where,
});

/** `json_array(…)` of the stream's key. */
export const keyExpression = (stream: MirrorStream): string =>
  `json_array(${stream.key.map((name) => columnOf(stream, name).sql).join(", ")})`;

export const parseKey = (key: string): KeyValue[] => JSON.parse(key) as KeyValue[];
