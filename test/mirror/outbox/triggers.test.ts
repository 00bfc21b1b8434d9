import { expect, test } from "bun:test";
import { type Database, statement } from "../../../src/db/index.ts";
import { countAllOwed, loadOwed, owe, settleOwed } from "../../../src/mirror/outbox/owed.ts";
import { startOwing } from "../../../src/mirror/outbox/owing.ts";
import { stopOwing } from "../../../src/mirror/outbox/triggers.ts";
import { loadRows } from "../../../src/mirror/rows.ts";
import type { RowStream } from "../../../src/mirror/stream.ts";
import { recommendationStreams } from "../../../src/systems/recommendations/mirror.ts";
import { openTestDatabase } from "../../support/database.ts";

const things: RowStream = {
  kind: "rows",
  name: "things",
  table: "things",
  key: ["id"],
  columns: { id: "text", size: "real", seen: "boolean" },
  owedBy: [{ table: "things" }],
  writers: [],
  unknownColumns: "block",
};

async function openThings(streams: readonly RowStream[] = [things]) {
  const store = await openTestDatabase();
  const run = (sql: string, ...args: (string | number | null)[]) =>
    store.db.write(async (tx) => void (await tx.run(statement(sql, args))));
  await run("create table things (id text primary key, size real, seen integer, local_note text)");
  const begin = (destination = "here") => startOwing(store.db, streams, () => destination);
  await begin();
  return { ...store, run, begin, owed: () => owedKeys(store.db) };
}

async function owedKeys(db: Database): Promise<string[]> {
  const keys: string[] = [];
  for (const stream of (await countAllOwed(db.read)).keys())
    for (const { key } of await loadOwed(db.read, stream, { limit: 1_000, throughSeq: 1e9 }))
      keys.push(`${stream} ${key}`);
  return keys.sort();
}

test("each way of writing a row owes its key once", async () => {
  await using store = await openThings();
  await store.run("insert into things values ('a', 1, 0, null)");
  await store.run("insert or ignore into things values ('b', 1, 0, null)");
  await store.run("insert or replace into things values ('b', 2, 0, null)");
  await store.run("insert into things values ('c', 1, 0, null) on conflict do nothing");
  await store.run("insert into things values ('c', 3, 0, null) on conflict (id) do update set size = excluded.size");
  await store.run("update or ignore things set seen = 1 where id = 'a'");
  expect(await store.owed()).toEqual(['things ["a"]', 'things ["b"]', 'things ["c"]']);
});

test("an update that changes nothing that is sent owes nothing", async () => {
  await using store = await openThings();
  await store.run("insert into things values ('a', 1, null, null)");
  await store.run("delete from outbox");
  await store.run("update things set size = 1.0, seen = null, local_note = 'new'");
  expect(await store.owed()).toEqual([]);
  await store.run("update things set seen = 0");
  expect(await store.owed()).toEqual(['things ["a"]']);
});

test("a deleted row and a row whose key changed owe the key that is gone", async () => {
  await using store = await openThings();
  await store.run("insert into things values ('a', 1, 0, null), ('b', 1, 0, null)");
  await store.run("delete from outbox");
  await store.run("delete from things where id = 'a'");
  await store.run("update things set id = 'z' where id = 'b'");
  expect(await store.owed()).toEqual(['things ["a"]', 'things ["b"]', 'things ["z"]']);
  expect([...(await loadRows(store.db.read, things, ['["a"]', '["b"]', '["z"]'])).keys()]).toEqual(['["z"]']);
});

test("a change during the delivery keeps the key owed", async () => {
  await using store = await openThings();
  await store.run("insert into things values ('a', 1, 0, null), ('b', 1, 0, null)");
  const sent = await loadOwed(store.db.read, "things", { limit: 10, throughSeq: 1e9 });
  await store.run("update things set size = 2 where id = 'a'");
  await store.db.write((tx) => settleOwed(tx, "things", sent));
  expect(await store.owed()).toEqual(['things ["a"]']);
});

test("keys with quotes, accents and control characters are the same in the outbox and in rows", async () => {
  await using store = await openThings();
  for (const id of ['q"uote', "back\\slash", "ñandú", "line\nbreak", "\u0001", "\u007f", "😀", "", "a,b(c)"])
    await store.run("insert into things values (?, 1, 0, null)", id);
  const owed = await loadOwed(store.db.read, "things", { limit: 100, throughSeq: 1e9 });
  const rows = await loadRows(
    store.db.read,
    things,
    owed.map(({ key }) => key),
  );
  expect([...rows].map(([key, row]) => [key, JSON.stringify([row.id])])).toEqual([...rows].map(([key]) => [key, key]));
  expect(rows.size).toBe(9);
  await store.db.write((tx) =>
    owe(
      tx,
      "things",
      owed.map(({ key }) => key),
    ),
  );
  expect((await store.owed()).length).toBe(9);
});

