import { type Database, statement } from "../../../src/db/index.ts";
import { countAllOwed } from "../../../src/mirror/outbox/owed.ts";
import type { RowStream } from "../../../src/mirror/stream.ts";
import { openTestDatabase } from "../../support/database.ts";
import { startOwing } from "../../support/start-owing.ts";
import { loadOwed } from "../owed-rows.ts";

export const things: RowStream = {
  kind: "rows",
  name: "things",
  table: "things",
  key: ["id"],
  columns: { id: "text", size: "real", seen: "boolean" },
  owedBy: [{ table: "things" }],
  writers: [],
  unknownColumns: "block",
};

/** A table whose changes are owed: `await using store = await openThings()`. */
export async function openThings(streams: readonly RowStream[] = [things]) {
  const store = await openTestDatabase();
  const run = (sql: string, ...args: (string | number | null)[]) =>
    store.db.write(async (tx) => void (await tx.run(statement(sql, args))));
  await run("create table things (id text primary key, size real, seen integer, local_note text)");
  const begin = (destination = "here") => startOwing(store.db, streams, () => destination);
  await begin();
  return {
    ...store,
    run,
    begin,
    owed: () => owedKeys(store.db),
    /** Rows k1 … */
    fill: (rows: number) =>
      run(
        `insert into things with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})
           select 'k' || i, i, 0, null from n`,
      ),
  };
}

/** Everything that is owed, as `stream key`. */
export async function owedKeys(db: Database): Promise<string[]> {
  const keys: string[] = [];
  for (const stream of (await countAllOwed(db.read)).keys())
    for (const { key } of await loadOwed(db.read, stream)) keys.push(`${stream} ${key}`);
  return keys.sort();
}
