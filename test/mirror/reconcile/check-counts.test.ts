import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { checkCounts } from "../../../src/mirror/reconcile/check-counts.ts";
import { openReconcileBench, type ReconcileBench } from "./harness.ts";

let bench: ReconcileBench;
beforeAll(async () => {
  bench = await openReconcileBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  bench.project.faults.clear();
  for (const table of ["things", "samples"]) {
    await bench.local(`delete from ${table}`);
    await bench.project.sql.unsafe(`truncate public.${table}`);
  }
  for (const table of ["outbox", "dead_letters"]) await bench.local(`delete from ${table}`);
  await bench.local("update mirror_streams set checked_at = null, local_count = null, remote_count = null");
  bench.project.history.clear();
});

const check = () => checkCounts(bench.parts, bench.run());
const codes = (count: number) => Array.from({ length: count }, (_, index) => `código ${index}`);
const remembered = async () => {
  const { rows } = await bench.db.client.execute(
    "select checked_at is not null as checked, local_count, remote_count from mirror_streams where stream = 'things'",
  );
  return { ...rows[0] } as Record<string, unknown>;
};

async function fillAndDeliver(count: number): Promise<void> {
  await bench.fill(codes(count));
  await bench.deliver();
  bench.project.history.clear();
}

test("equal counts owe nothing, take one GET a stream, and are remembered", async () => {
  await fillAndDeliver(1_500);
  expect(await check()).toEqual({
    checks: [
      { stream: "things", local: 1_500, remote: 1_500, expectedOff: 0, owedAgain: false },
      { stream: "samples", local: 0, remote: 0, expectedOff: 0, owedAgain: false },
    ],
    mismatches: [],
  });
  expect(bench.project.history.requests.map(({ method }) => method)).toEqual(["GET", "GET"]);
  expect(await bench.owed()).toEqual([]);
  expect(await remembered()).toEqual({ checked: 1, local_count: 1_500, remote_count: 1_500 });
});

test("A35: an emptied table is found and owed again from local rows", async () => {
  await fillAndDeliver(1_100);
  await bench.project.sql`truncate public.things`;
  const { mismatches } = await check();
  expect(mismatches).toEqual([{ stream: "things", local: 1_100, remote: 0, expectedOff: 0, owedAgain: true }]);
  expect(await bench.owed()).toHaveLength(1_100);
  expect(await bench.deliver()).toHaveLength(1_100);
  expect((await check()).mismatches).toEqual([]);
});

test("0.1 % off is tolerated, more is not", async () => {
  await fillAndDeliver(2_000);
  await bench.project.sql`delete from public.things where code in ('código 1', 'código 2')`;
  expect((await check()).mismatches).toEqual([]);
  expect(await bench.owed()).toEqual([]);
  await bench.project.sql`delete from public.things where code = 'código 3'`;
  expect((await check()).mismatches).toMatchObject([{ stream: "things", remote: 1_997, owedAgain: true }]);
  expect(await bench.owed()).toHaveLength(2_000);
});

test("what is owed may be missing there, or still be there", async () => {
  await fillAndDeliver(100);
  await bench.fill(["nuevo 1", "nuevo 2", "nuevo 3"]);
  expect((await check()).checks[0]).toMatchObject({ local: 103, remote: 100, expectedOff: 3, owedAgain: false });
  await bench.deliver();
  await bench.local("delete from things where code like 'nuevo%'");
  expect((await check()).checks[0]).toMatchObject({ local: 100, remote: 103, expectedOff: 3, owedAgain: false });
});

test("rows that were refused may be missing for ever", async () => {
  await fillAndDeliver(100);
  await bench.project.sql`delete from public.things where code = 'código 1'`;
  await bench.local(
    `insert into dead_letters (id, queue, subject, key, error_type, message, state, first_failed_at, last_failed_at)
       values ('1', 'mirror', 'things', '["casa","código 1","2026-03-02"]', 'rejected', 'no', 'discarded', '', '')`,
  );
  expect((await check()).mismatches).toEqual([]);
  await bench.local("update dead_letters set state = 'resolved'");
  expect((await check()).mismatches).toHaveLength(1);
});

