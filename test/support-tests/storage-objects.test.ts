import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";
import { clientOf, readJson, toldBy } from "./supabase-clients.ts";

const JSON_TYPE = { contentType: "application/json" };
let supabase: TestSupabase;
let count = 0;

beforeAll(async () => {
  supabase = await openSupabase({ database: "bare" });
});
afterAll(() => supabase[Symbol.asyncDispose]());

/** A bucket of its own for each test. */
async function openBucket(options: { allowedMimeTypes?: string[]; fileSizeLimit?: number; public?: boolean } = {}) {
  const { storage } = clientOf(supabase);
  const id = `bucket-${++count}`;
  await storage.createBucket(id, { public: false, ...options });
  return { id, files: storage.from(id) };
}

const bytes = (text: string) => Buffer.from(text);

describe("upload", () => {
  test("gives key and id, and a download the same bytes with the headers of the upload", async () => {
    const { id, files } = await openBucket();
    const { data } = await files.upload("user/report.json", bytes('{"a":"ñ"}'), { ...JSON_TYPE, cacheControl: "60" });
    expect(data).toMatchObject({ path: "user/report.json", fullPath: `${id}/user/report.json` });
    const response = await fetch(`${supabase.url}/storage/v1/object/${id}/user/report.json`, {
      headers: { authorization: `Bearer ${supabase.serviceKey}` },
    });
    expect(await response.text()).toBe('{"a":"ñ"}');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "cache-control": "max-age=60",
      etag: `"${createHash("md5").update('{"a":"ñ"}').digest("hex")}"`,
      "accept-ranges": "bytes",
      "x-robots-tag": "none",
    });
  });

  test("a key that exists is refused without upsert, and keeps its id with it", async () => {
    const { files } = await openBucket();
    const first = await files.upload("a.json", bytes("1"), JSON_TYPE);
    const refused = await files.upload("a.json", bytes("2"), JSON_TYPE);
    expect(toldBy(refused.error)).toEqual([400, "409", "KeyAlreadyExists", "The resource already exists"]);
    const before = (await files.info("a.json")).data;
    const second = await files.upload("a.json", bytes("3"), { ...JSON_TYPE, upsert: true });
    expect(second.data?.id).toBe(first.data!.id);
    const after = (await files.info("a.json")).data;
    expect(after?.version).not.toBe(before!.version);
    expect(await (await files.download("a.json")).data?.text()).toBe("3");
  });

  test("`upsert: false` is no mutex: uploads of one key at the same moment all succeed with one id", async () => {
    const { files } = await openBucket();
    const uploads = await Promise.all([1, 2, 3, 4, 5].map((n) => files.upload("lock", bytes(String(n)), JSON_TYPE)));
    expect(uploads.map(({ error }) => error)).toEqual([null, null, null, null, null]);
    expect(new Set(uploads.map(({ data }) => data?.id)).size).toBe(1);
  });

  test("update creates what is absent", async () => {
    const { files } = await openBucket();
    expect((await files.update("new.json", bytes("1"), JSON_TYPE)).error).toBeNull();
    expect((await files.exists("new.json")).data).toBe(true);
  });

  test("a Blob arrives as a form, with its metadata", async () => {
    const { files } = await openBucket({ allowedMimeTypes: ["application/json"] });
    const blob = new Blob(['{"b":1}\r\n\r\n--'], { type: "application/json" });
    expect((await files.upload("b.json", blob, { metadata: { run: 7 }, cacheControl: "30" })).error).toBeNull();
    expect((await files.info("b.json")).data).toMatchObject({
      contentType: "application/json",
      cacheControl: "max-age=30",
      metadata: { run: 7 },
      size: 13,
    });
    expect(await (await files.download("b.json")).data?.text()).toBe('{"b":1}\r\n\r\n--');
  });

  test("a missing bucket, a wrong type and too many bytes each have their code", async () => {
    const missing = await clientOf(supabase).storage.from("none").upload("a", bytes("1"), JSON_TYPE);
    expect(toldBy(missing.error)).toEqual([400, "404", "NoSuchBucket", "Bucket not found"]);
    const { files } = await openBucket({ allowedMimeTypes: ["text/plain"], fileSizeLimit: 4 });
    const plain = { contentType: "text/plain" };
    const big = await files.upload("a", bytes("12345"), plain);
    expect(toldBy(big.error)).toEqual([400, "413", "EntityTooLarge", "The object exceeded the maximum allowed size"]);
    // A text without a type is sent with a charset, and a list of types is read literally.
    const untyped = await files.upload("a", "1234");
    const told = "mime type text/plain;charset=UTF-8 is not supported";
    expect(toldBy(untyped.error)).toEqual([400, "415", "InvalidMimeType", told]);
    expect((await files.upload("a", bytes("1234"), plain)).error).toBeNull();
  });

  test("the project's own limit holds where the bucket has none", async () => {
    const { files } = await openBucket();
    supabase.limits.maxObjectBytes = 3;
    const { error } = await files.upload("a", bytes("1234"), JSON_TYPE);
    supabase.limits.maxObjectBytes = 52_428_800;
    expect(toldBy(error)[2]).toBe("EntityTooLarge");
  });

  test.each(["informe-año.json", "a\\b", "a#b", "a[1]", "{x}", "a%b", "日本"])("the key %p is refused", async (key) => {
    const { id } = await openBucket();
    const response = await fetch(`${supabase.url}/storage/v1/object/${id}/${encodeURIComponent(key)}`, {
      method: "POST",
      headers: { authorization: `Bearer ${supabase.serviceKey}`, "content-type": "application/json" },
      body: "{}",
    });
    expect(response.status).toBe(400);
    expect(await readJson(response)).toEqual({
      statusCode: "400",
      error: "InvalidKey",
      message: `Invalid key: ${key}`,
      code: "InvalidKey",
    });
  });

  test("`..` is resolved before the request leaves, and so writes outside its folder", async () => {
    const { files } = await openBucket();
    expect((await files.upload("user//../z.json", bytes("1"), JSON_TYPE)).error).toBeNull();
    expect((await files.list()).data?.map(({ name }) => name)).toEqual(["z.json"]);
  });
});

