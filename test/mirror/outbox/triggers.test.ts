import { expect, test } from "bun:test";
import { statement } from "../../../src/db/index.ts";
import { owe, settleOwed } from "../../../src/mirror/outbox/owed.ts";
import { loadRows } from "../../../src/mirror/rows.ts";
import type { RowStream } from "../../../src/mirror/stream.ts";
import { recommendationStreams } from "../../../src/systems/recommendations/mirror.ts";
import { openTestDatabase } from "../../support/database.ts";
import { startOwing } from "../../support/start-owing.ts";
import { loadOwed } from "../owed-rows.ts";
import { openThings, owedKeys, things } from "./things.ts";

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
  const sent = await loadOwed(store.db.read, "things");
  await store.run("update things set size = 2 where id = 'a'");
  await store.db.write((tx) => settleOwed(tx, "things", sent));
  expect(await store.owed()).toEqual(['things ["a"]']);
});

test("keys with quotes, accents and control characters are the same in the outbox and in rows", async () => {
  await using store = await openThings();
  for (const id of ['q"uote', "back\\slash", "ñandú", "line\nbreak", "\u0001", "\u007f", "😀", "", "a,b(c)"])
    await store.run("insert into things values (?, 1, 0, null)", id);
  const owed = await loadOwed(store.db.read, "things");
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

test("two entries of one table in a stream, or two streams whose names make one trigger, are refused", async () => {
  await using store = await openThings([]);
  const begin = (...streams: RowStream[]) => startOwing(store.db, streams, () => "here");
  const twice = [
    { table: "things", columns: ["size"] },
    { table: "things", columns: ["seen"] },
  ];
  await expect(begin({ ...things, owedBy: twice })).rejects.toThrow("mirror_owe_things_things_insert");
  const [one, other] = [
    { ...things, name: "my", owedBy: [{ table: "own_things" }] },
    { ...things, name: "my_own" },
  ];
  await expect(begin(one, other)).rejects.toThrow("mirror_owe_my_own_things_insert");
  expect(await store.owed()).toEqual([]);
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
