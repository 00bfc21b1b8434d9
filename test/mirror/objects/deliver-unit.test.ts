import { afterAll, beforeAll, expect, test } from "bun:test";
import type { TestSupabase } from "../../support/supabase/index.ts";
import { type Files, NAMES, openProject, openStorageBench, setOf, UNIT, USER } from "./harness.ts";

let project: TestSupabase;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project[Symbol.asyncDispose]());

/** Requests to Storage since the last `clear`, as `POST portfolio_informe.md`. */
const requests = () =>
  project.history.requests
    .filter(({ service }) => service === "storage")
    .map(({ method, key }) => [method, key?.split("/").at(-1)].filter(Boolean).join(" "));

test("P29: a user's four files lie under their own folder, with their types, the JSON of the portfolio last", async () => {
  await using bench = await openStorageBench(project);
  bench.files.set(USER, setOf(1));
  project.history.clear();
  expect(await bench.deliver()).toEqual({ state: "delivered", uploaded: 4, removed: 0 });
  expect(requests()).toEqual(NAMES.map((name) => `POST ${name}`));
  const uploads = project.history.requests.filter(({ service }) => service === "storage");
  expect(uploads.map(({ bucket, key }) => `${bucket}/${key}`)).toEqual(
    NAMES.map((name) => `portfolio-files/${USER}/${name}`),
  );
  expect(uploads.map(({ headers }) => headers.get("content-type"))).toEqual([
    "text/markdown",
    "text/markdown",
    "application/json",
    "application/json",
  ]);
  expect(new Set(uploads.map(({ headers }) => headers.get("cache-control")))).toEqual(new Set(["max-age=60"]));
  expect(new Set(uploads.map(({ headers }) => headers.get("x-upsert")))).toEqual(new Set(["true"]));
  expect(await bench.stored()).toEqual(setOf(1));
});

test("P31: unchanged files are not sent again, changed ones alone are", async () => {
  await using bench = await openStorageBench(project);
  bench.files.set(USER, setOf(1));
  await bench.deliver();
  project.history.clear();
  expect(await bench.deliver()).toEqual({ state: "delivered", uploaded: 0, removed: 0 });
  expect(requests()).toEqual([]);
  bench.files.set(USER, { ...setOf(1), "mercado_informe.md": "otro" });
  expect(await bench.deliver()).toEqual({ state: "delivered", uploaded: 1, removed: 0 });
  expect(requests()).toEqual(["POST mercado_informe.md"]);
});

test("a user who has nothing left keeps the market's pair: what is gone goes first, its mark before the rest", async () => {
  await using bench = await openStorageBench(project);
  bench.files.set(USER, setOf(1));
  await bench.deliver();
  const market: Files = { "mercado_informe.md": "m 2 ", "mercado_analisis.json": "j 2 " };
  bench.files.set(USER, market);
  project.history.clear();
  expect(await bench.deliver()).toEqual({ state: "delivered", uploaded: 2, removed: 2 });
  expect(requests()).toEqual(["DELETE", "POST mercado_informe.md", "POST mercado_analisis.json"]);
  expect(await bench.stored()).toEqual(market);

  // What is known to be gone is not asked for again.
  bench.files.set(USER, { ...market, "mercado_informe.md": "m 3 " });
  project.history.clear();
  await bench.deliver();
  expect(requests()).toEqual(["POST mercado_informe.md"]);

  bench.files.set(USER, setOf(4));
  expect(await bench.deliver()).toEqual({ state: "delivered", uploaded: 4, removed: 0 });
  expect(await bench.stored()).toEqual(setOf(4));
});

test("a user who is gone leaves nothing behind, even what this store knows nothing of", async () => {
  await using first = await openStorageBench(project);
  first.files.set(USER, setOf(1));
  await first.deliver();
  await using second = await openStorageBench(project);
  project.history.clear();
  expect(await second.deliver()).toEqual({ state: "delivered", uploaded: 0, removed: 4 });
  expect(requests()).toEqual(["DELETE"]);
  expect(await second.stored()).toEqual({});
  project.history.clear();
  await second.deliver();
  expect(requests()).toEqual([]);
});

