import { describe, expect, test } from "bun:test";
import { connectRemote } from "../../../../src/db/remote/connect.ts";
import {
  loadStatus,
  type MigrationContext,
  migrateDown,
  migrateUp,
} from "../../../../src/db/remote/migrations/migrate.ts";
import { createSystemClock } from "../../../../src/kit/clock.ts";
import type { VigiaError } from "../../../../src/kit/errors.ts";
import { catalogue, openBench } from "./bench.ts";
import { SAMPLE } from "./folder.ts";

const clock = createSystemClock();

const ALL = ["applied", "applied", "applied", "applied"];
const NONE = ["pending", "pending", "pending", "pending"];

const refusal = (promise: Promise<unknown>): Promise<VigiaError> =>
  promise.then(
    () => Promise.reject(new Error("it was not refused")),
    (thrown) => thrown,
  );

describe("A6: up, status, down, up", () => {
  test("applies in order, once, and writes both ledgers", async () => {
    await using bench = await openBench();
    const steps: string[] = [];
    const context = { ...bench.context, onStep: ({ version }: { version: string }) => void steps.push(version) };
    expect(await bench.states()).toEqual(NONE);
    const done = await migrateUp(context);
    expect([steps, done.map(({ version }) => version)]).toEqual([
      ["0001", "0002", "0003", "0004"],
      ["0001", "0002", "0003", "0004"],
    ]);
    expect(await bench.states()).toEqual(ALL);
    const [own] = await bench.postgres.sql`select * from app.schema_migrations where version = '0002'`;
    expect(own).toMatchObject({ name: "age", direction: "up", applied_by: "postgres", app_version: "1.2.3" });
    expect(own?.checksum).toMatch(/^[0-9a-f]{64}$/);
    const cli = await bench.postgres.sql`select version, name, cardinality(statements) as n
      from supabase_migrations.schema_migrations order by version`;
    expect(cli.map(({ version, name, n }) => `${version} ${name} ${n}`)).toEqual([
      "0001 initial 2",
      "0002 age 1",
      "0003 indexes 3",
      "0004 view 1",
    ]);
    expect(await migrateUp(bench.context)).toEqual([]);
  });

  test("down to zero and up again leaves the same catalogue", async () => {
    await using bench = await openBench();
    await migrateUp(bench.context);
    const before = await catalogue(bench.postgres);
    await migrateDown(bench.context, { to: "0" });
    expect([await bench.states(), await catalogue(bench.postgres)]).toEqual([NONE, []]);
    await migrateUp(bench.context);
    expect(await catalogue(bench.postgres)).toEqual(before);
  });

  test("stops at --to, in both directions and in three spellings", async () => {
    await using bench = await openBench();
    await migrateUp(bench.context, { to: "2" });
    expect(await bench.states()).toEqual(["applied", "applied", "pending", "pending"]);
    await migrateUp(bench.context, { to: "0003_indexes" });
    await migrateDown(bench.context, { to: "0001" });
    expect(await bench.states()).toEqual(["applied", "pending", "pending", "pending"]);
    await migrateUp(bench.context);
    await migrateDown(bench.context, { steps: 1 });
    expect(await bench.states()).toEqual(["applied", "applied", "applied", "pending"]);
    for (const to of ["9", "0002_other", "x", "0002 ", "-1"])
      expect(await refusal(migrateUp(bench.context, { to }))).toMatchObject({ code: "bad_usage" });
  });

  test("a dry run shows the SQL and writes nothing", async () => {
    await using bench = await openBench(SAMPLE, { schema: "vigia" });
    const plan = await migrateUp(bench.context, { dryRun: true });
    expect(plan.map(({ version, durationMs }) => [version, durationMs])).toEqual([
      ["0001", undefined],
      ["0002", undefined],
      ["0003", undefined],
      ["0004", undefined],
    ]);
    expect(plan[0]?.sql).toContain('create table "vigia".people');
    const [left] = await bench.postgres.sql`select to_regclass('app.schema_migrations') as ledger`;
    expect(left?.ledger).toBeNull();
  });

  test("of two runners at once one stops, or finds everything done", async () => {
    await using bench = await openBench();
    const both = await Promise.allSettled([migrateUp(bench.context), migrateUp(bench.context)]);
    const refused = both.flatMap((end) => (end.status === "rejected" ? [end.reason.code] : []));
    expect(refused.length).toBeLessThan(2);
    for (const code of refused) expect(code).toBe("migration_running");
    expect(await bench.states()).toEqual(ALL);
  });

  test("our tables come into another schema when the project wants it", async () => {
    await using bench = await openBench(SAMPLE, { schema: "vigia" });
    await migrateUp(bench.context);
    const [made] = await bench.postgres.sql`select to_regclass('vigia.people') is not null as ours,
      to_regclass('public.people') is null as theirs`;
    expect(made).toEqual({ ours: true, theirs: true });
  });
});

