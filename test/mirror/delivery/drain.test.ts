import { expect, test } from "bun:test";
import { minutes, seconds } from "../../../src/kit/duration.ts";
import { sha256Hex } from "../../../src/kit/hash.ts";
import { discardDeadLetters } from "../../../src/mirror/dead-letters/act.ts";
import { unblockStreams } from "../../../src/mirror/delivery/blocking.ts";
import { MIRROR_SYSTEM, mirrorPeers } from "../../../src/mirror/remote/peer.ts";
import type { MirroredObject } from "../../../src/mirror/stream.ts";
import type { HttpClient } from "../../../src/net/client.ts";
import { children, type MirrorBench, namesWith, openMirrorBench, parents } from "./bench.ts";

const sends = ({ supabase }: MirrorBench, table: string) =>
  supabase.history.requests.filter((request) => request.table === table && request.method !== "GET");

/** The bench's way out, with something happening around every call. */
function around(bench: MirrorBench, hooks: { before?: () => Promise<void>; after?: () => Promise<void> }): HttpClient {
  const http = bench.openDoor().clientFor(MIRROR_SYSTEM, mirrorPeers(bench.parts.settings));
  return {
    ...http,
    async call(peer, request) {
      await hooks.before?.();
      const answer = await http.call(peer, request);
      await hooks.after?.();
      return answer;
    },
  };
}

test("inserts, changes and deletions arrive, and a second drain sends nothing", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(5));
  await bench.run("insert into children values ('c1', 'p0001', 'of one'), ('c2', 'p0002', 'of two')");
  const first = await bench.drain();
  expect(first).toMatchObject({ delivered: { parents: 5, children: 2 }, removed: 0, filed: 0, left: 0 });
  expect(await bench.remote("children")).toEqual(await bench.all("select * from children order by id"));

  await bench.run("update parents set name = 'Ñandú \"''%,\\' where id = 'p0003'");
  await bench.run("delete from parents where id = 'p0004'");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 }, deleted: { parents: 1 }, left: 0 });
  expect(await bench.remote("parents")).toEqual(await bench.all("select * from parents order by id"));

  const before = bench.supabase.history.requests.length;
  expect(await bench.drain()).toMatchObject({ sent: 0, removed: 0, left: 0 });
  expect(bench.supabase.history.requests.length).toBe(before);
});

test("a parent and its child that are both gone are deleted without a refusal: the child goes first", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(2));
  await bench.run("insert into children values ('c1', 'p0001', 'x')");
  await bench.drain();
  await bench.run("delete from children");
  await bench.run("delete from parents");
  expect(await bench.drain()).toMatchObject({ deleted: { parents: 2, children: 1 }, filed: 0, left: 0 });
  expect(await bench.remote("parents")).toEqual([]);
});

test("rows go in batches by number and by bytes, each with all columns and no key twice", async () => {
  await using bench = await openMirrorBench({
    settings: { MIRROR_BATCH_ROWS: "40", MIRROR_BATCH_BYTES: "65536" },
  });
  await bench.addParents([
    ...namesWith(100),
    "x".repeat(80_000),
    ...Array.from({ length: 8 }, () => "y".repeat(15_000)),
  ]);
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 109 }, left: 0 });
  const batches = sends(bench, "parents").map(({ rows = [], bytes }) => ({ rows, bytes }));
  // 40, 40, 20, the large one alone, then 4 of 15 kB to a request.
  expect(batches.map(({ rows }) => rows.length)).toEqual([40, 40, 20, 1, 4, 4]);
  for (const { rows, bytes } of batches) {
    if (rows.length > 1) expect(bytes).toBeLessThanOrEqual(65_536);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const row of rows) expect(Object.keys(row).sort()).toEqual(["id", "name", "score"]);
  }
});

test("keys that were owed together, under one change number, are all sent whatever the batch", async () => {
  await using bench = await openMirrorBench({ settings: { MIRROR_BATCH_ROWS: "7" } });
  await bench.addParents(namesWith(50));
  await bench.run("update outbox set seq = 3");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 50 }, left: 0 });
});

test("a row that changes while it is sent stays owed, and its newer revision follows", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(["old"]);
  let changed = false;
  const http = around(bench, {
    async after() {
      if (changed) return;
      changed = true;
      await bench.run("update parents set name = 'new'");
      expect(await bench.owed()).toBe(1);
    },
  });
  await bench.drain({ http, all: true });
  expect(sends(bench, "parents").map(({ rows }) => rows?.[0]?.name)).toEqual(["old", "new"]);
  expect(await bench.remote("parents")).toMatchObject([{ name: "new" }]);
});

