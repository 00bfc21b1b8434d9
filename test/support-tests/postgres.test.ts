import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bareDatabase, migratedDatabase, startPostgres } from "../support/postgres/index.ts";
import { sweepDeadOwners } from "../support/postgres/sweep.ts";

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

test("a migrated database has our tables, and its copies do not see each other", async () => {
  await using first = await migratedDatabase();
  await using second = await migratedDatabase();
  await first.sql`insert into tenants (tenant_id, name) values ('one', 'One')`;
  expect(await second.sql`select 1 from tenants where tenant_id = 'one'`).toHaveLength(0);
  const [row] = await second.sql`select count(*)::int as n from app.schema_migrations`;
  expect(row!.n).toBeGreaterThan(10);
});

test("all of a process share one cluster", async () => {
  expect(await startPostgres()).toBe(await startPostgres());
});

test("the roles have the time limits and rights of a hosted project", async () => {
  await using database = await bareDatabase();
  const rows = await database.sql`
    select rolname as name, rolbypassrls as bypasses, rolcanlogin as logs_in, rolconfig as settings from pg_roles
    where rolname in ('anon', 'authenticated', 'service_role', 'authenticator') order by rolname`;
  expect([...rows]).toEqual([
    { name: "anon", bypasses: false, logs_in: false, settings: ["statement_timeout=3s"] },
    { name: "authenticated", bypasses: false, logs_in: false, settings: ["statement_timeout=8s"] },
    { name: "authenticator", bypasses: false, logs_in: true, settings: ["statement_timeout=8s"] },
    { name: "service_role", bypasses: true, logs_in: false, settings: null },
  ]);
});

test("a new table is closed to every role of the API, so a forgotten GRANT shows", async () => {
  await using database = await bareDatabase();
  await database.sql`create table forgotten (id integer)`;
  for (const role of ["anon", "authenticated", "service_role"]) {
    const work = database.sql.begin(async (sql) => {
      await sql.unsafe(`set local role ${role}`);
      await sql`select * from forgotten`;
    });
    expect(await work.catch((error: { code: string }) => error.code)).toBe("42501");
  }
});

test("claims are read as Supabase reads them, an empty setting as none", async () => {
  await using database = await bareDatabase();
  const read = (claims: string) =>
    database.sql.begin(async (sql) => {
      await sql`select set_config('request.jwt.claims', ${claims}, true)`;
      return (await sql`select auth.uid() as uid, auth.role() as role, auth.jwt() as jwt`)[0];
    });
  const sub = "11111111-1111-4111-8111-111111111111";
  expect(await read("")).toEqual({ uid: null, role: null, jwt: null });
  expect(await read(JSON.stringify({ sub, role: "anon" }))).toEqual({
    uid: sub,
    role: "anon",
    jwt: { sub, role: "anon" },
  });
  const [parts] = await database.sql`select storage.foldername('a/b/c.tar.gz') as folder,
    storage.filename('a/b/c.tar.gz') as file, storage.extension('a/b/c.tar.gz') as extension`;
  expect(parts).toEqual({ folder: ["a", "b"], file: "c.tar.gz", extension: "gz" });
});

const PROGRAM = (support: string) => `
  import { startPostgres } from ${JSON.stringify(join(support, "postgres/index.ts"))};
  const postgres = await startPostgres();
  console.log(postgres.socketDir);
  await new Promise(() => {});`;

test.skipIf(process.env.TEST_DATABASE_URL !== undefined)(
  "the cluster of a run that was killed is ended and removed by the next",
  async () => {
    const child = Bun.spawn([process.execPath, "-e", PROGRAM(join(import.meta.dir, "../support"))], { stdout: "pipe" });
    const { value } = await child.stdout.getReader().read();
    const dir = new TextDecoder().decode(value).trim();
    const server = Number.parseInt(await Bun.file(join(dir, "data/postmaster.pid")).text(), 10);
    child.kill("SIGKILL");
    await child.exited;
    expect(() => process.kill(server, 0)).not.toThrow();
    expect(sweepDeadOwners()).toContain(dir);
    expect(existsSync(dir)).toBe(false);
    while (isRunning(server)) await Bun.sleep(5);
    expect((await startPostgres()).socketDir).not.toBe(dir);
  },
);

test("what belongs to a live owner, or to nobody known, is left alone", () => {
  const mine = mkdtempSync(join(tmpdir(), "vigia-pg-"));
  const foreign = mkdtempSync(join(tmpdir(), "vigia-pg-"));
  writeFileSync(join(mine, "owner.pid"), String(process.pid));
  mkdirSync(join(foreign, "data"));
  const swept = sweepDeadOwners();
  expect(swept).not.toContain(mine);
  expect(swept).not.toContain(foreign);
  for (const dir of [mine, foreign]) rmSync(dir, { recursive: true });
});

/** The init process may be slow to bury it: a killed process counts as running until then, a zombie does not. */
function isRunning(pid: number): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)]);
  const state = stdout.toString().trim();
  return state !== "" && !state.startsWith("Z");
}