describe("list", () => {
  test("shows one level: folders with a null id, files with their metadata", async () => {
    const { files } = await openBucket();
    for (const key of ["u1/deep/a.json", "u1/b.json", "u1/c.json", "u2/d.json", "root.json"]) {
      await files.upload(key, bytes(key), JSON_TYPE);
    }
    const root = (await files.list()).data!;
    expect(root.map(({ name, id }) => [name, id === null])).toEqual([
      ["root.json", false],
      ["u1", true],
      ["u2", true],
    ]);
    expect(root[1]).toEqual({
      name: "u1",
      id: null,
      updated_at: null,
      created_at: null,
      last_accessed_at: null,
      metadata: null,
    } as never);
    const folder = (await files.list("u1", { sortBy: { column: "name", order: "desc" } })).data!;
    expect(folder.map(({ name }) => name)).toEqual(["deep", "c.json", "b.json"]);
    expect(folder[2]?.metadata).toMatchObject({
      eTag: `"${createHash("md5").update("u1/b.json").digest("hex")}"`,
      size: 9,
      contentLength: 9,
      mimetype: "application/json",
      cacheControl: "max-age=3600",
      httpStatusCode: 200,
    });
    expect((await files.list("u1", { search: "c" })).data?.map(({ name }) => name)).toEqual(["c.json"]);
    expect((await files.list("u_")).data).toEqual([]);
  });

  test("gives 100 at most unless told otherwise, and goes on at an offset", async () => {
    const { id, files } = await openBucket();
    await supabase.sql`insert into storage.objects (bucket_id, name, version)
      select ${id}, 'f/' || lpad(n::text, 3, '0'), n::text from generate_series(1, 130) n`;
    expect((await files.list("f")).data?.length).toBe(100);
    const rest = (await files.list("f", { offset: 100, limit: 100 })).data!;
    expect([rest.length, rest[0]?.name]).toEqual([30, "101"]);
  });

  test("a missing bucket or folder is an empty list; a bad column is refused", async () => {
    const { files } = await openBucket();
    expect((await clientOf(supabase).storage.from("none").list()).data).toEqual([]);
    expect((await files.list("none")).data).toEqual([]);
    const { error } = await files.list("", { sortBy: { column: "size", order: "asc" } });
    expect(toldBy(error).slice(0, 3)).toEqual([400, "400", "InvalidRequest"]);
  });
});

