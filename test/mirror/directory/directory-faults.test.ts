import { expect, test } from "bun:test";
import type { FaultKind } from "../../support/supabase/faults.ts";
import { fillProject, openDirectoryBench, uuid } from "./harness.ts";

const isPage = (table: string, after: boolean) => (target: { table?: string; query: string }) =>
  target.table === table && target.query.includes("gt.") === after;

test.each<[FaultKind, string]>([
  ["503", "unavailable"],
  ["truncated-json", "unavailable"],
  ["empty-404", "unavailable"],
  ["401-expired", "refused"],
  ["57014", "slow"],
])(
  "%s in the middle of the list of people keeps everything that is there and deactivates nobody",
  async (fault, kind) => {
    await using bench = await openDirectoryBench();
    await fillProject(bench.project, 1_100);
    await bench.sync();
    await bench.project.sql`delete from public.users where user_id > ${uuid(1_050)} or user_id = ${uuid(1)}`;
    const before = await bench.dump();
    bench.project.faults.during(isPage("users", true), fault);
    const report = await bench.sync();
    expect(report).toMatchObject({ outcome: "failed", shape: null, failures: [{ table: "users", kind }] });
    expect(JSON.stringify(report)).not.toContain(bench.project.serviceKey);
    expect(await bench.dump()).toEqual(before);
    bench.project.faults.clear();
    expect((await bench.sync()).users.deactivated).toBe(51);
  },
);

test("assets that cannot be read leave all portfolios as they are, and new users waiting; the people still come in", async () => {
  await using bench = await openDirectoryBench();
  const { sql } = bench.project;
  await fillProject(bench.project, 3);
  await bench.sync();
  await sql`update public.users set first_name = 'Otra' where user_id = ${uuid(1)}`;
  await sql`delete from public.users where user_id = ${uuid(3)}`;
  await sql`delete from public.portfolios where user_id = ${uuid(2)}`;
  await sql`insert into public.users (user_id) values (${uuid(4)})`;
  bench.project.faults.during(({ table }) => table === "assets", "503");
  const report = await bench.sync();
  expect(report).toMatchObject({
    outcome: "partial",
    users: { changed: 1, postponed: 1, deactivated: 1, added: 0 },
    portfolios: { removed: 0 },
    failures: [{ table: "assets", kind: "unavailable" }],
  });
  expect(await bench.symbols()).toEqual({ [uuid(1)]: ["AAPL", "BTC-USD"], [uuid(2)]: ["AAPL", "BTC-USD"] });
  bench.project.faults.clear();
  await bench.sync();
  expect(await bench.symbols()).toEqual({ [uuid(1)]: ["AAPL", "BTC-USD"], [uuid(2)]: [], [uuid(4)]: [] });
});

test("missing rights and missing tables are named, and change nothing", async () => {
  await using bench = await openDirectoryBench();
  const { sql } = bench.project;
  await fillProject(bench.project, 2);
  await bench.sync();
  const before = await bench.dump();
  await sql`revoke select on public.users from service_role`;
  expect(await bench.sync()).toMatchObject({
    outcome: "failed",
    failures: [{ table: "users", kind: "blocked", code: "42501" }],
  });
  await sql`drop table public.users`;
  const report = await bench.sync();
  expect(report).toMatchObject({
    outcome: "failed",
    failures: [{ table: "users", kind: "blocked", code: "PGRST205" }],
  });
  expect(await bench.dump()).toEqual(before);
});

test("a project whose pages are shorter than asked for is read to its end all the same", async () => {
  await using bench = await openDirectoryBench();
  await fillProject(bench.project, 250);
  bench.project.limits.maxRows = 100;
  expect(await bench.sync()).toMatchObject({ outcome: "ok", users: { added: 250 }, assets: { added: 500 } });
});

test("an answer that is no project's counts as nothing read", async () => {
  await using bench = await openDirectoryBench();
  await fillProject(bench.project, 2);
  await bench.sync();
  const before = await bench.dump();
  for (const body of ["[]", "{}", "<html></html>", '[{"user_id":"x"}]', "null"]) {
    await using portal = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(body) });
    const report = await bench.sync({ url: portal.url.origin });
    expect(report).toMatchObject({
      outcome: "failed",
      users: { deactivated: 0 },
      failures: [{ table: "users", kind: "unavailable" }],
    });
  }
  expect(await bench.dump()).toEqual(before);
});

test("a server that always answers with the same page is not asked for ever", async () => {
  await using bench = await openDirectoryBench();
  let asked = 0;
  await using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch() {
      asked++;
      return Response.json([{ user_id: uuid(1) }], { headers: { "content-range": "0-0/5" } });
    },
  });
  expect(await bench.sync({ url: server.url.origin })).toMatchObject({
    outcome: "failed",
    failures: [{ code: "truncated" }],
  });
  expect(asked).toBeLessThan(4);
});

test("rows that come and go between pages neither hide nor repeat others", async () => {
  await using bench = await openDirectoryBench();
  const { sql } = bench.project;
  await fillProject(bench.project, 2_100);
  const report = await bench.sync({
    async afterAnswer(answers) {
      if (answers === 3) {
        // Behind the reader, ahead of it, and in the page that comes next.
        await sql`delete from public.users where user_id in (${uuid(5)}, ${uuid(1_500)})`;
        await sql`insert into public.users (user_id) values (${uuid(0)}), (${uuid(5_000)})`;
      }
    },
  });
  expect(report.outcome).toBe("ok");
  const known = new Set((await bench.rows("select user_id from users")).map(({ user_id }) => user_id));
  for (let number = 1; number <= 2_100; number++)
    if (number !== 5 && number !== 1_500) expect(known.has(uuid(number))).toBe(true);
  expect(known.has(uuid(5_000))).toBe(true);
  // What was missed or is gone by now is settled by the next copy.
  const next = await bench.sync();
  expect(next.users.deactivated).toBeLessThanOrEqual(2);
  expect(Object.keys(await bench.symbols())).toHaveLength(2_100);
});
