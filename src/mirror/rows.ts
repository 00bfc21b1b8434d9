import { type Reader, statement } from "../db/index.ts";
import { type ColumnKind, columnOf, keyExpression, type MirrorStream, type RowStream, sourceOf } from "./stream.ts";

/** A row as it is sent: remote column names, JSON values. */
export type RemoteRow = Record<string, unknown>;

/** Rows of these keys as they are now, by key; a key without a row is missing. `without`: columns left out. */
export async function loadRows(
  read: Reader,
  stream: RowStream,
  keys: readonly string[],
  without: readonly string[] = [],
): Promise<ReadonlyMap<string, RemoteRow>> {
  const names = Object.keys(stream.columns).filter((name) => !without.includes(name));
  const stored = await loadByKey(read, stream, keys, [`${keyExpression(stream)} as "key "`, selected(stream, names)]);
  return new Map(stored.map((row) => [row["key "] as string, spellRow(stream, names, row)]));
}

/** Those of the keys, as the outbox spells them, that have a row. */
export async function loadPresentKeys(
  read: Pick<Reader, "all">,
  stream: MirrorStream,
  keys: readonly string[],
): Promise<string[]> {
  const stored = await loadByKey(read, stream, keys, [`${keyExpression(stream)} as key`]);
  return stored.map(({ key }) => key as string);
}

async function loadByKey(
  read: Pick<Reader, "all">,
  stream: MirrorStream,
  keys: readonly string[],
  select: readonly string[],
): Promise<Record<string, unknown>[]> {
  const { from, where } = sourceOf(stream);
  const matches = stream.key.map((name, position) => `${columnOf(stream, name).sql} = k.value ->> ${position}`);
  return (await read.all(
    statement(
      `select ${select.join(", ")} from (select value from json_each(?)) k cross join ${from}
        where ${matches.join(" and ")} and (${where})`,
      [JSON.stringify(keys.map((key) => JSON.parse(key)))],
    ),
  )) as Record<string, unknown>[];
}

const selected = (stream: RowStream, names: readonly string[]): string =>
  names.map((name) => `${columnOf(stream, name).sql} as "${name}"`).join(", ");

function spellRow(stream: RowStream, names: readonly string[], stored: Record<string, unknown>): RemoteRow {
  const row: RemoteRow = {};
  for (const name of names) row[name] = spell(columnOf(stream, name).kind, stored[name]);
  return row;
}

function spell(kind: ColumnKind, value: unknown): unknown {
  if (value === null) return null;
  if (kind === "boolean") return value === 1 || value === true;
  if (kind === "json") return JSON.parse(value as string);
  return value;
}
