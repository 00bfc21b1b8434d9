import { expect, test } from "bun:test";
import { loadCatalogue } from "../../src/db/remote/check/catalogue.ts";
import { runChecks } from "../../src/db/remote/check/run-checks.ts";
import { bareDatabase, migratedDatabase } from "../support/postgres/index.ts";
import { apply, dumpCatalogue, queryOf, undone, VERSIONS } from "./files.ts";

/** The remote tables and the key that the mirror writes each by. */
const CONFLICT_KEYS: Record<string, string> = {
  tenants: "tenant_id",
  accounts: "id",
  tenant_user_identifiers: "kind, identifier",
  audit_logs: "uid",
  lock_audit: "uid",
  dlq_permanent_failures: "id",
  ops_usage_samples: "metric, sampled_at",
  job_runs: "uid",
  daily_recommendations: "analysis_date, ticker",
  analysis_details: "analysis_date, ticker, analysis_type",
  recommendation_outcomes: "analysis_date, ticker, horizon",
  asset_analyses: 'symbol, period, "interval", as_of, profile',
  radar_scans: "market, as_of, profile",
  radar_candidates: "market, as_of, profile, rank",
  portfolio_alerts: "user_id, symbol, type, bar_date",
  fichas_cliente: "id",
  social_runs: "id",
  social_media_insights: "id",
  social_tasks: "id",
  social_task_notes: "id",
  clientes: "id",
  proyectos_cliente: "id",
  v_insumos: "id",
  cotizaciones: "id",
  detalle_cotizacion: "id",
  vidrios_produccion: "id",
  log_vidrios_produccion: "id",
  log_cambios_etapa: "id",
  conversations: "id",
  reservations: "id",
};

test("every mirrored table exists and is unique on the mirror's conflict key", async () => {
  await using database = await migratedDatabase();
  const catalogue = await undone(database.sql, (sql) => loadCatalogue(queryOf(sql), "public"));
  const ours = Object.keys(catalogue).filter((name) => catalogue[name]!.class !== "directory");
  expect(ours.sort()).toEqual(Object.keys(CONFLICT_KEYS).sort());
  for (const [name, key] of Object.entries(CONFLICT_KEYS)) {
    const keys = Object.values(catalogue[name]!.constraints).filter((text) => !text.includes("DEFERRABLE"));
    expect([name, keys.some((text) => text === `PRIMARY KEY (${key})` || text === `UNIQUE (${key})`)]).toEqual([
      name,
      true,
    ]);
  }
});

test("text in a conflict key sorts by its bytes, as the local store sorts it", async () => {
  await using database = await migratedDatabase();
  const catalogue = await undone(database.sql, (sql) => loadCatalogue(queryOf(sql), "public"));
  const otherwise = Object.entries(CONFLICT_KEYS).flatMap(([table, key]) =>
    key.split(", ").filter((column) => {
      const definition = catalogue[table]!.columns[column.replaceAll('"', "")]!;
      return definition.startsWith("text") && !definition.includes('collate "C"');
    }),
  );
  expect(otherwise).toEqual([]);
});

test("a delivered row never waits for another: tenants alone are referred to, and with a cascade", async () => {
  await using database = await migratedDatabase();
  const catalogue = await undone(database.sql, (sql) => loadCatalogue(queryOf(sql), "public"));
  const references = Object.keys(CONFLICT_KEYS).flatMap((table) =>
    Object.values(catalogue[table]!.constraints).filter((text) => text.startsWith("FOREIGN KEY")),
  );
  expect([...new Set(references)]).toEqual(["FOREIGN KEY (tenant_id) REFERENCES tenants(tenant_id) ON DELETE CASCADE"]);
});

