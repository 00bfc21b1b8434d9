import { afterEach, expect, test } from "bun:test";
import { ensureBucket } from "../../../src/mirror/objects/bucket.ts";
import { openSupabase, type TestSupabase } from "../../support/supabase/index.ts";
import { openStorageBench } from "./harness.ts";

let project: TestSupabase | undefined;
afterEach(() => project?.[Symbol.asyncDispose]());

async function ensure(environment: Record<string, string> = {}) {
  await using bench = await openStorageBench(project!);
  const { supabase, settings } = await bench.parts(environment);
  return await ensureBucket(supabase, settings);
}

const buckets = () => project!.sql`select id, public, file_size_limit, allowed_mime_types from storage.buckets`;

test("P30: a missing bucket is made: private, 10 MB, JSON and Markdown; one that is there is only looked at", async () => {
  project = await openSupabase({ database: "bare" });
  expect(await ensure({ SUPABASE_BUCKET_NAME: "informes" })).toBeUndefined();
  const made = { id: "informes", public: false, file_size_limit: "10485760" };
  expect([...(await buckets())]).toEqual([{ ...made, allowed_mime_types: ["application/json", "text/markdown"] }]);
  project.history.clear();
  expect(await ensure({ SUPABASE_BUCKET_NAME: "informes" })).toBeUndefined();
  expect(project.history.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /bucket/informes"]);
});

test("a bucket that somebody else makes at the same moment is fine", async () => {
  project = await openSupabase({ database: "bare" });
  // The bucket is made, the answer is lost, and the door asks again.
  project.faults.next("reset-after-commit", { match: ({ method }) => method === "POST" });
  expect(await ensure()).toBeUndefined();
  expect((await buckets()).map(({ id }) => id)).toEqual(["portfolio-files"]);
});

test("a public bucket is refused with its remedy, and not changed", async () => {
  project = await openSupabase({ database: "bare" });
  await project.sql`insert into storage.buckets (id, name, public) values ('portfolio-files', 'portfolio-files', true)`;
  const failure = await ensure();
  expect(failure).toMatchObject({ kind: "blocked", code: "public_bucket" });
  expect(failure?.message).toContain("Make it private");
  expect((await buckets())[0]?.public).toBe(true);
});

test("P30: switched off, no bucket is asked for", async () => {
  project = await openSupabase({ database: "bare" });
  expect(await ensure({ ENABLE_SUPABASE_UPLOAD: "false" })).toBeUndefined();
  expect(project.history.requests).toHaveLength(0);
});

test("a key that may not make buckets is refused, a silent project is tried again later", async () => {
  project = await openSupabase({ database: "bare" });
  expect(await ensure({ SUPABASE_SERVICE_ROLE_KEY: project.anonKey })).toMatchObject({ kind: "refused" });
  expect(await buckets()).toHaveLength(0);
  project.faults.during(() => true, "503");
  expect(await ensure()).toMatchObject({ kind: "unavailable" });
});
