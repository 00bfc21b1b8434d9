import { expect, test } from "bun:test";
import { fillProject, openDirectoryBench, uuid } from "./harness.ts";

test("P46: people of profiles, with the tickers, markets and limits of portfolio_config, past a page's end", async () => {
  await using bench = await openDirectoryBench("profiles");
  const { sql } = bench.project;
  await sql`insert into public.profiles (id, email) select
    ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'u@example.org' from generate_series(1, 1100) n`;
  await sql`update public.profiles set active = false where id = ${uuid(2)}`;
  await sql`insert into public.portfolio_config values
    (${uuid(1)}, '["msft", " spy"]', true, false, 5), (${uuid(2)}, '["AAPL"]', null, null, null), (${uuid(3)}, null, true, true, 0)`;
  const report = await bench.sync();
  expect(report).toMatchObject({ outcome: "ok", shape: "profiles", users: { added: 1_100 }, configs: { added: 3 } });
  const symbols = await bench.symbols();
  expect(Object.keys(symbols)).toHaveLength(1_099);
  expect(symbols[uuid(1)]).toEqual(["MSFT", "SPY"]);
  expect(symbols[uuid(2)]).toBeUndefined();
  expect(
    await bench.rows("select scan_sp500, scan_crypto, max_candidates from portfolio_config order by user_id"),
  ).toEqual([
    { scan_sp500: 1, scan_crypto: 0, max_candidates: 5 },
    { scan_sp500: 1, scan_crypto: 1, max_candidates: 10 },
    { scan_sp500: 1, scan_crypto: 1, max_candidates: 0 },
  ]);
  const before = await bench.dump();
  expect(await bench.sync({ mode: "profiles" })).toMatchObject({
    outcome: "ok",
    users: { unchanged: 1_100 },
    configs: { unchanged: 3 },
  });
  expect(await bench.dump()).toEqual(before);
  await sql`delete from public.portfolio_config where user_id = ${uuid(1)}`;
  expect((await bench.sync()).configs).toMatchObject({ removed: 1, unchanged: 2 });
});

test("P46: beside assets, portfolio_config is found by itself; the setting leaves it, or the assets, alone", async () => {
  await using bench = await openDirectoryBench();
  await fillProject(bench.project, 2);
  await bench.project
    .sql`insert into public.portfolio_config (user_id, portfolio_tickers, scan_crypto) values (${uuid(1)}, '["QQQ"]', false)`;
  expect(await bench.sync({ mode: "users" })).toMatchObject({ outcome: "ok", configs: { added: 0 } });
  expect(await bench.sync()).toMatchObject({ outcome: "ok", configs: { added: 1 } });
  expect(await bench.symbols("profiles")).toMatchObject({ [uuid(1)]: ["QQQ"] });
  expect(await bench.sync({ mode: "profiles" })).toMatchObject({
    outcome: "failed",
    shape: null,
    failures: [{ table: "profiles", kind: "blocked", code: "PGRST205" }],
  });
  expect(await bench.symbols("users")).toMatchObject({ [uuid(1)]: ["AAPL", "BTC-USD"] });
});

test("tables of the customer's own making: fewer columns, large integer ids, times without a zone", async () => {
  await using bench = await openDirectoryBench("bare");
  await bench.project.sql.unsafe(`
    create table public.users (user_id uuid primary key, email text, created_at timestamp);
    create table public.portfolios (portfolio_id bigint primary key, user_id uuid);
    create table public.assets (asset_id bigint primary key, portfolio_id bigint, asset_symbol text);
    grant select on public.users, public.portfolios, public.assets to service_role;
    insert into public.users values ('${uuid(1)}', null, '2025-05-05 12:00:00.5');
    insert into public.portfolios values (9, '${uuid(1)}'), (9007199254740993, '${uuid(1)}'), (10, '${uuid(1)}');
    insert into public.assets select 9007199254740993 + n, case when n < 600 then 10 else 9007199254740993 end, 'S' || n
      from generate_series(1, 1200) n;
    insert into public.assets values (7, 9, 'FIRST'), (-3, 9, 'BEFORE');
  `);
  const report = await bench.sync();
  expect(report).toMatchObject({
    outcome: "ok",
    users: { added: 1 },
    portfolios: { added: 3 },
    assets: { added: 1_202 },
  });
  const symbols = (await bench.symbols())[uuid(1)]!;
  expect(symbols.slice(0, 3)).toEqual(["BEFORE", "FIRST", "S1"]);
  expect(symbols.at(-1)).toBe("S1200");
  expect(await bench.rows("select created_at, active from users")).toEqual([
    { created_at: "2025-05-05T12:00:00.500Z", active: 1 },
  ]);
  expect(await bench.rows("select portfolio_id, portfolio_name from portfolios order by position")).toEqual(
    ["9", "10", "9007199254740993"].map((id) => ({ portfolio_id: id, portfolio_name: id })),
  );
  expect(await bench.sync()).toMatchObject({ users: { unchanged: 1 }, assets: { unchanged: 1_202 } });
});