test("A6: up, down to zero and up again leave the same catalogue", async () => {
  await using database = await bareDatabase();
  const before = await dumpCatalogue(database.sql);
  for (const file of VERSIONS) await apply(database.sql, "migrations", file);
  const first = await dumpCatalogue(database.sql);
  for (const file of VERSIONS.toReversed()) await apply(database.sql, "down", file);
  // The schema of the ledger stays, because whoever runs the files writes into it.
  const { app, schemas, relations, ...down } = await dumpCatalogue(database.sql);
  const { app: _, schemas: __, relations: ___, ...empty } = before;
  expect(down).toEqual(empty);
  expect(Object.keys(app as object)).toEqual(["schema_migrations"]);
  expect((relations as { relname: string }[]).map(({ relname }) => relname)).toEqual([
    "schema_migrations",
    "schema_migrations_pkey",
  ]);
  expect((schemas as { nspname: string }[]).map(({ nspname }) => nspname)).toContain("app");
  for (const file of VERSIONS) await apply(database.sql, "migrations", file);
  expect(await dumpCatalogue(database.sql)).toEqual(first);
});

test("A6: each way down leaves nothing of its way up", async () => {
  await using database = await bareDatabase();
  await apply(database.sql, "migrations", VERSIONS[0]!);
  for (const file of VERSIONS.slice(1)) {
    const before = await dumpCatalogue(database.sql);
    await apply(database.sql, "migrations", file);
    await apply(database.sql, "down", file);
    expect([file, await dumpCatalogue(database.sql)]).toEqual([file, before]);
    await apply(database.sql, "migrations", file);
  }
});

test("indexes that are built without a transaction may be built again", async () => {
  await using database = await migratedDatabase();
  const before = await dumpCatalogue(database.sql);
  await apply(database.sql, "migrations", "0006_performance_indexes.sql");
  expect(await dumpCatalogue(database.sql)).toEqual(before);
});

test("an extension that was there before outlives the way down", async () => {
  await using database = await bareDatabase();
  await database.sql.unsafe("create extension pg_trgm with schema public");
  const upTo = VERSIONS.filter((file) => file <= "0005_extensions.sql");
  for (const file of upTo) await apply(database.sql, "migrations", file);
  await apply(database.sql, "down", "0005_extensions.sql");
  const rows = await database.sql`select extname from pg_extension where extname <> 'plpgsql'`;
  expect(rows.map(({ extname }) => extname)).toEqual(["pg_trgm"]);
});

test("an ERP table that exists keeps rows, columns and readers, and gets what it misses", async () => {
  await using database = await bareDatabase();
  const { sql } = database;
  await sql.unsafe(`create table public.cotizaciones (id text primary key, no_cotizacion integer, propia text);
    insert into public.cotizaciones values ('7', 7, 'x'); grant select on public.cotizaciones to anon`);
  for (const file of VERSIONS) await apply(sql, "migrations", file);
  const { cotizaciones } = await undone(sql, (transaction) => loadCatalogue(queryOf(transaction), "public"));
  expect(cotizaciones).toMatchObject({
    class: null,
    rowSecurity: false,
    columns: { no_cotizacion: "integer", propia: "text", fecha_entrega_programada: "timestamp without time zone" },
    grants: { anon: "SELECT", service_role: "DELETE, INSERT, SELECT, UPDATE" },
  });
  const { findings, ok } = await undone(sql, (transaction) => runChecks(queryOf(transaction)));
  expect(ok).toBe(true);
  expect(findings).toContainEqual({
    id: "RLS005",
    level: "warning",
    object: "public.cotizaciones",
    message: "anon has SELECT: that needs no login",
    fix: "revoke all on public.cotizaciones from anon;",
  });
  expect(findings.map(({ id, object }) => `${id} ${object}`)).toContain("RLS001 public.cotizaciones");
  for (const file of VERSIONS.toReversed()) await apply(sql, "down", file);
  expect([...(await sql`select id, propia from public.cotizaciones`)]).toEqual([{ id: "7", propia: "x" }]);
});

