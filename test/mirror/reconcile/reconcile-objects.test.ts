import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createClient } from "@supabase/supabase-js";
import type { Database } from "../../../src/db/index.ts";
import { sha256Hex } from "../../../src/kit/hash.ts";
import { ensureBucket } from "../../../src/mirror/objects/bucket.ts";
import { deliverUnit } from "../../../src/mirror/objects/deliver-unit.ts";
import { settleOwed } from "../../../src/mirror/outbox/owed.ts";
import { reconcile } from "../../../src/mirror/reconcile/reconcile.ts";
import { openSupabase as openClient, type Supabase } from "../../../src/mirror/remote/supabase.ts";
import type { ObjectStream } from "../../../src/mirror/stream.ts";
import { loadOwed } from "../owed-rows.ts";
import { openReconcileBench, type ReconcileBench, silentProgress } from "./harness.ts";

const NAMES = ["informe.md", "analisis.json"];
const BUCKET = "portfolio-files";
const PREFIX = "prueba/uno";

/** A local table of texts, one row for each file. */
const files = (db: Database): ObjectStream => ({
  kind: "objects",
  name: "files",
  table: "people",
  columns: { person: "text" },
  key: ["person"],
  owedBy: [{ table: "papers", columns: ["person", "name", "content"] }],
  writers: [],
  names: NAMES,
  path: ([person], name) => `${person}/${name}`,
  async load([person]) {
    const { rows } = await db.client.execute({
      sql: "select name, content from papers where person = ? order by name desc",
      args: [String(person)],
    });
    return rows.map(({ name, content }) => ({
      name: String(name),
      text: String(content),
      sha256: sha256Hex(String(content)),
      contentType: String(name).endsWith(".md") ? "text/markdown" : "application/json",
    }));
  },
});

let bench: ReconcileBench;
let stream: ObjectStream;
beforeAll(async () => {
  bench = await openReconcileBench({
    environment: { SUPABASE_BASE_PREFIX: PREFIX },
    tables: [
      "create table people (person text primary key)",
      "create table papers (person text, name text, content text, primary key (person, name))",
    ],
    streams: (db) => [files(db)],
  });
  stream = bench.parts.streams[0] as ObjectStream;
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  bench.project.faults.clear();
  for (const table of ["people", "papers", "outbox", "mirror_objects"]) await bench.local(`delete from ${table}`);
  const { error } = await storage().getBucket(BUCKET);
  if (!error) {
    await storage().emptyBucket(BUCKET);
    await storage().deleteBucket(BUCKET);
  }
});

/** Somebody else with the same key. */
const storage = () =>
  createClient(bench.project.url, bench.project.serviceKey, { auth: { persistSession: false } }).storage;
const bucket = () => storage().from(BUCKET);
const put = (path: string, text: string) =>
  bucket().upload(`${PREFIX}/${path}`, new TextEncoder().encode(text), {
    contentType: "text/markdown",
    upsert: true,
  });
const read = async (path: string): Promise<string | undefined> => {
  const { data } = await bucket().download(`${PREFIX}/${path}`);
  return data ? await data.text() : undefined;
};

async function people(...names: string[]): Promise<void> {
  for (const person of names) {
    await bench.local("insert into people values (?)", person);
    for (const name of NAMES)
      await bench.local("insert into papers values (?, ?, ?)", person, name, `${name} de ${person}: ñ€`);
  }
  await deliver();
}

/** As the drain does; returns the units. */
async function deliver(): Promise<string[]> {
  const { http, signal } = bench.run();
  const { settings, db, clock } = bench.parts;
  const supabase = (await openClient(settings, http, signal)) as Supabase;
  expect(await ensureBucket(supabase, settings)).toBeUndefined();
  const owed = await loadOwed(db.read, "files");
  for (const row of owed) {
    const { state } = await deliverUnit({ settings, db, clock, supabase, signal }, stream, row.key);
    expect(state).toBe("delivered");
    await db.write((tx) => settleOwed(tx, "files", [row]));
  }
  return owed.map(({ key }) => JSON.parse(key)[0]).sort();
}

const compare = (options = {}) => bench.compare(options, "files");