test("a row that is deleted while it is sent is deleted there next", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(["short-lived"]);
  let deleted = false;
  const http = around(bench, {
    async after() {
      if (!deleted) await bench.run("delete from parents");
      deleted = true;
    },
  });
  expect(await bench.drain({ http })).toMatchObject({ delivered: { parents: 1 }, deleted: { parents: 1 }, left: 0 });
  expect(await bench.remote("parents")).toEqual([]);
});

test("killed between the acceptance and the settling, rows are owed still and sent again", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(3));
  const http = around(bench, { after: () => Promise.reject(new Error("killed")) });
  await bench.drain({ http }).catch(() => undefined);
  expect(await bench.remote("parents")).toHaveLength(3);
  expect(await bench.owed()).toBe(3);
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 3 }, left: 0 });
});

test("a stream whose process died while sending is left alone for a minute", async () => {
  await using bench = await openMirrorBench({ streams: [{ ...parents, writers: ["job"] }, children] });
  await bench.addParents(namesWith(1));
  // What the mark of a delivery under way leaves.
  await bench.run("update mirror_streams set probe_at = '2026-03-03T11:00:00.000Z' where stream = 'parents'");
  const report = await bench.drain({ all: false });
  expect(report).toMatchObject({ sent: 0, left: 1 });
  expect(report.heldUntil).toBeDefined();
  bench.clock.jump(seconds(61));
  expect(await bench.drain({ all: false })).toMatchObject({ delivered: { parents: 1 }, left: 0 });
});

test.each([
  ["died while sending", seconds(86_400), null],
  ["had no answer", seconds(40), null],
  ["died while probing a blocked stream", seconds(86_400), "was blocked"],
  ["had no answer of a blocked stream", seconds(40), "was blocked"],
])("a flush waits out what a process that %s may have sent, and says so", async (_, markMs, blockedReason) => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(1));
  const mark = () => new Date(bench.clock.now().getTime() + markMs).toISOString();
  await bench.run("update mirror_streams set probe_at = ?, blocked_reason = ? where stream = 'parents'", [
    mark(),
    blockedReason,
  ]);
  // Neither a restart nor a person who resumes it makes the other side forget.
  await unblockStreams(bench.store.db, bench.clock.now());
  const waits: { fromMs: number; why: string }[] = [];
  const progress = {
    total() {},
    advance: (keys = 1, why = "") => void (keys === 0 && waits.push({ fromMs: bench.clock.now().getTime(), why })),
  };
  const sentAtMs: number[] = [];
  const http = around(bench, { before: async () => void sentAtMs.push(bench.clock.now().getTime()) });
  expect(await bench.drain({ progress, http })).toMatchObject({ delivered: { parents: 1 }, left: 0 });
  expect(waits).toHaveLength(1);
  expect(waits[0]!.why).toMatch(/^parents waits until 2026-03-02T12:0.*its last delivery ended is unknown/);
  expect(sentAtMs[0]! - waits[0]!.fromMs).toBeGreaterThan(seconds(30));
});

test("a flush that is stopped while it waits ends at once and sends nothing", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(1));
  await bench.run("update mirror_streams set probe_at = '2026-03-03T11:00:00.000Z' where stream = 'parents'");
  const stopping = new AbortController();
  const progress = { total() {}, advance: () => stopping.abort(new Error("stop")) };
  const report = await bench.drain({ progress, signal: stopping.signal });
  expect(report).toMatchObject({ sent: 0, left: 1, end: { kind: "aborted" } });
  expect(bench.supabase.history.requests).toHaveLength(0);
});

test("what ran out of time here is not followed by its halves, flushed or not; they go after a minute", async () => {
  for (const all of [true, false]) {
    await using bench = await openMirrorBench({
      streams: [{ ...parents, writers: ["job"] }],
      settings: { MIRROR_TIMEOUT_MS: "5000" },
    });
    await bench.addParents(namesWith(40));
    bench.supabase.faults.during(4, "hang");
    expect(await bench.drain({ all })).toMatchObject({ sent: 0, left: 40, end: { kind: "slow", code: "timeout" } });
    expect(sends(bench, "parents").map(({ rowCount }) => rowCount)).toEqual([40, 40, 40, 40]);
    bench.clock.jump(seconds(61));
    expect(await bench.drain({ all })).toMatchObject({ delivered: { parents: 40 }, left: 0 });
    expect(
      sends(bench, "parents")
        .map(({ rowCount }) => rowCount)
        .slice(4),
    ).toEqual([20, 20]);
  }
});