test("rows too many are a mismatch each day, and owe nothing: sending ours would not help", async () => {
  await fillAndDeliver(100);
  await bench.project.sql`insert into public.things (owner, code, day) values ('casa', 'ajeno', '2026-03-02')`;
  for (const day of [1, 2]) {
    expect([day, (await check()).mismatches]).toMatchObject([day, [{ local: 100, remote: 101, owedAgain: false }]]);
    expect(await bench.owed()).toEqual([]);
  }
});

test("rows that are written and delivered while they are counted are no mismatch", async () => {
  await fillAndDeliver(100);
  const { http, signal } = bench.run();
  let writing = true;
  const meanwhile = {
    ...http,
    call: async (...call: Parameters<typeof http.call>) => {
      const answer = await http.call(...call);
      if (!writing) return answer;
      writing = false;
      await bench.fill(codes(50).map((code) => `${code} nuevo`));
      await bench.deliver();
      return answer;
    },
  };
  const report = await checkCounts(bench.parts, bench.run(signal, meanwhile));
  expect(report.checks[0]).toMatchObject({ local: 150, remote: 100, owedAgain: false });
  expect(report.mismatches).toEqual([]);
});

test("a table that is not there is an error and no count of zero", async () => {
  await fillAndDeliver(100);
  await bench.project.sql`alter table public.things rename to things_away`;
  try {
    const report = await check();
    expect(report.mismatches).toEqual([]);
    expect(report.checks).toMatchObject([
      { stream: "things", remote: null, owedAgain: false, error: { code: "PGRST205" } },
      { stream: "samples", remote: 0 },
    ]);
    expect(await remembered()).toEqual({ checked: 0, local_count: null, remote_count: null });
  } finally {
    await bench.project.sql`alter table public.things_away rename to things`;
  }
  expect(await bench.owed()).toEqual([]);
});

test("a count that takes too long is an error of its table alone", async () => {
  await fillAndDeliver(100);
  bench.project.faults.next("57014");
  const { checks, end } = await check();
  expect(checks).toMatchObject([{ remote: null, error: { code: "57014" } }, { remote: 0 }]);
  expect(end).toBeUndefined();
});

test.each(["503", "empty-404", "401-expired"] as const)("%s ends the check and owes nothing", async (kind) => {
  await fillAndDeliver(100);
  bench.project.faults.during(() => true, kind);
  const report = await check();
  expect(report).toMatchObject({ checks: [], mismatches: [] });
  expect(report.end?.message).toBeString();
  expect(await bench.owed()).toEqual([]);
});

test.each([
  ["no header", {}],
  ["an unknown total", { "content-range": "0-0/*" }],
  ["less than the rows that came", { "content-range": "0-0/0" }],
  ["no number", { "content-range": "0-0/x" }],
])("a success with %s is no count", async (_, headers) => {
  await fillAndDeliver(100);
  const text = '[{"owner":"casa"}]';
  const http = {
    budgetLeft: async () => 1,
    call: async () => ({
      status: 200,
      headers: new Headers(headers as Record<string, string>),
      text,
      json: () => JSON.parse(text),
    }),
  };
  const report = await checkCounts(bench.parts, bench.run(new AbortController().signal, http));
  expect(report.checks[0]).toMatchObject({ remote: null, error: { code: "no_count" } });
  expect(report.mismatches).toEqual([]);
  expect(await bench.owed()).toEqual([]);
});

test("an aborted run asks nothing more", async () => {
  const report = await checkCounts(bench.parts, bench.run(AbortSignal.abort()));
  expect(report).toMatchObject({ checks: [], end: { kind: "aborted" } });
});
