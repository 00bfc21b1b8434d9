import { expect, test } from "bun:test";
import { bareDatabase } from "../support/postgres/index.ts";

test("a bare database is Postgres 17 with Supabase's roles and schemas and none of our tables", async () => {
  await using database = await bareDatabase();
  const [row] = await database.sql`
    select current_setting('server_version_num')::int / 10000 as version,
      (select count(*)::int from pg_roles where rolname in ('anon', 'authenticated', 'service_role', 'authenticator')) as roles,
      (select count(*)::int from pg_tables where schemaname = 'public') as tables`;
  expect(row).toEqual({ version: 17, roles: 4, tables: 0 });
});

test("folds Spanish letters", async () => {
  await using database = await bareDatabase();
  const [row] = await database.sql`select lower('ÑANDÚ') as lowered, 'ÁRBOL' ilike 'árbol' as alike`;
  expect(row).toEqual({ lowered: "ñandú", alike: true });
});

test("a URL logs in over TCP, with its password only", async () => {
  await using database = await bareDatabase();
  const { default: postgres } = await import("postgres");
  const client = postgres(database.url, { max: 1 });
  expect([...(await client`select current_user as me`)]).toEqual([{ me: "postgres" }]);
  await client.end();
  const url = new URL(database.url);
  url.password = "wrong";
  const stranger = postgres(url.href, { max: 1 });
  expect(await stranger`select 1`.catch((error: { code: string }) => error.code)).toBe("28P01");
  await stranger.end();
});