describe("what is refused before anything is written", () => {
  test("MIG001: a transaction pooler", async () => {
    await using bench = await openBench();
    const url = bench.postgres.url + (bench.postgres.url.includes("?") ? "&" : "?");
    const pooled = connectRemote({ url: `${url}pgbouncer=true`, settings: { environment: "development" }, clock });
    expect(await refusal(migrateUp({ ...bench.context, database: pooled }))).toMatchObject({ code: "MIG001" });
    await pooled.close();
  });

  test("MIG002: an applied file that has changed", async () => {
    await using bench = await openBench();
    await migrateUp(bench.context, { to: "2" });
    bench.folder.add("0002_age", "alter table public.people add column age bigint;", "select 1");
    expect(await bench.states()).toEqual(["applied", "changed", "pending", "pending"]);
    for (const run of [migrateUp, (context: MigrationContext) => migrateDown(context, { steps: 1 })])
      expect(await refusal(run(bench.context))).toMatchObject({
        code: "MIG002",
        message: expect.stringContaining("0002_age"),
      });
    expect((await loadStatus(bench.context))[1]).toMatchObject({ checksum: "different" });
  });

  test("MIG003: a version that no file knows, and one left out", async () => {
    await using bench = await openBench();
    await migrateUp(bench.context);
    await bench.postgres.sql`insert into app.schema_migrations (version, name, direction, applied_at)
      values ('0009', 'future', 'up', now())`;
    expect(await bench.states()).toEqual([...ALL, "unknown"]);
    expect(await refusal(migrateUp(bench.context))).toMatchObject({ code: "MIG003" });
    await bench.postgres.sql`delete from app.schema_migrations where version in ('0009', '0002')`;
    await bench.postgres.sql`delete from supabase_migrations.schema_migrations where version = '0002'`;
    expect(await refusal(migrateUp(bench.context))).toMatchObject({
      code: "MIG003",
      message: expect.stringMatching(/0002_age.*0004_view/),
    });
  });

  test("MIG004: a way back that is missing or empty, anywhere in the plan", async () => {
    for (const down of [undefined, "-- to be written"]) {
      await using bench = await openBench();
      await migrateUp(bench.context);
      bench.folder.add("0002_age", SAMPLE["0002_age"]![0], down);
      expect(await refusal(migrateDown(bench.context, { to: "0" }))).toMatchObject({ code: "MIG004" });
      expect(await bench.states()).toEqual(ALL);
      await migrateDown(bench.context, { to: "0002" });
    }
  });

  test("MIG005: another machine without a backup of the last day", async () => {
    await using bench = await openBench();
    const remote = { ...bench.remote, profile: { ...bench.remote.profile, local: false } };
    const agedBy = (hours: number | undefined) => ({
      ...bench.context,
      database: remote,
      newestBackupAt: async () =>
        hours === undefined ? undefined : new Date(clock.now().getTime() - hours * 3_600_000),
    });
    for (const hours of [undefined, 25])
      expect(await refusal(migrateUp(agedBy(hours)))).toMatchObject({
        code: "MIG005",
        hint: expect.stringContaining("--no-backup"),
      });
    expect(await bench.states()).toEqual(NONE);
    await migrateUp(agedBy(23), { to: "1" });
    await migrateUp(agedBy(undefined), { noBackup: true });
    expect(await refusal(migrateDown(agedBy(undefined), { steps: 1 }))).toMatchObject({ code: "MIG005" });
    expect(await migrateUp(agedBy(undefined))).toEqual([]);
  });
});

