import { expect, test } from "bun:test";
import { type Database, statement } from "../../../src/db/index.ts";
import { yieldToEventLoop } from "../../../src/kit/clock.ts";
import { createBacklog } from "../../../src/mirror/outbox/backlog.ts";
import { countAllOwed } from "../../../src/mirror/outbox/owed.ts";
import { oweAll, oweUnowed, startNoting } from "../../../src/mirror/outbox/owing.ts";
import { forgetRemovedStreams } from "../../../src/mirror/outbox/removed-streams.ts";
import { forgetOwedRows, stopNoting } from "../../../src/mirror/outbox/stopping.ts";
import { countLocal, localKeyPages } from "../../../src/mirror/reconcile/keys.ts";
import type { RowStream } from "../../../src/mirror/stream.ts";
import { startOwing } from "../../support/start-owing.ts";
import { openThings, things } from "./things.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const others: RowStream = { ...things, name: "others", columns: { id: "text", local_note: "text" } };

test("rows are owed once when the mirror is turned on, and not again by the next start", async () => {
  await using store = await openThings([]);
  await store.fill(12_000);
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

class Killed extends Error {}

/** The process dies before or after its nth write to the file. */
function mortal(db: Database, { nth, point }: { nth: number; point: "before" | "after" }): Database {
  let writes = 0;
  return {
    ...db,
    async write(work) {
      const dies = ++writes === nth;
      if (dies && point === "before") throw new Killed();
      const result = await db.write(work);
      if (dies) throw new Killed();
      return result;
    },
  };
}

test.each(["before", "after"] as const)("a start that is killed %s any of its writes is made up for", async (point) => {
  for (let nth = 1; ; nth++) {
    await using store = await openThings([]);
    await store.fill(2_500);
    const streams = [things, others];
    const start = (db: Database) => startOwing(db, streams, () => "here");
    const survived = await start(mortal(store.db, { nth, point })).then(
      () => true,
      (thrown) => {
        if (thrown instanceof Killed) return false;
        throw thrown;
      },
    );
    // What is written before the next start is noted or owed then; what is gone is not owed twice.
    await store.run("insert into things values ('new', 1, 0, null)");
    await store.run("delete from things where id = 'k1'");
    await start(store.db);
    const owed = await countAllOwed(store.db.read);
    for (const { name } of streams) {
      const missing = await store.db.read.all(
        statement(
          "select id from things where not exists (select 1 from outbox where stream = ? and key = json_array(id))",
          [name],
        ),
      );
      expect([nth, name, missing]).toEqual([nth, name, []]);
      expect(owed.get(name)).toBeOneOf([2_500, 2_501]);
    }
    await store.run("delete from outbox");
    await start(store.db);
    expect((await countAllOwed(store.db.read)).size).toBe(0);
    if (survived) return expect(nth).toBeGreaterThan(8);
  }
});

test("a declaration that changes keeps the mark of a delivery that was cut off", async () => {
  await using store = await openThings();
  const mark = "2026-03-03T12:00:00.000Z";
  await store.run("update mirror_streams set probe_at = ?", mark);
  await startOwing(store.db, [{ ...things, columns: { ...things.columns, local_note: "text" } }], () => "here");
  expect(await store.db.read.all(statement("select probe_at from mirror_streams", []))).toEqual([{ probe_at: mark }]);
});

test("without a mirror nothing is noted, and of what was owed the deletions stay", async () => {
  await using store = await openThings();
  await store.fill(2_100);
  await store.run("delete from things where id in ('k3', 'k2000')");
  await stopNoting(store.db);
  await forgetOwedRows(store.db, [things]);
  await store.run("insert into things values ('new', 1, 0, null)");
  expect(await store.owed()).toEqual(['things ["k2000"]', 'things ["k3"]']);
  await store.begin();
  expect((await countAllOwed(store.db.read)).get("things")).toBe(2_101);
});

test("a stream that is gone leaves neither debts nor objects, and its letters are closed", async () => {
  await using store = await openThings([things, others]);
  await store.run("insert into things values ('a', 1, 0, null)");
  for (const stream of ["things", "others"]) {
    await store.run(
      "insert into mirror_objects (object_key, stream, unit, state) values (?, ?, '[1]', 'delivered')",
      `path/${stream}`,
      stream,
    );
    for (const [queue, state] of [
      ["mirror", "open"],
      ["mirror", "parked"],
      ["mirror", "resolved"],
      ["erp", "open"],
    ])
      await store.run(
        `insert into dead_letters (id, queue, subject, key, error_type, message, state, next_try_at, first_failed_at,
           last_failed_at) values (?, ?, ?, ?, 'rejected', 'no', ?, 'x', 'x', 'x')`,
        `${stream} ${queue} ${state}`,
        queue!,
        stream,
        `${state}`,
        state!,
      );
  }
  await startOwing(store.db, [things], () => "here");
  await forgetRemovedStreams(store.db, [things], NOW);
  expect(await store.owed()).toEqual(['things ["a"]']);
  for (const table of ["mirror_streams", "mirror_objects"])
    expect(await store.db.read.all(statement(`select stream from ${table}`, []))).toEqual([{ stream: "things" }]);
  const letters = await store.db.read.all(
    statement("select id, state, resolved_at, next_try_at from dead_letters where state = 'discarded' order by id", []),
  );
  const closed = { state: "discarded", resolved_at: NOW.toISOString(), next_try_at: null };
  expect(letters).toEqual([
    { id: "others mirror open", ...closed },
    { id: "others mirror parked", ...closed },
  ]);
});

/** Turns that others have while something works. */
async function countTurns(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let working = true;
  const over = work.finally(() => {
    working = false;
  });
  while (working) {
    await yieldToEventLoop();
    turns++;
  }
  await over;
  return turns;
}

test("others have their turn between the pages of a long table", async () => {
  await using store = await openThings();
  await store.fill(20_000);
  const { db } = store;
  const listKeys = async () => {
    for await (const _ of localKeyPages(db.read, things));
  };
  expect(await countTurns(countLocal(db.read, things))).toBeGreaterThanOrEqual(4);
  expect(await countTurns(listKeys())).toBeGreaterThanOrEqual(4);
  expect(await countTurns(oweAll(db, things))).toBeGreaterThanOrEqual(20);
  expect(await countTurns(forgetOwedRows(db, [things]))).toBeGreaterThanOrEqual(20);
});

test("a backlog is worked off once, again after a failure, and ends between two pages when it is stopped", async () => {
  let failures = 1;
  let done = 0;
  const backlog = createBacklog(async () => {
    if (failures-- > 0) throw new Error("disk");
    done++;
  });
  await expect(Promise.all([backlog.finish(), backlog.finish()])).rejects.toThrow("disk");
  expect([backlog.state, done]).toEqual(["waiting", 0]);
  await Promise.all([backlog.finish(), backlog.finish()]);
  await backlog.finish();
  expect([backlog.state, done]).toEqual(["finished", 1]);

  await using store = await openThings([]);
  await store.fill(50_000);
  const unowed = await startNoting(store.db, [things], () => "here");
  const owing = createBacklog((signal) => oweUnowed(store.db, unowed, signal));
  const finished = owing.finish().then(
    () => "finished",
    () => "stopped",
  );
  while ((await countAllOwed(store.db.read)).size === 0) await yieldToEventLoop();
  await owing.stop();
  expect(await finished).toBe("stopped");
  expect((await countAllOwed(store.db.read)).get("things")).toBeLessThan(50_000);
  await startOwing(store.db, [things], () => "here");
  expect((await countAllOwed(store.db.read)).get("things")).toBe(50_000);
});
