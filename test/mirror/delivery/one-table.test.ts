import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { hours, seconds } from "../../../src/kit/duration.ts";
import { namesWith, openMirrorBench, parents } from "./bench.ts";

const toParents = ({ path }: { path: string }) => path.includes("parents");

test("a row too long for an index, or too deep, is a letter; the rows beside it and behind it arrive", async () => {
  await using bench = await openMirrorBench();
  await bench.supabase.sql.unsafe("create index on parents (name)");
  await bench.addParents(["ok", randomBytes(9_000).toString("base64"), "ok2"]);
  await bench.run("insert into children values ('c', 'p0000', 'x')");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 2, children: 1 }, filed: 1, left: 0 });
  expect(await bench.letters()).toMatchObject([{ key: '["p0001"]', code: "54000" }]);
});

test("a table whose small batches are cancelled stops itself alone, and is blocked the third time", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(30));
  bench.supabase.faults.during(toParents, "57014");
  for (const drains of [1, 2, 3]) {
    await bench.run("insert into children values (?, null, 'x')", [`c${drains}`]);
    const report = await bench.drain();
    expect(report).toMatchObject({ delivered: { children: 1 }, left: 30, filed: 0 });
    expect(report.end).toBeUndefined();
    expect(report.blocked).toHaveLength(drains === 3 ? 1 : 0);
  }
  expect(await bench.state("parents")).toMatchObject({ blocked_code: "57014" });
  bench.supabase.faults.clear();
  bench.clock.jump(hours(1));
  expect(await bench.drain({ all: false })).toMatchObject({ delivered: { parents: 30 }, left: 0 });
});

test("a table that refuses the key while the next one accepts it is blocked, and tried again after an hour", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(3));
  await bench.run("insert into children values ('c', null, 'x')");
  bench.supabase.faults.during(toParents, "401-expired");
  const report = await bench.drain();
  expect(report).toMatchObject({ delivered: { children: 1 }, left: 3, blocked: [{ stream: "parents" }] });
  expect(report.end).toBeUndefined();
  expect(report.blocked[0]!.message).toContain("SUPABASE_SERVICE_ROLE_KEY");
  bench.supabase.faults.clear();
  bench.clock.jump(hours(1) + seconds(1));
  expect(await bench.drain({ all: false })).toMatchObject({ delivered: { parents: 3 }, left: 0 });
});

test("a key that every table refuses blocks none of them, and is asked about twice only", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(3));
  await bench.run("insert into children values ('c', null, 'x')");
  bench.supabase.faults.during(() => true, "401-expired");
  expect(await bench.drain()).toMatchObject({ sent: 0, left: 4, blocked: [], end: { kind: "refused" } });
  expect(bench.supabase.history.requests).toHaveLength(2);
});

test("a deletion whose key is too long for an address is a letter, and the others happen", async () => {
  await using bench = await openMirrorBench();
  const long = 'ñ%"(,)'.repeat(1_700);
  await bench.run("insert into parents values (?, 'x', 1), ('short', 'x', 1)", [long]);
  await bench.drain();
  expect(await bench.remote("parents")).toHaveLength(2);
  await bench.run("delete from parents");
  const report = await bench.drain();
  expect(report).toMatchObject({ removed: 1, left: 0 });
  expect(report.end).toBeUndefined();
  expect(await bench.remote("parents")).toMatchObject([{ id: long }]);
  expect((await bench.letters()).map(({ code }) => code)).toEqual([expect.stringMatching(/^http_4(14|31)$/)]);
});

test("what was refused is in the payload of its letter, not in messages", async () => {
  await using bench = await openMirrorBench();
  await bench.run("insert into children values ('secret-child', 'nobody@private', 'x')");
  await bench.drain();
  const [letter] = await bench.letters();
  expect(letter!.message).toContain("children_parent_id_fkey");
  expect(letter!.message).not.toContain("nobody@private");
  await bench.addParents(Array.from({ length: 60 }, () => "bad"));
  const { blocked } = await bench.drain();
  expect(blocked[0]!.message).toContain("parents_name_check");
  expect(JSON.stringify([blocked, await bench.state("parents"), bench.lines])).not.toMatch(
    /Failing row|nobody@private/,
  );
});

test("an answer whose body never comes whole counts as slow: what was sent may have been too much", async () => {
  await using bench = await openMirrorBench({
    streams: [{ ...parents, writers: ["job"] }],
    settings: { MIRROR_TIMEOUT_MS: "2000" },
  });
  await bench.addParents(namesWith(30));
  bench.supabase.faults.during(8, "stalled-body");
  expect(await bench.drain({ all: false })).toMatchObject({ end: { kind: "slow", code: "timeout" } });
  expect(await bench.state("parents")).toMatchObject({ batch_rows: 15 });
});
