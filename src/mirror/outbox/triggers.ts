import { type Reader, statement, type Writer } from "../../db/index.ts";
import { type MirrorStream, type OwedKeys, type OwingTable, plainColumns } from "../stream.ts";

const PREFIX = "mirror_owe_";

interface Trigger {
  stream: string;
  name: string;
  sql: string;
}

/** The triggers that note the streams' changes in the outbox; equal declarations give equal text. */
export function renderTriggers(streams: readonly MirrorStream[]): Trigger[] {
  const triggers = streams.flatMap(renderTriggersOf);
  const names = new Set<string>();
  for (const { name } of triggers) {
    // The second would take the place of the first, whose changes nobody would note.
    if (names.has(name)) throw new TypeError(`Two triggers are called ${name}: give a table one entry in owedBy.`);
    names.add(name);
  }
  return triggers;
}

function renderTriggersOf(stream: MirrorStream): Trigger[] {
  return stream.owedBy.flatMap((owing) => {
    const keys = owing.keys ?? ownKeys(stream);
    const watched = [...(owing.columns ?? plainColumns(stream)), ...(owing.also ?? [])];
    const changed = watched.map((column) => `old."${column}" is not new."${column}"`).join(" or ");
    const trigger = (event: string, when: string, owed: readonly OwedKeys[]): Trigger => {
      const name = `${PREFIX}${stream.name}_${owing.table}_${event.split(" ")[1]}`;
      const body = owed.map((each) => `${renderOwe(stream, each)};`).join(" ");
      // In capitals, because SQLite keeps the text with its own spelling of the first two words.
      return {
        stream: stream.name,
        name,
        sql: `CREATE TRIGGER "${name}" ${event} on "${owing.table}"${when} begin ${body} end`,
      };
    };
    return [
      trigger("after insert", "", [keys("new")]),
      // A change of the key itself is a row that went and a row that came.
      trigger("after update", ` when ${changed}`, [keys("old"), keys("new")]),
      trigger("before delete", "", [keys("old")]),
    ];
  });
}

const ownKeys =
  ({ key }: MirrorStream): NonNullable<OwingTable["keys"]> =>
  (row) => ({ values: key.map((column) => `${row}."${column}"`) });

/** One statement that owes keys: a key that is owed already gets a newer change number. */
function renderOwe({ name }: MirrorStream, { values, from, where = "true" }: OwedKeys): string {
  const next = `(select coalesce(max(seq), 0) + 1 from outbox where stream = '${name}')`;
  return (
    `insert into outbox (stream, key, seq) select '${name}', json_array(${values.join(", ")}), ${next}` +
    `${from ? ` from ${from}` : ""} where ${where} on conflict (stream, key) do update set seq = excluded.seq`
  );
}

/** The mirror's triggers in this database, by name. */
export async function loadTriggers(read: Reader): Promise<ReadonlyMap<string, string>> {
  const rows = (await read.all(
    statement("select name, sql from sqlite_master where type = 'trigger' and name glob ?", [`${PREFIX}*`]),
  )) as { name: string; sql: string }[];
  return new Map(rows.map(({ name, sql }) => [name, sql]));
}

export async function createTriggers(tx: Writer, triggers: readonly Trigger[]): Promise<void> {
  for (const { sql } of triggers) await tx.run(statement(sql, []));
}

export async function dropTriggers(tx: Writer, names: Iterable<string>): Promise<void> {
  for (const name of names) await tx.run(statement(`drop trigger if exists "${name}"`, []));
}
