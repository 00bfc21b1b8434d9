import { expect, test } from "bun:test";
import { hours, minutes, seconds } from "../../../src/kit/duration.ts";
import { discardDeadLetters, replayDeadLetters } from "../../../src/mirror/dead-letters/act.ts";
import { unblockStreams } from "../../../src/mirror/delivery/blocking.ts";
import { hasDueStream } from "../../../src/mirror/delivery/due.ts";
import { children, namesWith, openMirrorBench, parents } from "./bench.ts";

const idle = new Set<string>();

test("bad rows become dead letters with what was sent, the others arrive, and a newer revision resolves them", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(200, [17, 150]));
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 198 }, filed: 2, left: 0, blocked: [] });
  expect(await bench.letters()).toMatchObject([
    { key: '["p0017"]', code: "23514", state: "open", attempts: 1 },
    { key: '["p0150"]', code: "23514", state: "open", attempts: 1 },
  ]);
  const [letter] = await bench.letters();
  expect(JSON.parse(letter!.payload)).toEqual({ id: "p0017", name: "bad", score: 17 / 8 });

  await bench.run("update parents set name = 'good' where id = 'p0017'");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 } });
  expect(await bench.letters()).toMatchObject([{ state: "resolved", resolution: "delivered" }, { state: "open" }]);
});

test("a letter is tried after 1, 6, 24, 24 and 24 hours, and then parked", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(["bad"]);
  await bench.drain();
  for (const [index, wait] of [1, 6, 24, 24, 24].entries()) {
    bench.clock.jump(hours(wait) - minutes(5));
    expect(await hasDueStream(bench.parts, idle)).toBe(false);
    expect(await bench.drain({ all: false })).toMatchObject({ filed: 0 });
    bench.clock.jump(minutes(6));
    expect(await hasDueStream(bench.parts, idle)).toBe(true);
    expect(await bench.drain({ all: false })).toMatchObject({ filed: 1, left: 0 });
    expect((await bench.letters())[0]).toMatchObject({ attempts: index + 2, state: index < 4 ? "open" : "parked" });
  }
  bench.clock.jump(hours(200));
  expect(await bench.drain({ all: false })).toMatchObject({ filed: 0 });
});

test("a row whose parent is missing is tried again with the next drain", async () => {
  await using bench = await openMirrorBench();
  await bench.run("insert into children values ('c', 'p0000', 'x')");
  expect(await bench.drain()).toMatchObject({ filed: 1 });
  expect(await bench.letters()).toMatchObject([{ code: "23503", state: "open" }]);
  await bench.addParents(["late"]);
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1, children: 1 }, left: 0 });
  expect(await bench.letters()).toMatchObject([{ state: "resolved" }]);
});

test("a discarded row is not filed again while it stays as it was; changed, it is", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(["bad"]);
  await bench.drain();
  const target = { queue: "mirror" as const, subject: "parents" };
  expect(await discardDeadLetters(bench.store.db, target, bench.clock.now())).toBe(1);
  await bench.run("insert into outbox values ('parents', '[\"p0000\"]', 1)");
  expect(await bench.drain()).toMatchObject({ filed: 0, left: 0 });
  expect(await bench.letters()).toMatchObject([{ state: "discarded" }]);
  await bench.run("update parents set score = 3");
  expect(await bench.drain()).toMatchObject({ filed: 1, left: 0 });
});

test("a replayed letter is sent at once and resolved when it is accepted", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(["bad"]);
  await bench.drain();
  await bench.supabase.sql.unsafe("alter table parents drop constraint parents_name_check");
  expect(await bench.drain()).toMatchObject({ sent: 0 });
  const [letter] = await bench.letters();
  expect(await replayDeadLetters(bench.store.db, { id: letter!.id }, bench.clock.now())).toBe(1);
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 }, left: 0 });
  expect(await bench.letters()).toMatchObject([{ state: "resolved", resolution: "delivered" }]);
});

test("a row that changes while it is being refused is not filed: its newer revision is owed", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(["bad"]);
  await bench.supabase.sql.unsafe(`
    create function note() returns trigger language plpgsql as $$ begin perform pg_sleep(0.3); return new; end $$;
    create trigger slow before insert on parents for each row execute function note();
  `);
  const draining = bench.drain();
  while (bench.supabase.history.open === 0) await new Promise((resolve) => setImmediate(resolve));
  await bench.run("update parents set name = 'good'");
  expect(await draining).toMatchObject({ filed: 0, left: 1 });
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 }, left: 0 });
});