describe("reading and moving", () => {
  test("a missing key is 404 in the body; exists gives false and the error", async () => {
    const { files } = await openBucket();
    expect(toldBy((await files.info("none")).error)).toEqual([400, "404", "NoSuchKey", "Object not found"]);
    const { data, error } = await files.exists("none");
    expect([data, toldBy(error)[2]]).toEqual([false, "NoSuchKey"]);
    const download = await files.download("none");
    expect(download.error).not.toBeNull();
  });

  test("ranges give 206, a known etag 304, an impossible range 416", async () => {
    const { id, files } = await openBucket();
    await files.upload("a", bytes("0123456789"), JSON_TYPE);
    const get = (headers: Record<string, string>) =>
      fetch(`${supabase.url}/storage/v1/object/authenticated/${id}/a`, {
        headers: { authorization: `Bearer ${supabase.serviceKey}`, ...headers },
      });
    const part = await get({ range: "bytes=2-4" });
    expect([part.status, await part.text(), part.headers.get("content-range")]).toEqual([206, "234", "bytes 2-4/10"]);
    const whole = await get({});
    expect((await get({ "if-none-match": whole.headers.get("etag")! })).status).toBe(304);
    expect((await get({ range: "bytes=20-30" })).status).toBe(416);
  });

  test("remove tells what it removed, and is silent about what is not there", async () => {
    const { id, files } = await openBucket();
    await files.upload("a", bytes("1"), JSON_TYPE);
    const { data } = await files.remove(["a", "none"]);
    expect(data?.map((row) => [row.name, row.bucket_id])).toEqual([["a", id]]);
    expect((await files.remove(["a"])).data).toEqual([]);
    expect((await clientOf(supabase).storage.from("none").remove(["a"])).data).toEqual([]);
    expect(toldBy((await files.remove([])).error)).toEqual([
      400,
      "400",
      "InvalidRequest",
      "body/prefixes must NOT have fewer than 1 items",
    ]);
  });

  test("copy and move take the contents along, and refuse a key that is taken", async () => {
    const { id, files } = await openBucket();
    await files.upload("a", bytes("one"), JSON_TYPE);
    await files.upload("b", bytes("two"), JSON_TYPE);
    expect((await files.copy("a", "c")).data).toEqual({ path: `${id}/c` });
    expect(await (await files.download("c")).data?.text()).toBe("one");
    expect(toldBy((await files.copy("a", "b")).error).slice(1, 3)).toEqual(["409", "KeyAlreadyExists"]);
    expect(toldBy((await files.move("a", "b")).error).slice(1, 3)).toEqual(["409", "KeyAlreadyExists"]);
    expect((await files.move("a", "d")).data).toEqual({ message: "Successfully moved" });
    expect(await (await files.download("d")).data?.text()).toBe("one");
    expect((await files.exists("a")).data).toBe(false);
    expect(toldBy((await files.move("a", "e")).error).slice(1, 3)).toEqual(["404", "NoSuchKey"]);
  });

  test("a signed URL opens its object only, and only for its time", async () => {
    const { id, files } = await openBucket();
    await files.upload("a", bytes("one"), JSON_TYPE);
    await files.upload("b", bytes("two"), JSON_TYPE);
    const { data } = await files.createSignedUrl("a", 60);
    expect(await (await fetch(data!.signedUrl)).text()).toBe("one");
    const elsewhere = await fetch(data!.signedUrl.replace(`${id}/a?`, `${id}/b?`));
    expect([elsewhere.status, (await readJson(elsewhere)).code]).toEqual([400, "InvalidSignature"]);
    const old = await supabase.sign({ url: `${id}/a`, scope: "download", iat: 1, exp: 2 });
    const expired = await fetch(`${supabase.url}/storage/v1/object/sign/${id}/a?token=${old}`);
    expect(await readJson(expired)).toEqual({
      statusCode: "400",
      error: "InvalidJWT",
      message: '"exp" claim timestamp check failed',
      code: "InvalidJWT",
    });
    expect(toldBy((await files.createSignedUrl("none", 60)).error)[2]).toBe("NoSuchKey");
    const several = (await files.createSignedUrls(["a", "none"], 60)).data!;
    expect(several.map(({ error, signedUrl }) => [error !== null, signedUrl !== null])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  test("public URLs read public buckets; a private one does not exist for them", async () => {
    const open = await openBucket({ public: true });
    const closed = await openBucket();
    for (const { files } of [open, closed]) await files.upload("a", bytes("one"), JSON_TYPE);
    expect(await (await fetch(open.files.getPublicUrl("a").data.publicUrl)).text()).toBe("one");
    const refused = await fetch(closed.files.getPublicUrl("a").data.publicUrl);
    expect([refused.status, (await readJson(refused)).code]).toEqual([400, "NoSuchBucket"]);
  });
});
