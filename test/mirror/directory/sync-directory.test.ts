import { expect, test } from "bun:test";
import { fillProject, openDirectoryBench, uuid } from "./harness.ts";

test("P01: people, portfolios and assets past a page's end come in whole, paged by id, with only the needed columns", async () => {
  await using bench = await openDirectoryBench();
  const { project } = bench;
  await fillProject(project, 1_205);
  const report = await bench.sync();
  expect(report).toMatchObject({
    outcome: "ok",
    shape: "users",
    users: { added: 1_205 },
    portfolios: { added: 1_205 },
    assets: { added: 2_410 },
  });
  const symbols = await bench.symbols();
  expect(Object.keys(symbols)).toHaveLength(1_205);
  expect(symbols[uuid(1_205)]).toEqual(["AAPL", "BTC-USD"]);
  const [first] = await bench.rows(`select * from users where user_id = '${uuid(1)}'`);
  expect(first).toMatchObject({
    email: "u1@example.org",
    first_name: "Ana 1",
    last_name: null,
    active: 1,
    source: "supabase",
    created_at: "2026-01-01T00:01:00.000Z",
  });
  const asked = project.history.requests.filter(({ status }) => status < 400);
  expect(asked.map(({ method, table }) => `${method} ${table}`)).toEqual([
    "GET users",
    "GET users",
    "GET portfolios",
    "GET portfolios",
    "GET assets",
    "GET assets",
    "GET assets",
    "GET portfolio_config",
  ]);
  for (const { query } of asked) expect(new URLSearchParams(query).get("select")).not.toContain("*");
  expect(new URLSearchParams(asked[2]!.query).get("select")).toBe("portfolio_id::text,user_id::text,portfolio_name");
});

test("an unchanged copy writes nothing", async () => {
  await using bench = await openDirectoryBench();
  await fillProject(bench.project, 450);
  await bench.sync();
  const before = await bench.dump();
  for (const table of ["users", "portfolios", "assets", "portfolio_config"])
    for (const event of ["insert", "update", "delete"])
      await bench.db.client.execute(
        `create trigger no_${event}_${table} before ${event} on ${table} begin select raise(abort, 'written'); end`,
      );
  const report = await bench.sync();
  expect(report).toMatchObject({
    outcome: "ok",
    users: { unchanged: 450 },
    portfolios: { unchanged: 450 },
    assets: { unchanged: 900 },
  });
  expect(await bench.dump()).toEqual(before);
});

test("changes come in: names, positions, prices, what went and what moved to somebody else", async () => {
  await using bench = await openDirectoryBench();
  const { sql } = bench.project;
  await fillProject(bench.project, 3);
  await bench.sync();
  await sql`update public.users set first_name = 'Otra', active = false where user_id = ${uuid(1)}`;
  await sql`update public.assets set acquisition_price = 99 where asset_symbol = 'AAPL' and quantity = 2.5`;
  await sql`update public.portfolios set user_id = ${uuid(2)} where user_id = ${uuid(3)}`;
  await sql`delete from public.assets where asset_symbol = 'BTC-USD' and quantity = 2.5`;
  const report = await bench.sync();
  expect(report).toMatchObject({
    outcome: "ok",
    users: { changed: 1, deactivated: 1, unchanged: 2, added: 0 },
    portfolios: { changed: 1, unchanged: 2, removed: 0 },
    assets: { changed: 1, removed: 1, unchanged: 4 },
  });
  expect(await bench.symbols()).toEqual({ [uuid(2)]: ["AAPL", "BTC-USD"], [uuid(3)]: [] });
  const held = "select p.position, count(*) as lots from portfolios p join assets a using (portfolio_id)";
  expect(await bench.rows(`${held} where p.user_id = '${uuid(2)}' group by 1 order by 1`)).toEqual([
    { position: 0, lots: 1 },
    { position: 1, lots: 2 },
  ]);

  await sql`update public.users set active = true where user_id = ${uuid(1)}`;
  expect((await bench.sync()).users).toMatchObject({ reactivated: 1, changed: 0, unchanged: 2 });
  await sql`delete from public.portfolios where user_id = ${uuid(2)}`;
  expect(await bench.sync()).toMatchObject({ portfolios: { removed: 2 }, orphans: 3 });
  expect((await bench.symbols())[uuid(2)]).toEqual([]);
});