test("25 bad rows of 100 block the stream: nothing of the batch is filed, good parts stay, other streams go on", async () => {
  await using bench = await openMirrorBench({ streams: [parents, children] });
  await bench.addParents(
    namesWith(
      100,
      Array.from({ length: 25 }, (_, index) => index * 4),
    ),
  );
  await bench.run("insert into children values ('c', null, 'x')");
  const report = await bench.drain();
  expect(report).toMatchObject({
    filed: 0,
    delivered: { children: 1 },
    blocked: [{ stream: "parents", code: "23514" }],
  });
  expect(await bench.letters()).toEqual([]);
  expect(report.left).toBe(100 - report.delivered.parents!);
  expect(await bench.state("parents")).toMatchObject({ blocked_code: "23514" });

  // Not before an hour has passed; then with ten rows, of which more than two are bad still.
  const before = bench.supabase.history.requests.length;
  bench.clock.jump(minutes(59));
  expect(await bench.drain({ all: false })).toMatchObject({ sent: 0, blocked: [] });
  expect(bench.supabase.history.requests.length).toBe(before);
  await bench.supabase.sql.unsafe("alter table parents drop constraint parents_name_check");
  bench.clock.jump(minutes(2));
  expect(await bench.drain({ all: false })).toMatchObject({ left: 0, blocked: [] });
  expect(bench.supabase.history.requests[before]!.rowCount).toBe(10);
  expect(await bench.state("parents")).toMatchObject({ blocked_reason: null, probe_at: null });
  expect(await bench.remote("parents")).toHaveLength(100);
});

test("20 bad rows of 40, and 25 of 200, are filed: it takes more than 20 rows and more than 20 %", async () => {
  for (const [rows, bad] of [
    [40, 20],
    [200, 25],
  ] as const) {
    await using bench = await openMirrorBench();
    await bench.addParents(
      namesWith(
        rows,
        Array.from({ length: bad }, (_, index) => index),
      ),
    );
    expect(await bench.drain()).toMatchObject({ filed: bad, blocked: [], left: 0 });
  }
});

test("a column that our own tables lack blocks with the command that adds it; unblocked, everything goes", async () => {
  const wider = { ...parents, columns: { ...parents.columns, rank: { kind: "integer" as const, sql: "1" } } };
  await using bench = await openMirrorBench({ streams: [wider] });
  await bench.addParents(namesWith(3));
  const { blocked, left } = await bench.drain();
  expect(blocked).toMatchObject([{ stream: "parents", code: "PGRST204" }]);
  expect(blocked[0]!.message).toMatch(/migrations pending.*parents has no column rank.*vigia db migrate/);
  expect(left).toBe(3);
  expect(await bench.drain({ all: false })).toMatchObject({ sent: 0, blocked: [] });
  await bench.supabase.sql.unsafe("alter table parents add rank integer");
  expect(await unblockStreams(bench.store.db, bench.clock.now(), "parents")).toEqual(["parents"]);
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 3 }, left: 0 });
});

test.each([
  ["XX000", "raise exception 'cache lookup failed' using errcode = 'XX000'", "XX000"],
  ["55P03", "raise exception 'locked' using errcode = '55P03'", "55P03"],
  ["nothing at all", "return null", "wrong_count"],
])(
  "a table whose trigger raises or returns %s ends its own turn only, and is blocked the third time",
  async (_, does, code) => {
    await using bench = await openMirrorBench({ streams: [parents, children] });
    await bench.supabase.sql.unsafe(`
    create function break() returns trigger language plpgsql as $$ begin ${does}; return new; end $$;
    create trigger breaking before insert or update on parents for each row execute function break();
  `);
    await bench.addParents(namesWith(3));
    for (const drains of [1, 2, 3]) {
      await bench.run("insert into children values (?, null, 'x')", [`c${drains}`]);
      const report = await bench.drain();
      expect(report).toMatchObject({ delivered: { children: 1 }, filed: 0, left: 3 });
      expect(report.end).toBeUndefined();
      const wanted = [{ stream: "parents", code }];
      expect(report.broken).toMatchObject(drains < 3 ? wanted : []);
      expect(report.blocked).toMatchObject(drains < 3 ? [] : wanted);
      expect(report.broken.length + report.blocked.length).toBe(1);
    }
    expect(await bench.state("parents")).toMatchObject({ blocked_code: code, probe_at: expect.any(String) });
    await bench.supabase.sql.unsafe("drop trigger breaking on parents");
    bench.clock.jump(minutes(61));
    expect(await bench.drain({ all: false })).toMatchObject({ delivered: { parents: 3 }, left: 0 });
    expect(await bench.state("parents")).toMatchObject({ blocked_reason: null, failures: 0, last_error: null });
  },
);