test("rows are owed once when the mirror is turned on, and not again by the next start", async () => {
  await using store = await openThings([]);
  await store.run(
    "insert into things with recursive n(i) as (select 1 union all select i + 1 from n where i < 12000) select 'k' || i, i, 0, null from n",
  );
  await store.run("delete from things where id in ('k1', 'k5000', 'k12000')");
  const begin = (destination: string, streams = [things]) => startOwing(store.db, streams, () => destination);
  await begin("here");
  expect((await countAllOwed(store.db.read)).get("things")).toBe(11_997);
  await store.run("delete from outbox");
  await begin("here");
  expect(await store.owed()).toEqual([]);
  await begin("elsewhere");
  expect((await countAllOwed(store.db.read)).get("things")).toBe(11_997);
});

test("a stream that is declared otherwise than before owes all again", async () => {
  await using store = await openThings();
  await store.run("insert into things values ('a', 1, 0, null)");
  await store.run("delete from outbox");
  const wider: RowStream = { ...things, columns: { ...things.columns, local_note: "text" } };
  await startOwing(store.db, [wider], () => "here");
  expect(await store.owed()).toEqual(['things ["a"]']);
});

test("a start that was killed before all was owed is made up for by the next one", async () => {
  await using store = await openThings();
  await store.run("insert into things values ('a', 1, 0, null)");
  await store.run("delete from outbox");
  await store.run("update mirror_streams set destination = null");
  await store.begin();
  expect(await store.owed()).toEqual(['things ["a"]']);
});

test("a table that a migration built anew gets its triggers back, and owes all again", async () => {
  await using store = await openThings();
  await store.run("insert into things values ('a', 1, 0, null)");
  await store.run("create table new_things (id text primary key, size real, seen integer, local_note text)");
  await store.run("insert into new_things select * from things");
  await store.run("drop table things");
  await store.run("alter table new_things rename to things");
  await store.run("delete from outbox");
  await store.begin();
  await store.run("insert into things values ('b', 1, 0, null)");
  expect(await store.owed()).toEqual(['things ["a"]', 'things ["b"]']);
});

test("without a mirror nothing is noted and nothing stays", async () => {
  await using store = await openThings();
  await store.run("insert into things values ('a', 1, 0, null)");
  await stopOwing(store.db);
  await store.run("insert into things values ('b', 1, 0, null)");
  expect(await store.owed()).toEqual([]);
  await store.begin();
  expect(await store.owed()).toEqual(['things ["a"]', 'things ["b"]']);
});

test("what belongs to a recommendation is owed under its key, also when the recommendation goes first", async () => {
  await using store = await openTestDatabase();
  const { db } = store;
  const run = (sql: string) => db.write(async (tx) => void (await tx.run(statement(sql, []))));
  await startOwing(db, recommendationStreams, () => "here");
  await run(`insert into daily_recommendations (id, analysis_date, ticker, recommendation, total_score, confidence, created_at,
    coverage, scoring_profile, data_source, trigger, updated_at)
    values (7, '2024-03-08', 'YPF', 'COMPRAR', 71, 80, 'x', 1, 'v2', 'csv', 'cron', 'x')`);
  for (const type of ["technical", "macro"])
    await run(
      `insert into analysis_details (recommendation_id, analysis_type, metadata, created_at) values (7, '${type}', '{}', 'x')`,
    );
  await run(`insert into recommendation_outcomes (recommendation_id, horizon, bar_date, start_price, end_date, end_price,
    return_fraction, computed_at) values (7, 5, '2024-03-08', 1, '2024-03-15', 2, 1, 'x')`);
  const all = [
    'analysis_details ["2024-03-08","YPF","macro"]',
    'analysis_details ["2024-03-08","YPF","technical"]',
    'daily_recommendations ["2024-03-08","YPF"]',
    'recommendation_outcomes ["2024-03-08","YPF",5]',
  ];
  expect(await owedKeys(db)).toEqual(all);
  const [, details, outcomes] = recommendationStreams;
  expect([...(await loadRows(db.read, details!, ['["2024-03-08","YPF","macro"]'])).values()]).toMatchObject([
    { analysis_date: "2024-03-08", ticker: "YPF", analysis_type: "macro", metadata: {}, raw_data: null },
  ]);
  expect((await loadRows(db.read, outcomes!, ['["2024-03-08","YPF",5]'])).size).toBe(1);
  await run("delete from outbox");
  await run("delete from daily_recommendations");
  expect(await owedKeys(db)).toEqual(all);
  expect((await loadRows(db.read, details!, ['["2024-03-08","YPF","macro"]'])).size).toBe(0);
});
