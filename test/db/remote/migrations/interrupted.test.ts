import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { RemoteConnection } from "../../../../src/db/remote/connection.ts";
import { loadStatus, migrateDown, migrateUp } from "../../../../src/db/remote/migrations/migrate.ts";
import { soakTimes } from "../../../support/soak.ts";
import { type Bench, catalogue, openBench } from "./bench.ts";
import { SAMPLE } from "./folder.ts";

/** The same database, but the server ends the session before its `after`-th statement: as when the process is killed. */
function cutting({ context, postgres }: Bench, after: number) {
  const whole = context.database;
  let statements = 0;
  const cut = async (connection: RemoteConnection) => {
    if (statements++ !== after) return;
    const [{ pid } = {}] = await connection.query("select pg_backend_pid() as pid");
    await postgres.sql`select pg_terminate_backend(${pid as number})`;
  };
  const session: typeof whole.session = (work) =>
    whole.session((connection) =>
      work({
        query: async (text, values) => {
          await cut(connection);
          return await connection.query(text, values);
        },
        run: async (text) => {
          await cut(connection);
          return await connection.run(text);
        },
        get lost() {
          return connection.lost;
        },
        close: () => connection.close(),
      }),
    );
  return { ...context, database: { ...whole, session } };
}

/** One file in a transaction, one without: every kind of boundary, few enough to cut at each. */
const FILES: Record<string, [string, string]> = {
  "0001_initial": ["create table public.people (id int primary key, name text);", "drop table public.people;"],
  "0002_indexes": [
    "-- no-transaction\ncreate index concurrently if not exists people_name on public.people (name);\n" +
      "create index concurrently if not exists people_both on public.people (name, id);",
    "-- no-transaction\ndrop index concurrently if exists public.people_both;\n" +
      "drop index concurrently if exists public.people_name;",
  ],
};

/** Cuts ever later until nothing is left to cut; calls `settle` after each one. */
async function cutEverywhere(run: (cutAt: number) => Promise<unknown>, settle: () => Promise<void>): Promise<number> {
  for (let cutAt = 0; ; cutAt++) {
    const finished = await run(cutAt).then(
      () => true,
      () => false,
    );
    await settle();
    if (finished) return cutAt;
  }
}

describe("a runner that is killed at any statement", () => {
  test("on the way up: the next run ends where an uninterrupted one does", async () => {
    await using bench = await openBench(FILES);
    await migrateUp(bench.context);
    const whole = await catalogue(bench.postgres);
    await migrateDown(bench.context, { to: "0" });
    const cuts = await cutEverywhere(
      (cutAt) => migrateUp(cutting(bench, cutAt)),
      async () => {
        await migrateUp(bench.context);
        expect([await bench.states(), await catalogue(bench.postgres)]).toEqual([Array(2).fill("applied"), whole]);
        await migrateDown(bench.context, { to: "0" });
        expect(await catalogue(bench.postgres)).toEqual([]);
      },
    );
    expect(cuts).toBeGreaterThan(20);
  }, 120_000);

  test("on the way down: the next run in either direction ends where it should", async () => {
    await using bench = await openBench(FILES);
    await migrateUp(bench.context);
    const whole = await catalogue(bench.postgres);
    const settle = async () => {
      await migrateUp(bench.context);
      expect([await bench.states(), await catalogue(bench.postgres)]).toEqual([Array(2).fill("applied"), whole]);
    };
    const cuts = await cutEverywhere((cutAt) => migrateDown(cutting(bench, cutAt), { to: "0" }), settle);
    expect(cuts).toBeGreaterThan(15);
    for (let cutAt = cuts - 10; cutAt < cuts; cutAt += soakTimes(3, 1)) {
      await migrateDown(cutting(bench, cutAt), { to: "0" }).catch(() => undefined);
      await migrateDown(bench.context, { to: "0" });
      expect([await bench.states(), await catalogue(bench.postgres)]).toEqual([Array(2).fill("pending"), []]);
      await settle();
    }
  }, 120_000);
});

test("what is half done is told as interrupted", async () => {
  await using bench = await openBench(FILES);
  const [up, down] = FILES["0002_indexes"]!;
  bench.folder.add("0002_indexes", `${up}\nselect wrong;`, down);
  await migrateUp(bench.context).catch(() => undefined);
  expect(await loadStatus(bench.context)).toContainEqual(
    expect.objectContaining({ version: "0002", state: "interrupted", applied_at: null }),
  );
  await migrateDown(bench.context, { to: "1" });
  expect((await bench.states())[1]).toBe("pending");
  expect(await catalogue(bench.postgres)).not.toContain("i people_name name valid=true");
});

test("an index that was left invalid is built anew", async () => {
  const build = "-- no-transaction\ncreate unique index concurrently if not exists one_name on public.people (name);";
  await using bench = await openBench({ "0001_initial": SAMPLE["0001_initial"]!, "0002_unique": [build] });
  await migrateUp(bench.context, { to: "1" });
  await bench.postgres.sql`insert into public.people values (1, 'x'), (2, 'x')`;
  await expect(migrateUp(bench.context)).rejects.toThrow(/0002_unique\.sql line 2.*23505/);
  expect(await catalogue(bench.postgres)).toContain("i one_name name valid=false");
  await bench.postgres.sql`delete from public.people where id = 2`;
  await migrateUp(bench.context);
  expect(await catalogue(bench.postgres)).toContain("i one_name name valid=true");
});

test("A6: the shipped files go up, down to nothing and up again", async () => {
  await using bench = await openBench({}, { folder: join(import.meta.dir, "../../../../supabase") });
  await migrateUp(bench.context);
  const whole = await catalogue(bench.postgres);
  expect(whole.length).toBeGreaterThan(50);
  await migrateDown(bench.context, { to: "0", allowDataLoss: false });
  expect(new Set(await bench.states())).toEqual(new Set(["pending"]));
  await migrateUp(bench.context);
  expect(await catalogue(bench.postgres)).toEqual(whole);
});

test("A6: the shipped files build the same tables in another schema", async () => {
  const changes = { folder: join(import.meta.dir, "../../../../supabase"), schema: "vigia" };
  await using bench = await openBench({}, changes);
  await migrateUp(bench.context);
  const [made] = await bench.postgres.sql`select to_regclass('vigia.daily_recommendations') is not null as ours,
    to_regclass('public.daily_recommendations') is null as theirs`;
  expect(made).toEqual({ ours: true, theirs: true });
  await migrateDown(bench.context, { to: "0" });
});