test("a table that fails now and then is not blocked: only failures in a row count", async () => {
  await using bench = await openMirrorBench({ streams: [{ ...parents, writers: ["job"] }] });
  await bench.supabase.sql.unsafe(`
    create function break() returns trigger language plpgsql as $$ begin
      if new.name like 'late%' then raise exception 'locked' using errcode = '55P03'; end if; return new; end $$;
    create trigger breaking before insert or update on parents for each row execute function break();
  `);
  await bench.addParents(["first"]);
  for (let round = 0; round < 3; round++) {
    await bench.run("update parents set name = ?", [`late ${round}`]);
    for (const _ of [1, 2]) expect((await bench.drain({ all: false })).broken).toHaveLength(1);
    await bench.run("update parents set name = ?", [`early ${round}`]);
    expect(await bench.drain({ all: false })).toMatchObject({ delivered: { parents: 1 }, blocked: [], broken: [] });
  }
});

test("a letter that is due of a stream which sends nothing wakes nobody", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(["bad"]);
  await bench.drain();
  bench.clock.jump(hours(2));
  expect(await hasDueStream(bench.parts, idle)).toBe(true);
  await bench.run("update mirror_streams set paused = 1 where stream = 'parents'");
  expect(await hasDueStream(bench.parts, idle)).toBe(false);
  const later = new Date(bench.clock.now().getTime() + minutes(50)).toISOString();
  await bench.run("update mirror_streams set paused = 0, blocked_reason = 'no table', probe_at = ?", [later]);
  expect(await hasDueStream(bench.parts, idle)).toBe(false);
  expect(await hasDueStream({ ...bench.parts, streams: [children] }, idle)).toBe(false);
});

test("a missing table, and missing rights, block and lose nothing", async () => {
  await using bench = await openMirrorBench();
  await bench.supabase.sql.unsafe("drop table children; revoke all on parents from service_role");
  await bench.addParents(namesWith(1));
  await bench.run("insert into children values ('c', null, 'x')");
  const { blocked, left } = await bench.drain();
  expect(blocked.map(({ code }) => code)).toEqual(["42501", "PGRST205"]);
  expect(blocked[1]!.message).toMatch(/migrations pending: there is no table children/);
  expect(left).toBe(2);
});

test("a customer's table does without an unknown column, and gets every row again when it appears", async () => {
  const theirs = {
    ...parents,
    columns: { ...parents.columns, rank: { kind: "integer" as const, sql: "1" } },
    unknownColumns: "drop" as const,
  };
  await using bench = await openMirrorBench({ streams: [theirs] });
  await bench.addParents(namesWith(3));
  expect(await bench.drain()).toMatchObject({
    delivered: { parents: 3 },
    droppedColumns: [{ stream: "parents", column: "rank" }],
  });
  expect(await bench.state("parents")).toMatchObject({ dropped_columns: '["rank"]' });
  // The same day it is not asked for again; the next day it is, by the first delivery alone.
  const asked = () => bench.supabase.history.requests.filter(({ rows }) => rows?.[0] && "rank" in rows[0]).length;
  const before = asked();
  await bench.run("update parents set score = 9 where id = 'p0001'");
  await bench.drain();
  expect(asked()).toBe(before);
  bench.clock.jump(hours(24));
  await bench.run("update parents set score = 10 where id = 'p0001'");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 }, droppedColumns: [] });
  expect(asked()).toBe(before + 1);

  await bench.supabase.sql.unsafe("alter table parents add rank integer");
  bench.clock.jump(hours(24));
  await bench.run("update parents set score = 11 where id = 'p0001'");
  await bench.drain();
  expect(await bench.owed()).toBe(0);
  expect(await bench.state("parents")).toMatchObject({ dropped_columns: "[]" });
  expect((await bench.remote<{ rank: number }>("parents")).map(({ rank }) => rank)).toEqual([1, 1, 1]);
});

test("no secret of the project reaches a letter, a reason or a log line", async () => {
  await using bench = await openMirrorBench();
  const key = bench.supabase.serviceKey;
  await bench.supabase.sql.unsafe(`
    create function leak() returns trigger language plpgsql as
      $$ begin raise exception 'no: %', '${key}'; end $$;
    create trigger leaking before insert on parents for each row execute function leak();
  `);
  await bench.addParents(namesWith(1));
  await bench.drain();
  bench.clock.jump(seconds(1));
  const [letter] = await bench.letters();
  expect(letter!.message).toContain("no: ***");
  expect(JSON.stringify([await bench.letters(), await bench.state("parents"), bench.lines])).not.toContain(key);
});