describe("a way down that would take data along", () => {
  test("is refused as a whole, although only the last file of the plan would, until it is allowed", async () => {
    await using bench = await openBench();
    await migrateUp(bench.context);
    await bench.postgres.sql`insert into public.people (id) values (1)`;
    const before = await catalogue(bench.postgres);
    expect(await refusal(migrateDown(bench.context, { to: "0" }))).toMatchObject({
      code: "data_loss",
      message: expect.stringContaining("public.people"),
      hint: expect.stringContaining("--allow-data-loss"),
    });
    expect([await bench.states(), await catalogue(bench.postgres)]).toEqual([ALL, before]);
    await migrateDown(bench.context, { to: "0", allowDataLoss: true });
    expect(await bench.states()).toEqual(NONE);
  });

  test("a column of a table that holds rows counts too, an index and an empty table do not", async () => {
    await using bench = await openBench();
    await migrateUp(bench.context);
    await bench.postgres.sql`insert into public.people (id) values (1)`;
    expect(await refusal(migrateDown(bench.context, { to: "1" }))).toMatchObject({
      message: expect.stringContaining("public.people.age"),
    });
    await migrateDown(bench.context, { to: "2" });
    expect(await bench.states()).toEqual(["applied", "applied", "pending", "pending"]);
  });

  test("rows that row level security hides from an owner without BYPASSRLS are seen, or nothing is done", async () => {
    await using bench = await openBench({ "0001_a": ["select 1", "drop table public.hidden"] });
    const role = `plain_owner_${crypto.randomUUID().slice(0, 8)}`;
    const { sql } = bench.postgres;
    await sql.unsafe(`create role ${role} login password 'plain'; grant create on database ${bench.postgres.name} to ${role};
      grant all on schema public to ${role}`);
    const url = new URL(bench.postgres.url);
    [url.username, url.password] = [role, "plain"];
    const database = connectRemote({ url: url.href, settings: { environment: "development" }, clock });
    const context = { ...bench.context, database };
    await migrateUp(context);
    await sql.unsafe(`create table public.hidden (id int); insert into public.hidden values (1);
      alter table public.hidden owner to ${role}; alter table public.hidden enable row level security;
      alter table public.hidden force row level security`);
    expect(await refusal(migrateDown(context, { steps: 1 }))).toMatchObject({
      message: expect.stringContaining("42501"),
    });
    expect((await sql`select * from public.hidden`).length).toBe(1);
    await database.close();
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`);
  });

  test("a way back that does not work is found while nothing has changed", async () => {
    const files = {
      ...SAMPLE,
      "0001_initial": [SAMPLE["0001_initial"]![0], "drop table public.nowhere"] as [string, string],
    };
    await using bench = await openBench(files);
    await migrateUp(bench.context);
    expect(await refusal(migrateDown(bench.context, { to: "0" }))).toMatchObject({
      code: "migration_failed",
      message: expect.stringContaining("0001_initial"),
    });
    expect(await bench.states()).toEqual(ALL);
  });
});

describe("a file that fails", () => {
  test("leaves nothing of itself, keeps what was before it, and names its line", async () => {
    const files = {
      "0001_a": ["create table public.a (id int)"],
      "0002_b": ["create table public.b (id int);\n\nselect wrong;"],
    };
    await using bench = await openBench(files as never);
    expect(await refusal(migrateUp(bench.context))).toMatchObject({
      code: "migration_failed",
      message: expect.stringMatching(/0002_b\.sql line 3:.*wrong.*42703/),
    });
    expect([await bench.states(), await catalogue(bench.postgres)]).toEqual([["applied", "pending"], ["r a id"]]);
  });

  test("changes no setting for the files after it", async () => {
    const files = {
      "0001_a": ["set search_path = pg_catalog; set role anon; set statement_timeout = 30;"],
      "0002_b": ["create table b (id int); select pg_sleep(0.05);"],
    };
    await using bench = await openBench(files as never);
    await migrateUp(bench.context);
    expect(await catalogue(bench.postgres)).toEqual(["r b id"]);
  });
});

describe("the Supabase CLI beside it", () => {
  test("what it applied is taken over with a checksum, not applied again", async () => {
    await using bench = await openBench();
    const { sql } = bench.postgres;
    // As `supabase db push` leaves it: our first file makes our ledger, the CLI keeps its own.
    await migrateUp(bench.context, { to: "2" });
    await sql`delete from app.schema_migrations`;
    expect((await loadStatus(bench.context)).map(({ state, checksum }) => `${state} ${checksum}`)).toEqual([
      "applied none",
      "applied none",
      "pending none",
      "pending none",
    ]);
    await migrateUp(bench.context);
    expect((await loadStatus(bench.context)).map(({ checksum }) => checksum)).toEqual(["same", "same", "same", "same"]);
  });

  test("rows of the project's own migrations are left alone and stand for nothing of ours", async () => {
    await using bench = await openBench();
    const { sql } = bench.postgres;
    await sql.unsafe(`create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (version text not null primary key, name text);
      insert into supabase_migrations.schema_migrations values ('0001', 'initial'), ('20250101000000', 'theirs')`);
    expect(await bench.states()).toEqual(NONE);
    await migrateUp(bench.context);
    await migrateDown(bench.context, { to: "1" });
    const left = await sql`select version from supabase_migrations.schema_migrations order by version`;
    expect(left.map(({ version }) => version)).toEqual(["0001", "20250101000000"]);
  });
});