test("a portfolio that moves to a user of another page arrives with its assets, whichever page comes first", async () => {
  await using bench = await openDirectoryBench();
  const { sql } = bench.project;
  await fillProject(bench.project, 450);
  await bench.sync();
  await sql`update public.portfolios set user_id = ${uuid(450)} where user_id = ${uuid(1)}`;
  await sql`update public.portfolios set user_id = ${uuid(2)} where user_id = ${uuid(449)}`;
  expect((await bench.sync()).outcome).toBe("ok");
  const lots = "select count(*) as lots from portfolios p join assets a using (portfolio_id) where p.user_id";
  expect(await bench.rows(`${lots} = '${uuid(450)}'`)).toEqual([{ lots: 4 }]);
  expect(await bench.rows(`${lots} = '${uuid(2)}'`)).toEqual([{ lots: 4 }]);
  expect(await bench.rows(`${lots} in ('${uuid(1)}', '${uuid(449)}')`)).toEqual([{ lots: 0 }]);
});

test("whoever is gone is deactivated with what they hold, and reactivated on return; nobody is deleted", async () => {
  await using bench = await openDirectoryBench();
  const { sql } = bench.project;
  await fillProject(bench.project, 3);
  await bench.sync();
  const [saved] = await sql`delete from public.users where user_id = ${uuid(2)} returning *`;
  expect((await bench.sync()).users).toMatchObject({ deactivated: 1, unchanged: 2 });
  expect(Object.keys(await bench.symbols())).toEqual([uuid(1), uuid(3)]);
  expect(await bench.rows(`select active from users where user_id = '${uuid(2)}'`)).toEqual([{ active: 0 }]);
  expect((await bench.sync()).users).toMatchObject({ deactivated: 0 });
  await sql`insert into public.users ${sql(saved!)}`;
  expect((await bench.sync()).users).toMatchObject({ reactivated: 1 });
  expect((await bench.symbols())[uuid(2)]).toEqual(["AAPL", "BTC-USD"]);
});

test("a list that suddenly lacks more than half deactivates nobody, says why, and can be accepted", async () => {
  await using bench = await openDirectoryBench();
  await fillProject(bench.project, 5);
  await bench.sync();
  await bench.project.sql`delete from public.users where user_id <> ${uuid(1)} and user_id <> ${uuid(2)}`;
  const report = await bench.sync();
  expect(report).toMatchObject({ outcome: "partial", users: { deactivated: 0, unchanged: 2 } });
  expect(report.suspicious).toContain("3 of 5");
  expect(report.suspicious).toContain("--accept-missing");
  await bench.project.sql`delete from public.users`;
  expect((await bench.sync()).suspicious).toContain("5 of 5");
  expect(Object.keys(await bench.symbols())).toHaveLength(5);
  expect(await bench.sync({ acceptMissing: true })).toMatchObject({ outcome: "ok", users: { deactivated: 5 } });
  expect(await bench.symbols()).toEqual({});
});

test("local and sample users are never touched: an id of theirs is a conflict", async () => {
  await using bench = await openDirectoryBench();
  await fillProject(bench.project, 3);
  const at = "2026-02-01T00:00:00.000Z";
  for (const [number, source] of [
    [1, "local"],
    [2, "sample"],
    [9, "local"],
  ] as const)
    await bench.db.client.execute({
      sql: "insert into users (user_id, first_name, source, created_at, updated_at) values (?, 'De aquí', ?, ?, ?)",
      args: [uuid(number), source, at, at],
    });
  // A portfolio with the id of one at the source, and an asset too.
  const portfolio = uuid(3).replace("-8000-", "-9000-");
  await bench.db.client.execute(`insert into portfolios values ('${portfolio}', '${uuid(9)}', 'Mía', null, 0)`);
  const before = await bench.rows("select * from users where source <> 'supabase' order by user_id");
  const report = await bench.sync();
  expect(report).toMatchObject({
    outcome: "partial",
    users: { conflicts: 2, added: 1, deactivated: 0 },
    portfolios: { conflicts: 1 },
  });
  expect(report.problems).toContain(`users ${uuid(1)}: a local user has this id and stays`);
  expect(await bench.rows("select * from users where source <> 'supabase' order by user_id")).toEqual(before);
  expect(await bench.rows("select user_id from portfolios")).toEqual([{ user_id: uuid(9) }]);
});

test("a dry run counts what a copy would do and writes nothing", async () => {
  await using bench = await openDirectoryBench();
  await fillProject(bench.project, 3);
  const dry = await bench.sync({ dryRun: true });
  expect(dry).toMatchObject({ dry_run: true, users: { added: 3 }, assets: { added: 6 } });
  expect(await bench.rows("select * from users")).toEqual([]);
  expect({ ...(await bench.sync()), dry_run: true }).toEqual(dry);
  await bench.project.sql`delete from public.users where user_id = ${uuid(3)}`;
  expect((await bench.sync({ dryRun: true })).users.deactivated).toBe(1);
  expect(Object.keys(await bench.symbols())).toHaveLength(3);
});
