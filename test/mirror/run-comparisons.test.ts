import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { JobContext } from "../../src/jobs/define.ts";
import { runCheck, runReconcile } from "../../src/mirror/run-comparisons.ts";
import { openReconcileBench, type ReconcileBench, silentProgress } from "./reconcile/harness.ts";

let bench: ReconcileBench;
beforeAll(async () => {
  bench = await openReconcileBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const table of ["things", "outbox"]) await bench.local(`delete from ${table}`);
  await bench.project.sql`truncate public.things`;
});

type Raised = Parameters<JobContext["alerts"]["raise"]>[0];

function contextOf(params: Record<string, unknown> = {}) {
  const raised: Raised[] = [];
  const alerts = { raise: async (alert: Raised) => void raised.push(alert), clear: async () => {} };
  const context = { ...bench.run(), run: { params }, alerts, progress: silentProgress } as unknown as JobContext;
  return { context, raised };
}

async function addExtra(count: number): Promise<void> {
  await bench.project.sql`insert into public.things (owner, code, day)
    select 'casa', 'ajeno ' || i, '2026-03-02' from generate_series(1, ${count}::int) i`;
}

async function fillAndDeliver(...codes: string[]): Promise<void> {
  await bench.fill(codes);
  await bench.deliver();
}

test("the alert about too many rows there names the command that removes them", async () => {
  await fillAndDeliver("una");
  await addExtra(1);
  const { context, raised } = contextOf();
  expect(await runCheck(bench.parts, context)).toMatchObject({ outcome: "partial" });
  expect(raised).toMatchObject([{ subject: "things", value: 2, threshold: 1 }]);
  expect(raised[0]?.message).toContain("vigia mirror reconcile --delete");
  expect(raised[0]?.message).not.toContain("owed again");
});

test("the alert about rows that are missing there says that they are sent again", async () => {
  await fillAndDeliver("una");
  await bench.project.sql`truncate public.things`;
  const { context, raised } = contextOf();
  await runCheck(bench.parts, context);
  expect(raised[0]?.message).toContain("owed again");
  expect(await bench.owed()).toHaveLength(1);
});

test("more than 500 rows plus 1 % stay there until somebody says --delete-many", async () => {
  await fillAndDeliver("una");
  await addExtra(501);
  const refused = await runReconcile(bench.parts, contextOf({ streams: ["things"], delete: true }).context);
  expect(refused).toMatchObject({ outcome: "partial", errors: 1 });
  expect(refused.message).toMatch(/501.*500.*vigia mirror reconcile --stream things --delete-many/);
  expect(await bench.owed()).toEqual([]);
  const allowed = await runReconcile(bench.parts, contextOf({ streams: ["things"], delete_many: true }).context);
  expect(allowed).toMatchObject({ outcome: "ok", errors: 0 });
  expect(await bench.owed()).toHaveLength(501);
  await bench.deliver();
  expect(await bench.remoteCodes()).toEqual(["una"]);
});

test("a parameter that no run has is refused by its name", async () => {
  await expect(runReconcile(bench.parts, contextOf({ delete_all: true }).context)).rejects.toMatchObject({
    code: "bad_params",
    message: expect.stringContaining("delete_all"),
  });
});