test("after a delivery whose end is unknown the stream waits for a minute, and what follows it too", async () => {
  await using bench = await openMirrorBench({
    streams: [
      { ...parents, writers: ["job"] },
      { ...children, writers: ["job"] },
    ],
  });
  await bench.addParents(namesWith(1));
  await bench.run("insert into children values ('c', 'p0000', 'x')");
  bench.supabase.faults.during(4, { kind: "reset" });
  const failed = await bench.drain({ all: false });
  expect(failed.end).toMatchObject({ kind: "unavailable" });
  const held = await bench.drain({ all: false });
  expect(held).toMatchObject({ sent: 0, left: 2 });
  expect(held.heldUntil).toBeDefined();
  bench.clock.jump(seconds(61));
  expect(await bench.drain({ all: false })).toMatchObject({ delivered: { parents: 1, children: 1 }, left: 0 });
});

test("a refused key ends the drain and loses nothing", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(3));
  bench.supabase.faults.during(() => true, "401-expired");
  expect(await bench.drain()).toMatchObject({ sent: 0, left: 3, filed: 0, end: { kind: "refused" } });
  bench.supabase.faults.clear();
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 3 }, left: 0 });
});

test("an empty 404 is no success, neither for rows nor for deletions", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(2));
  bench.supabase.faults.during(() => true, "empty-404");
  expect(await bench.drain()).toMatchObject({ sent: 0, left: 2 });
  bench.supabase.faults.clear();
  await bench.drain();
  await bench.run("delete from parents where id = 'p0000'");
  bench.supabase.faults.during(() => true, "empty-404");
  expect(await bench.drain()).toMatchObject({ removed: 0, left: 1 });
});

test("a batch that is too large is halved, and what it found out is remembered", async () => {
  await using bench = await openMirrorBench({ settings: { MIRROR_BATCH_ROWS: "200" } });
  bench.supabase.limits.maxBodyBytes = 4_000;
  await bench.addParents(namesWith(200));
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 200 }, filed: 0, left: 0 });
  expect(await bench.state("parents")).toMatchObject({ batch_rows: expect.any(Number) });
  const refused = sends(bench, "parents").filter(({ status }) => status === 413);
  expect(refused.map(({ rowCount }) => rowCount)).toEqual([200, 100]);
});

test("a statement that is cancelled halves the batch; at the floor its table is slow, and nothing is lost", async () => {
  await using bench = await openMirrorBench();
  await bench.addParents(namesWith(40));
  bench.supabase.faults.during(() => true, "57014");
  expect(await bench.drain()).toMatchObject({ broken: [{ code: "57014" }], left: 40, filed: 0 });
  expect(sends(bench, "parents").map(({ rowCount }) => rowCount)).toEqual([40, 20, 10]);
  bench.supabase.faults.clear();
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 40 }, left: 0 });
});

test("a row that is too large alone becomes a dead letter, and the others arrive", async () => {
  await using bench = await openMirrorBench();
  bench.supabase.limits.maxBodyBytes = 50_000;
  await bench.addParents([...namesWith(5), "x".repeat(90_000), ...namesWith(5)]);
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 10 }, filed: 1, left: 0 });
  const [letter] = await bench.letters();
  expect(letter).toMatchObject({ subject: "parents", key: '["p0005"]', state: "open" });
  expect(JSON.parse(letter!.payload)).toMatchObject({ left_out: { bytes: expect.any(Number) } });
});

test("rule 4: what a running job writes gathers, then goes at once when it has ended; other rows wait for a minute", async () => {
  await using bench = await openMirrorBench({ streams: [{ ...parents, writers: ["job"] }, children] });
  await bench.addParents(namesWith(3));
  await bench.run("insert into children values ('c', 'p0000', 'x')");
  await bench.run("update mirror_streams set owed_since = ?", [bench.clock.now().toISOString()]);
  expect(await bench.drain({ all: false, busyJobs: new Set(["job"]) })).toMatchObject({ sent: 0, left: 4 });
  expect(await bench.drain({ all: false })).toMatchObject({ delivered: { parents: 3 }, left: 1 });
  bench.clock.jump(minutes(1));
  expect(await bench.drain({ all: false })).toMatchObject({ delivered: { children: 1 }, left: 0 });
});

test("rule 4: a thousand rows go while the job still writes", async () => {
  await using bench = await openMirrorBench({ streams: [{ ...parents, writers: ["job"] }] });
  await bench.addParents(namesWith(1_000));
  const busyJobs = new Set(["job"]);
  expect(await bench.drain({ all: false, busyJobs })).toMatchObject({ delivered: { parents: 1_000 }, left: 0 });
});

