import { type Database, type Reader, statement, type Writer } from "../../db/index.ts";
import { type MirrorStream, type OwedKeys, type OwingTable, plainColumns } from "../stream.ts";

const PREFIX = "mirror_owe_";

interface Trigger {
  name: string;
  sql: string;
}

/** The triggers that note a stream's changes in the outbox; equal declarations give equal text. */
export function renderTriggers(stream: MirrorStream): Trigger[] {
  return stream.owedBy.flatMap((owing) => {
    const keys = owing.keys ?? ownKeys(stream);
    const watched = [...(owing.columns ?? plainColumns(stream)), ...(owing.also ?? [])];
    const changed = watched.map((column) => `old."${column}" is not new."${column}"`).join(" or ");
    const trigger = (event: string, when: string, owed: readonly OwedKeys[]): Trigger => {
      const name = `${PREFIX}${stream.name}_${owing.table}_${event.split(" ")[1]}`;
      const body = owed.map((each) => `${renderOwe(stream, each)};`).join(" ");
      // In capitals, because SQLite keeps the text with its own spelling of the first two words.
      return { name, sql: `CREATE TRIGGER "${name}" ${event} on "${owing.table}"${when} begin ${body} end` };
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

/** Without a mirror nothing is noted and nothing piles up: triggers and what they noted go. */
export async function stopOwing(db: Database): Promise<void> {
  const triggers = await loadTriggers(db.read);
  const owed = (await db.read.all(statement("select 1 from outbox limit 1", []))).length > 0;
  if (triggers.size === 0 && !owed) return;
  await db.write(async (tx) => {
    await dropTriggers(tx, triggers.keys());
    await tx.run(statement("delete from outbox", []));
    await tx.run(statement("update mirror_streams set destination = null, owed_since = null", []));
  });
}
