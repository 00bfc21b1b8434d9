import { type Reader, statement } from "../db/index.ts";
import { type ColumnKind, columnOf, keyExpression, type MirrorStream, type RowStream, sourceOf } from "./stream.ts";

/** A row as it is sent: remote column names, JSON values. */
export type RemoteRow = Record<string, unknown>;

/** A value that would arrive as another one, or not at all: it is never sent, and its row becomes a dead letter. */
export class Unsendable {
  readonly code: "nul_in_text" | "not_finite" | "bad_json" | "not_text";
  readonly #shown: string;

  constructor(code: Unsendable["code"], shown: string) {
    this.code = code;
    this.#shown = shown;
  }

  /** As a letter's payload has it: another value is another payload. */
  toJSON(): string {
    return this.#shown;
  }
}

/** Rows of these keys as they are now, by key; a key without a row is missing. `without`: columns left out. */
export async function loadRows(
  read: Reader,
  stream: RowStream,
  keys: readonly string[],
  without: readonly string[] = [],
): Promise<ReadonlyMap<string, RemoteRow>> {
  const names = Object.keys(stream.columns).filter((name) => !without.includes(name));
  const stored = await loadByKey(read, stream, keys, [
    `${keyExpression(stream)} as "key "`,
    selected(stream, names),
    exactTexts(stream, names),
  ]);
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

const textsAmong = (stream: RowStream, names: readonly string[]): string[] =>
  names.filter((name) => !["integer", "real", "boolean"].includes(columnOf(stream, name).kind));

/**
 * The client reads a text up to its first NUL. Of a row that has one, all texts come once more in hex: as text, bytes that are
 * no UTF-8 would end the process.
 */
function exactTexts(stream: RowStream, names: readonly string[]): string {
  const texts = textsAmong(stream, names).map((name) => columnOf(stream, name).sql);
  const hasNul = texts.map((sql) => `(typeof(${sql}) = 'text' and instr(${sql}, char(0)))`).join(" or ") || "false";
  const inHex = texts.map((sql) => `case when typeof(${sql}) = 'text' then hex(${sql}) end`).join(", ");
  return `case when ${hasNul} then json_array(${inHex}) end as "exact "`;
}

function spellRow(stream: RowStream, names: readonly string[], stored: Record<string, unknown>): RemoteRow {
  const row: RemoteRow = {};
  for (const name of names) row[name] = spell(columnOf(stream, name).kind, stored[name]);
  if (typeof stored["exact "] !== "string") return row;
  const exact = JSON.parse(stored["exact "]) as (string | null)[];
  for (const [position, name] of textsAmong(stream, names).entries()) {
    const text = Buffer.from(exact[position] ?? "", "hex").toString();
    if (text.includes("\0")) row[name] = new Unsendable("nul_in_text", text);
  }
  return row;
}

function spell(kind: ColumnKind, value: unknown): unknown {
  if (value === null) return null;
  if (typeof value === "number" && !Number.isFinite(value)) return new Unsendable("not_finite", String(value));
  if (value instanceof ArrayBuffer) return new Unsendable("not_text", Buffer.from(value).toString("base64"));
  if (kind === "boolean") return value === 1 || value === true;
  return kind === "json" ? parseJson(String(value)) : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return new Unsendable("bad_json", text);
  }
}