test("folders that are equal owe nothing, one request a unit", async () => {
  await people("ana", "bruno", "carla");
  bench.project.history.clear();
  expect(await compare()).toMatchObject({
    kind: "objects",
    complete: true,
    units: { done: 3, total: 3 },
    compared: 6,
    equal: 6,
    differing: 0,
    missing: 0,
    extra: 0,
    owed: 0,
  });
  // The bucket, three folders, and the list of folders.
  expect(bench.project.history.requests).toHaveLength(5);
  expect(await bench.owed("files")).toEqual([]);
});

test("objects that somebody changed, emptied or removed come back with their unit", async () => {
  await people("ana", "bruno", "carla", "dora");
  await put("ana/informe.md", "informe.md de ana: ñ₧");
  await put("bruno/analisis.json", "");
  await bucket().remove([`${PREFIX}/carla/informe.md`]);
  expect(await compare()).toMatchObject({ compared: 7, equal: 5, differing: 2, missing: 1, owed: 3, extra: 0 });
  expect(await deliver()).toEqual(["ana", "bruno", "carla"]);
  expect(await read("ana/informe.md")).toBe("informe.md de ana: ñ€");
  expect(await read("bruno/analisis.json")).toBe("analisis.json de bruno: ñ€");
  expect(await read("carla/informe.md")).toBe("informe.md de carla: ñ€");
  expect(await compare()).toMatchObject({ equal: 8, owed: 0 });
});

test("a bucket that is gone means that everything is", async () => {
  await people("ana", "bruno");
  await storage().emptyBucket(BUCKET);
  await storage().deleteBucket(BUCKET);
  expect(await compare()).toMatchObject({ complete: true, missing: 4, owed: 2, equal: 0 });
  expect(await deliver()).toEqual(["ana", "bruno"]);
  expect(await compare()).toMatchObject({ equal: 4, missing: 0 });
});

test("an older Storage says by a 404 alone that the bucket is gone", async () => {
  await people("ana");
  const { http, signal } = bench.run();
  const older: typeof http = {
    ...http,
    async call(peer, request) {
      if (!request.url.endsWith(`/bucket/${BUCKET}`)) return await http.call(peer, request);
      const text = '{"statusCode":"404","error":"Bucket not found","message":"Bucket not found"}';
      return { status: 400, headers: new Headers(), text, json: () => JSON.parse(text) };
    },
  };
  const options = { streams: ["files"], progress: silentProgress };
  const { streams } = await reconcile(bench.parts, bench.run(signal, older), options);
  expect(streams).toMatchObject([{ complete: true, missing: 2, owed: 1 }]);
});

test("a public bucket is told, and nothing of it compared", async () => {
  await people("ana");
  await storage().updateBucket(BUCKET, { public: true });
  expect(await compare()).toMatchObject({ complete: false, error: { code: "public_bucket" }, compared: 0, owed: 0 });
});

test("a dry run says the same and owes nothing", async () => {
  await people("ana", "bruno");
  await bucket().remove([`${PREFIX}/ana/informe.md`]);
  await put("zoe/informe.md", "x");
  expect(await compare({ dryRun: true, delete: true })).toMatchObject({ missing: 1, extra: 1, owed: 0, deleted: 0 });
  expect(await bench.owed("files")).toEqual([]);
});

test("units that are owed already are left alone", async () => {
  await people("ana", "bruno");
  await bench.local("update papers set content = 'otro' where person = 'ana'");
  const owed = await bench.owed("files");
  expect(await compare()).toMatchObject({ equal: 2, skippedBecauseOwed: 2, differing: 0, owed: 0 });
  expect(await bench.owed("files")).toEqual(owed);
});

test("extra objects of the stream's names are named, and stay", async () => {
  await people("ana");
  await put("zoe/informe.md", "x");
  await put("zoe/otra.md", "x");
  await put("otra-cosa/deep/informe.md", "x");
  await put("suelto.md", "x");
  await bench.local("delete from papers where person = 'ana' and name = 'informe.md'");
  await bench.local("delete from outbox");
  const report = await compare();
  expect(report).toMatchObject({ complete: true, equal: 1, extra: 2, deleted: 0, owed: 0 });
  expect(report.extraKeys.sort()).toEqual([`${PREFIX}/ana/informe.md`, `${PREFIX}/zoe/informe.md`]);
  expect(await bench.owed("files")).toEqual([]);
});