test("nothing owed, or a paused stream: no request leaves, flushed or not", async () => {
  await using bench = await openMirrorBench();
  await bench.drain();
  await bench.addParents(namesWith(2));
  await bench.run("update mirror_streams set paused = 1");
  expect(await bench.drain()).toMatchObject({ left: 2 });
  expect(bench.supabase.history.requests).toHaveLength(0);
});

test("a run that is stopped ends after its batch", async () => {
  await using bench = await openMirrorBench({ settings: { MIRROR_BATCH_ROWS: "10" } });
  await bench.addParents(namesWith(50));
  const stopping = new AbortController();
  const http = around(bench, { after: async () => stopping.abort(new Error("stop")) });
  const report = await bench.drain({ http, signal: stopping.signal });
  expect(report).toMatchObject({ delivered: { parents: 10 }, left: 40, end: { kind: "aborted" } });
});

test("large rows are loaded as they are needed, and other work has its turn in between", async () => {
  await using bench = await openMirrorBench({ settings: { MIRROR_BATCH_BYTES: "65536" } });
  await bench.addParents(Array.from({ length: 1_000 }, (_, index) => `${index} ${"x".repeat(2_000)}`));
  const { db } = bench.parts;
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  const loads: { rows: number; turn: number; requests: number }[] = [];
  const read = new Proxy(db.read, {
    get: (target, name) => {
      if (name !== "all") return Reflect.get(target, name);
      return async (query: Parameters<typeof target.all>[0]) => {
        const rows = await target.all(query);
        if (rows.length > 0 && "score" in (rows[0] as object))
          loads.push({ rows: rows.length, turn: turns, requests: bench.supabase.history.requests.length });
        return rows;
      };
    },
  });
  bench.parts.db = { ...db, read };
  setImmediate(count);
  try {
    expect(await bench.drain()).toMatchObject({ delivered: { parents: 1_000 }, left: 0 });
  } finally {
    counting = false;
  }
  expect(loads.map(({ rows }) => rows)).toEqual(Array.from({ length: 10 }, () => 100));
  // 100 rows are 200 kB: three requests leave before more is loaded.
  expect(loads.map(({ requests }) => requests).slice(0, 3)).toEqual([0, 3, 6]);
  for (const [index, load] of loads.entries()) if (index > 0) expect(load.turn).toBeGreaterThan(loads[index - 1]!.turn);
});

const files = {
  kind: "objects" as const,
  name: "files",
  table: "parents",
  key: ["id"],
  columns: { id: "text" as const },
  owedBy: [{ table: "parents", columns: ["name"] }],
  writers: [],
  names: [],
  load: async (): Promise<MirroredObject[]> => [],
  path: () => "",
};

test("units are delivered one by one, and a refused one does not stop the others", async () => {
  await using bench = await openMirrorBench({ streams: [files] });
  await bench.addParents(namesWith(3));
  const seen: string[] = [];
  const report = await bench.drain({
    deliverUnit: async (_context, _stream, key) => {
      seen.push(key);
      if (key !== '["p0001"]') return { state: key === '["p0002"]' ? "skipped" : "delivered" };
      return { state: "failed", failure: { kind: "rejected", code: "InvalidKey", message: "no such name" } };
    },
  });
  expect(seen).toEqual(['["p0000"]', '["p0001"]', '["p0002"]']);
  expect(report).toMatchObject({ delivered: { files: 1 }, unitsSkipped: 1, filed: 1, left: 0 });
});

test("a discarded unit is filed again once one of its objects has changed, though its change number is the same", async () => {
  let text = "one";
  const load = async () => [
    { name: "a.json", contentType: "application/json" as const, sha256: sha256Hex(text), text },
  ];
  await using bench = await openMirrorBench({ streams: [{ ...files, load }] });
  const refuse = () =>
    bench.drain({
      deliverUnit: async () => ({
        state: "failed",
        failure: { kind: "rejected", code: "InvalidKey", message: "no such name" },
      }),
    });
  await bench.addParents(["first"]);
  expect(await refuse()).toMatchObject({ filed: 1 });
  expect(await discardDeadLetters(bench.store.db, { queue: "mirror" }, bench.clock.now())).toBe(1);
  const again = () => bench.run("insert into outbox values ('files', '[\"p0000\"]', 1)");
  await again();
  expect(await refuse()).toMatchObject({ filed: 0, left: 0 });
  text = "two";
  await again();
  expect(await refuse()).toMatchObject({ filed: 1, left: 0 });
  expect((await bench.letters()).map(({ state }) => state).sort()).toEqual(["discarded", "open"]);
});
