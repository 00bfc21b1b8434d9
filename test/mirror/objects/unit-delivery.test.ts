import { expect, test } from "bun:test";
import { createUnitDelivery } from "../../../src/mirror/objects/unit-delivery.ts";
import { openSupabase } from "../../support/supabase/index.ts";
import { openStorageBench, setOf, UNIT, USER } from "./harness.ts";

test("the bucket is made before the first unit of a run, and looked at once", async () => {
  await using project = await openSupabase({ database: "bare" });
  await using bench = await openStorageBench(project);
  bench.files.set(USER, setOf(1));
  const deliver = createUnitDelivery();
  const parts = await bench.parts();
  expect(await deliver(parts, bench.stream, UNIT)).toMatchObject({ state: "delivered", uploaded: 4 });
  bench.files.set(USER, setOf(2));
  expect(await deliver(parts, bench.stream, UNIT)).toMatchObject({ state: "delivered", uploaded: 4 });
  const asked = project.history.requests.map(({ method, path }) => `${method} ${path}`);
  expect(asked.filter((request) => request.includes(" /bucket"))).toEqual([
    "GET /bucket/portfolio-files",
    "POST /bucket",
  ]);
  expect(asked.findIndex((request) => request.startsWith("POST /object"))).toBe(2);
});

test("nothing goes into a public bucket", async () => {
  await using project = await openSupabase({ database: "bare" });
  await project.sql`insert into storage.buckets (id, name, public) values ('portfolio-files', 'portfolio-files', true)`;
  await using bench = await openStorageBench(project);
  bench.files.set(USER, setOf(1));
  const result = await createUnitDelivery()(await bench.parts(), bench.stream, UNIT);
  expect(result).toMatchObject({ state: "failed", failure: { kind: "blocked", code: "public_bucket" } });
  expect(await bench.stored()).toEqual({});
  expect(await bench.noted()).toEqual({});
});