test("P30: switched off, nothing is asked and nothing counts as delivered; switched on again, only what is missing is sent", async () => {
  await using bench = await openStorageBench(project);
  const off = { ENABLE_SUPABASE_UPLOAD: "false" };
  bench.files.set(USER, setOf(1));
  await bench.deliver();
  bench.files.set(USER, { ...setOf(1), "portfolio_informe.md": "nuevo" });
  project.history.clear();
  expect(await bench.deliver({ environment: off })).toEqual({ state: "skipped", uploaded: 0, removed: 0 });
  expect(project.history.requests).toHaveLength(0);
  const noted = await bench.noted();
  expect(Object.values(noted).map(({ state }) => state)).toEqual(["skipped", "skipped", "skipped", "skipped"]);
  expect(Object.values(noted).every(({ sha256 }) => sha256 !== null)).toBe(true);
  expect((await bench.stored())["portfolio_informe.md"]).toBe(setOf(1)["portfolio_informe.md"]);

  project.history.clear();
  expect(await bench.deliver()).toEqual({ state: "delivered", uploaded: 1, removed: 0 });
  expect(Object.values(await bench.noted()).map(({ state }) => state)).toEqual(Array(4).fill("delivered"));
});

test("P30: bucket and prefix are those of the settings", async () => {
  await using bench = await openStorageBench(project);
  await project.sql`insert into storage.buckets (id, name, public) values ('otra-caja', 'otra-caja', false)`;
  bench.files.set(USER, setOf(1));
  project.history.clear();
  await bench.deliver({ environment: { SUPABASE_BUCKET_NAME: "otra-caja", SUPABASE_BASE_PREFIX: "/casa/norte/" } });
  expect(project.history.requests.map(({ bucket, key }) => `${bucket}/${key}`)).toEqual(
    NAMES.map((name) => `otra-caja/casa/norte/${USER}/${name}`),
  );
});

test.each(["../../otro", "a//b", "/a", ".", "José", "a%2e%2e", "a\\b", "a?b", "a\u0000b", ""])(
  "a unit whose folder would be %j is refused without a request",
  async (user) => {
    await using bench = await openStorageBench(project);
    bench.files.set(user, setOf(1));
    project.history.clear();
    const result = await bench.deliver({ unit: JSON.stringify([user]) });
    expect(result).toMatchObject({
      state: "failed",
      uploaded: 0,
      failure: { kind: "rejected", code: "bad_object_key" },
    });
    expect(result.failure?.message).not.toContain(setOf(1)["portfolio_informe.md"]);
    expect(project.history.requests).toHaveLength(0);
  },
);

test("an object that Storage takes for too large is rejected; what was accepted before it stays noted", async () => {
  await using bench = await openStorageBench(project);
  bench.files.set(USER, { ...setOf(1), "mercado_analisis.json": "x".repeat(10 * 1024 * 1024 + 1) });
  const result = await bench.deliver();
  expect(result).toMatchObject({ state: "failed", uploaded: 2, failure: { kind: "rejected", code: "EntityTooLarge" } });
  const noted = await bench.noted();
  expect(NAMES.map((name) => noted[name]?.state)).toEqual(["delivered", "delivered", "failed", "failed"]);
  expect(noted["portfolio_analisis.json"]?.error).toStartWith("EntityTooLarge: ");
});

test("a run that is cancelled sends nothing more", async () => {
  await using bench = await openStorageBench(project);
  bench.files.set(USER, setOf(1));
  const { deliverUnit } = await import("../../../src/mirror/objects/deliver-unit.ts");
  project.history.clear();
  const result = await deliverUnit({ ...(await bench.parts()), signal: AbortSignal.abort() }, bench.stream, UNIT);
  expect(result).toMatchObject({ state: "failed", failure: { kind: "aborted" } });
  expect(project.history.requests).toHaveLength(0);
});