test("an ERP table without a key on id gets one", async () => {
  await using database = await bareDatabase();
  await database.sql.unsafe(
    "create table public.v_insumos (id text, otra int); create unique index on public.v_insumos (otra)",
  );
  for (const file of VERSIONS) await apply(database.sql, "migrations", file);
  await database.sql`insert into public.v_insumos (id) values ('1') on conflict (id) do update set otra = 2`;
});

test("an ERP row is stamped on arrival, and the stamp is not the sender's", async () => {
  await using database = await migratedDatabase();
  const [row] = await database.sql`
    insert into public.clientes (id, synced_at) values ('1', '2001-01-01') returning synced_at > '2002-01-01' as stamped`;
  expect(row!.stamped).toBe(true);
});

test("the customer's directory is never altered, and made only where there is none", async () => {
  await using database = await bareDatabase();
  const { sql } = database;
  await sql.unsafe(
    "create table public.users (user_id uuid primary key, email text, telefono text); grant all on public.users to anon",
  );
  await sql.unsafe("create table public.portfolios (codigo int primary key)");
  for (const file of VERSIONS) await apply(sql, "migrations", file);
  const catalogue = await undone(sql, (transaction) => loadCatalogue(queryOf(transaction), "public"));
  expect(Object.keys(catalogue.users!.columns)).toEqual(["user_id", "email", "telefono"]);
  expect(catalogue.users!.rowSecurity).toBe(false);
  expect(catalogue.users!.grants.service_role).toBeUndefined();
  // Made, and closed to readers: whose a portfolio is cannot be told.
  expect(catalogue.assets!.policies).toEqual({});
  expect(catalogue.portfolio_config!.class).toBe("directory");

  await sql`insert into public.portfolio_config (user_id) values (gen_random_uuid())`;
  for (const file of VERSIONS.toReversed()) await apply(sql, "down", file);
  const left = await undone(sql, (transaction) => loadCatalogue(queryOf(transaction), "public"));
  expect(Object.keys(left)).toEqual(["portfolio_config", "portfolios", "users"]);
});

test("a project whose people are in profiles gets no empty users beside them", async () => {
  await using database = await bareDatabase();
  await database.sql.unsafe("create table public.profiles (id uuid primary key)");
  for (const file of VERSIONS) await apply(database.sql, "migrations", file);
  const catalogue = await undone(database.sql, (sql) => loadCatalogue(queryOf(sql), "public"));
  expect(["users", "portfolios", "assets"].filter((name) => name in catalogue)).toEqual([]);
});

test("our tables may live in another schema, whatever its name", async () => {
  await using database = await bareDatabase();
  await database.sql.unsafe('create schema "Espejo 1"; create table public.tenants (mine int)');
  for (const file of VERSIONS)
    await apply(database.sql, "migrations", file, (text) => text.replaceAll("public.", '"Espejo 1".'));
  const report = await undone(database.sql, (sql) => runChecks(queryOf(sql), { schema: "Espejo 1" }));
  expect(report.findings.map(({ id }) => id)).toEqual(["RLS010"]);
  const [stays] =
    await database.sql`select count(*)::int as n from information_schema.columns where table_schema = 'public' and table_name = 'tenants'`;
  expect(stays!.n).toBe(1);
});

test("a row that came from the mirror keeps its stamp, any other writer's gets one", async () => {
  await using database = await migratedDatabase();
  const stampAfter = (role: string) =>
    undone(database.sql, async (sql) => {
      await sql`insert into public.tenants (tenant_id, name, updated_at) values ('uno', 'Uno', '2001-01-01')`;
      await sql`select set_config('role', ${role}, true)`;
      const [row] = await sql`update public.tenants set name = 'Otro' returning updated_at::date::text as day`;
      return row!.day as string;
    });
  expect(await stampAfter("service_role")).toBe("2001-01-01");
  expect(await stampAfter("postgres")).not.toBe("2001-01-01");
});
