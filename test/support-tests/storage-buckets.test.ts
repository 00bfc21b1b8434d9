import { afterAll, beforeAll, expect, test } from "bun:test";
import type { SupabaseClient } from "@supabase/supabase-js";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";
import { clientOf, toldBy } from "./supabase-clients.ts";

let supabase: TestSupabase;
let storage: SupabaseClient["storage"];

beforeAll(async () => {
  supabase = await openSupabase({ database: "bare" });
  storage = clientOf(supabase).storage;
});
afterAll(() => supabase[Symbol.asyncDispose]());

test("a bucket is created once; a second time says that it exists with HTTP 400 and a text 409", async () => {
  const created = await storage.createBucket("reports", {
    public: false,
    fileSizeLimit: "1MB",
    allowedMimeTypes: ["application/json"],
  });
  expect(created).toEqual({ data: { name: "reports" }, error: null });
  const again = await storage.createBucket("reports");
  expect(toldBy(again.error)).toEqual([400, "409", "BucketAlreadyExists", "The resource already exists"]);
});

test("a bucket shows its limits as they were set, sizes in bytes", async () => {
  await storage.createBucket("shown", { public: true, fileSizeLimit: "1MB", allowedMimeTypes: ["text/markdown"] });
  const { data } = await storage.getBucket("shown");
  expect(data).toMatchObject({
    id: "shown",
    name: "shown",
    owner: "",
    public: true,
    file_size_limit: 1_000_000,
    allowed_mime_types: ["text/markdown"],
  });
  const listed = (await storage.listBuckets()).data?.find(({ id }) => id === "shown");
  expect(listed).toEqual({ ...data!, type: "STANDARD" });
});

test("a missing bucket is 404 in the body only", async () => {
  expect(toldBy((await storage.getBucket("none")).error)).toEqual([400, "404", "NoSuchBucket", "Bucket not found"]);
  expect(toldBy((await storage.updateBucket("none", { public: true })).error).slice(0, 3)).toEqual([
    400,
    "404",
    "NoSuchBucket",
  ]);
});

test("an update leaves what it does not name", async () => {
  await storage.createBucket("changed", { public: false, fileSizeLimit: 100, allowedMimeTypes: ["text/plain"] });
  const { data, error } = await storage.updateBucket("changed", { public: true });
  expect(error).toBeNull();
  expect(data).toEqual({ message: "Successfully updated" });
  expect((await storage.getBucket("changed")).data).toMatchObject({
    public: true,
    file_size_limit: 100,
    allowed_mime_types: ["text/plain"],
  });
  await storage.updateBucket("changed", { public: true, fileSizeLimit: null });
  expect((await storage.getBucket("changed")).data?.file_size_limit ?? null).toBeNull();
});

test("a bucket with objects is not deleted until it is emptied", async () => {
  await storage.createBucket("full");
  await storage.from("full").upload("a/b.json", Buffer.from("{}"), { contentType: "application/json" });
  expect(toldBy((await storage.deleteBucket("full")).error).slice(0, 3)).toEqual([400, "409", "ResourceNotEmpty"]);
  const emptied = await storage.emptyBucket("full");
  expect(emptied.data?.message).toBe("Empty bucket has been queued. Completion may take up to an hour.");
  expect((await storage.deleteBucket("full")).data).toEqual({ message: "Successfully deleted" });
  expect(toldBy((await storage.getBucket("full")).error)[2]).toBe("NoSuchBucket");
});

test.each(["", "a/b", " padded", "año", "x".repeat(101)])("the name %p is no bucket's", async (name) => {
  const { error } = await storage.createBucket(name);
  expect(toldBy(error)).toEqual([400, "400", "InvalidBucketName", "Bucket name invalid"]);
});

test("users make no buckets and see none without a policy", async () => {
  await storage.createBucket("hidden");
  const user = clientOf(supabase, supabase.anonKey, await supabase.userToken({ sub: crypto.randomUUID() })).storage;
  expect(toldBy((await user.createBucket("theirs")).error)).toEqual([
    400,
    "403",
    "AccessDenied",
    "new row violates row-level security policy",
  ]);
  expect(toldBy((await user.getBucket("hidden")).error)[2]).toBe("NoSuchBucket");
  expect((await user.listBuckets()).data).toEqual([]);
});

test("status and health need no key; an unknown route answers 404 with a number", async () => {
  const get = (path: string) => fetch(`${supabase.url}/storage/v1${path}`);
  expect((await get("/status")).status).toBe(200);
  expect(await (await get("/health")).json()).toEqual({ healthy: true });
  const unknown = await get("/nowhere");
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ statusCode: 404, error: "Not Found" });
});