test("extra objects are deleted when that is asked for, and nobody else's", async () => {
  await people("ana", "bruno");
  // Removed by us, and put back by somebody.
  await bench.local("delete from papers where person = 'bruno'");
  await bench.local("delete from people where person = 'bruno'");
  await deliver();
  await put("bruno/informe.md", "x");
  await put("zoe/analisis.json", "x");
  await put("zoe/otra.md", "x");
  await bench.local("delete from papers where person = 'ana' and name = 'informe.md'");
  await bench.local("delete from outbox");
  expect(await compare({ delete: true })).toMatchObject({ extra: 3, deleted: 3, owed: 0 });
  expect(await deliver()).toEqual(["ana", "bruno", "zoe"]);
  for (const gone of ["bruno/informe.md", "zoe/analisis.json", "ana/informe.md"])
    expect(await read(gone)).toBeUndefined();
  expect(await read("zoe/otra.md")).toBe("x");
  expect(await read("ana/analisis.json")).toBe("analisis.json de ana: ñ€");
  expect(await compare()).toMatchObject({ equal: 1, extra: 0 });
});

test("more than a hundred units and entries are listed in pages", async () => {
  const sql = bench.project.sql;
  await people("ana");
  await sql`insert into storage.objects (bucket_id, name, metadata)
    select ${BUCKET}, ${PREFIX} || '/ajeno-' || i || '/informe.md', '{}'::jsonb from generate_series(1, 230) i`;
  await sql`insert into storage.objects (bucket_id, name, metadata)
    select ${BUCKET}, ${PREFIX} || '/ana/aaa-' || i || '.txt', '{}'::jsonb from generate_series(1, 150) i`;
  const report = await compare();
  expect(report).toMatchObject({ complete: true, equal: 2, missing: 0, extra: 230 });
  expect(report.extraKeys).toHaveLength(20);
});

test("a tag that is no md5 leaves the comparison to the size", async () => {
  await people("ana");
  await bench.project.sql`update storage.objects
    set metadata = metadata || '{"eTag": "\\"d41d8cd98f00b204e9800998ecf8427e-2\\""}'`;
  expect(await compare()).toMatchObject({ equal: 2 });
  await bench.project.sql`update storage.objects set metadata = metadata || '{"size": 3}'`;
  expect(await compare()).toMatchObject({ differing: 2 });
});

test("a unit whose key no path can hold is passed over", async () => {
  await people("ana");
  await bench.local("insert into people values ('../ana')");
  expect(await compare()).toMatchObject({
    complete: true,
    equal: 2,
    refused: 2,
    owed: 0,
    units: { done: 2, total: 2 },
  });
});

test.each(["503", "401-expired", "truncated-json"] as const)(
  "%s in the middle ends the run with how far it came",
  async (kind) => {
    await people("ana", "bruno", "carla");
    let lists = 0;
    bench.project.faults.during(({ path }) => path.startsWith("/object/list") && ++lists > 1, kind);
    const report = await reconcile(bench.parts, bench.run(), { progress: silentProgress });
    expect(report).toMatchObject({ complete: false, streams: [{ complete: false, units: { done: 1, total: 3 } }] });
    expect(report.streams[0]).toMatchObject({ equal: 2, missing: 0, owed: 0 });
    expect(await bench.owed("files")).toEqual([]);
  },
);

test("an aborted run stops between units", async () => {
  await people("ana", "bruno", "carla");
  const controller = new AbortController();
  const progress = { total() {}, advance: () => controller.abort() };
  const report = await reconcile(bench.parts, bench.run(controller.signal), { progress });
  expect(report.streams[0]).toMatchObject({ units: { done: 1, total: 3 }, error: { code: "aborted" } });
});

test("with uploads switched off nothing is asked", async () => {
  await people("ana");
  bench.project.history.clear();
  const parts = { ...bench.parts, settings: { ...bench.parts.settings, enableSupabaseUpload: false } };
  const report = await reconcile(parts, bench.run(), { progress: silentProgress });
  expect(report.streams[0]).toMatchObject({ complete: false, error: { code: "uploads_off" } });
  expect(bench.project.history.requests).toEqual([]);
});