test("users of another shape are passed over for profiles", async () => {
  await using bench = await openDirectoryBench("profiles");
  await bench.project.sql.unsafe(`
    create table public.users (id bigint primary key, login text);
    grant select on public.users to service_role;
    insert into public.profiles (id) values ('${uuid(1)}');
  `);
  expect(await bench.sync()).toMatchObject({ outcome: "ok", shape: "profiles", users: { added: 1 } });
});

test("rows with bad values are left out and named by id alone; the others come, and what is here of the bad ones stays", async () => {
  await using bench = await openDirectoryBench("bare");
  const { sql } = bench.project;
  await sql.unsafe(`
    create table public.users (user_id text, email text, first_name text, last_name text, active boolean, created_at text);
    create table public.portfolios (portfolio_id text primary key, user_id text, portfolio_name text);
    create table public.assets (asset_id text primary key, portfolio_id text, asset_symbol text, quantity numeric, acquisition_price float8);
    grant select on public.users, public.portfolios, public.assets to service_role;
    insert into public.users values
      ('${uuid(1)}', null, 'Ana', '', null, '2026-01-01'), ('${uuid(2)}', 'same@example.org', 'B', 'C', true, null),
      ('${uuid(3)}', 'same@example.org', null, null, true, null);
    insert into public.portfolios values ('p1', '${uuid(1)}', 'Uno'), ('p2', '${uuid(2)}', 'Dos');
    insert into public.assets values ('a1', 'p1', 'AAPL', 1, 1), ('a2', 'p1', 'MSFT', 2, 2), ('a3', 'p2', 'YPF', null, null);
  `);
  expect(await bench.sync()).toMatchObject({ outcome: "ok", users: { added: 3 }, assets: { added: 3 } });

  const long = "x".repeat(10_000);
  await sql.unsafe(`
    update public.users set first_name = 'SECRETO${long}' where user_id = '${uuid(2)}';
    insert into public.users values ('../../x', null, null, null, true, null), ('42', null, null, null, true, null),
      (null, 'nobody@example.org', null, null, true, null), ('${uuid(4)}', null, null, null, true, 'yesterday'),
      (upper('abcdef00-0000-4000-8000-000000000000'), null, 'Mayor', null, true, null);
    update public.assets set quantity = 'NaN' where asset_id = 'a1';
    update public.assets set acquisition_price = 'Infinity' where asset_id = 'a2';
    insert into public.assets values ('b1', 'p1', '  ', 1, 1), ('b2', 'p1', 'GGAL', 1e30, 1), ('b3', 'p1', 'PAM', -2, 1), ('b4', 'none', 'X', 1, 1);
    update public.portfolios set portfolio_name = E'a\\nb' where portfolio_id = 'p2';
  `);
  const report = await bench.sync();
  expect(report).toMatchObject({
    outcome: "partial",
    users: { skipped: 5, added: 1, unchanged: 2, deactivated: 0 },
    portfolios: { skipped: 1 },
    assets: { skipped: 4, added: 1 },
    suspicious: null,
  });
  expect(report.problems).toContain(`users ${uuid(2)}: first_name is longer than 200 characters`);
  expect(report.problems).toContain("users (without id): user_id is no text");
  expect(report.problems).toContain("assets a1: quantity is no number");
  expect(JSON.stringify(report)).not.toContain("SECRETO");
  expect(JSON.stringify(report).length).toBeLessThan(4_000);
  const symbols = await bench.symbols();
  expect(symbols[uuid(1)]?.toSorted()).toEqual(["AAPL", "MSFT", "PAM"]);
  // Not gone, and not new: as it was.
  expect(symbols[uuid(2)]).toEqual(["YPF"]);
  expect(Object.keys(symbols)).toContain("abcdef00-0000-4000-8000-000000000000");
  expect(await bench.rows("select quantity from assets where asset_id = 'a1'")).toEqual([{ quantity: 1 }]);
});
