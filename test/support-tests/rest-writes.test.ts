import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { SupabaseClient } from "@supabase/supabase-js";
import { openRest, type RestBed } from "./rest-harness.ts";

type GenericTable = { Row: Record<string, unknown>; Insert: object; Update: object; Relationships: [] };
type GenericSchema = { Tables: Record<string, GenericTable>; Views: object; Functions: object };

let rest: RestBed;
let service: SupabaseClient;

beforeAll(async () => {
  rest = await openRest();
  service = rest.as("service_role");
});
beforeEach(async () => {
  await rest.sql`truncate prices, trades, numbers restart identity`;
});
afterAll(() => rest[Symbol.asyncDispose]());

const header = (name: string) => rest.last().headers.get(name);
const stored = () => rest.sql`select symbol, price::text, note from prices order by symbol`;
const post = (path: string, body: string, prefer = "") =>
  rest.fetch(path, { method: "POST", body, headers: { "content-type": "application/json", prefer } });

test("an insert answers 201 with nothing, or with the rows when asked", async () => {
  const plain = await service.from("prices").insert({ symbol: "YPF", price: 12.34 });
  expect([plain.status, plain.data, plain.error, header("content-range")]).toEqual([201, null, null, "*/*"]);
  const rows = await service
    .from("prices")
    .insert([{ symbol: "GGAL" }, { symbol: "PAMP" }], { count: "exact" })
    .select("id,symbol");
  expect([rows.status, rows.count, header("content-range"), header("preference-applied")]).toEqual([
    201,
    2,
    "*/2",
    "return=representation, count=exact",
  ]);
  expect(rows.data as unknown).toEqual([
    { id: 2, symbol: "GGAL" },
    { id: 3, symbol: "PAMP" },
  ]);
});

test("numbers keep every digit on their way in", async () => {
  const body = '[{"id": 9007199254740993, "symbol": "A", "price": 12345678.1234, "meta": {"n": 0.1}}]';
  await post("/prices", body);
  const [row] = await rest.sql`select id::text, price::text, meta::text from prices`;
  expect(row).toEqual({ id: "9007199254740993", price: "12345678.1234", meta: '{"n": 0.1}' });
});

test("an array of arrays' worth of types arrives", async () => {
  await service
    .from("prices")
    .insert({ symbol: "A", tags: ["x", "y,z"], meta: { a: [1, null] }, at: "2026-01-01T00:00:00Z" });
  const [row] = await rest.sql`select tags, meta, at from prices`;
  expect(row).toEqual({ tags: ["x", "y,z"], meta: { a: [1, null] }, at: new Date("2026-01-01T00:00:00Z") });
});

test("a key that a row lacks is NULL, or the default when asked", async () => {
  await service.from("prices").insert(
    [
      { symbol: "A", price: 1 },
      { id: 77, symbol: "B" },
    ] as object[],
    { defaultToNull: false },
  );
  expect(header("preference-applied")).toBe("missing=default");
  expect([...(await rest.sql`select id::int, symbol, price::text, note from prices order by symbol`)]).toEqual([
    { id: 1, symbol: "A", price: "1.0000", note: "none" },
    { id: 77, symbol: "B", price: null, note: "none" },
  ]);
  await service.from("prices").insert([
    { id: 8, symbol: "C", note: "n" },
    { id: 9, symbol: "D" },
  ]);
  expect((await stored()).map(({ note }) => note)).toEqual(["none", "none", "n", null]);
});

test("empty objects are rows of defaults, an empty array is no row", async () => {
  await rest.sql`alter table prices alter symbol set default gen_random_uuid()::text`;
  expect((await post("/prices", "{}")).status).toBe(201);
  expect((await post("/prices", "[{},{}]")).status).toBe(201);
  expect((await post("/prices", "[]")).status).toBe(201);
  expect(await stored()).toHaveLength(3);
  await rest.sql`alter table prices alter symbol drop default`;
});

test("a merge answers 201 while any row is new and 200 when none is", async () => {
  const rows = [
    { tenant_id: "t", source_id: "1", amount: 1 },
    { tenant_id: "t", source_id: "2", amount: 2 },
  ];
  const merge = (list: object[]) =>
    service.from("trades").upsert(list, { onConflict: "tenant_id,source_id", count: "exact" });
  expect([(await merge(rows)).status, header("preference-applied")]).toEqual([
    201,
    "resolution=merge-duplicates, count=exact",
  ]);
  const again = await merge(rows.map((row) => ({ ...row, amount: 9 })));
  expect([again.status, again.count]).toEqual([200, 2]);
  expect((await merge([...rows, { tenant_id: "t", source_id: "3", amount: 3 }])).status).toBe(201);
  expect((await service.from("trades").upsert(rows)).status).toBe(200);
  const amounts = await rest.sql`select amount::int from trades order by source_id`;
  expect(amounts.map(({ amount }) => amount)).toEqual([1, 2, 3]);
});

test("a merge writes NULL over what a row of the batch leaves out", async () => {
  await service.from("prices").insert({ id: 1, symbol: "A", price: 5, note: "kept" });
  await service.from("prices").upsert([
    { id: 1, symbol: "A" },
    { id: 2, symbol: "B", price: 1 },
  ]);
  expect([...(await stored())]).toEqual([
    { symbol: "A", price: null, note: "kept" },
    { symbol: "B", price: "1.0000", note: "none" },
  ]);
});

test("ignored duplicates are neither changed nor counted nor returned", async () => {
  await service.from("numbers").insert({ n: 1 });
  const ignored = await service
    .from("numbers")
    .upsert([{ n: 1 }, { n: 2 }], { ignoreDuplicates: true, count: "exact" })
    .select();
  expect([ignored.status, ignored.count, ignored.data]).toEqual([201, 1, [{ n: 2 }]]);
});

test("10,000 rows fit into one request", async () => {
  const rows = Array.from({ length: 10_000 }, (_, n) => ({ n }));
  const { error, count } = await service.from("numbers").upsert(rows, { count: "exact" });
  expect([error, count]).toEqual([null, 10_000]);
});

test("an update counts what it changed, and zero rows is no error", async () => {
  await service.from("numbers").insert([{ n: 1 }, { n: 2 }, { n: 3 }]);
  const changed = await service.from("numbers").update({ n: 20 }, { count: "exact" }).eq("n", 2);
  expect([changed.status, changed.count, header("content-range")]).toEqual([204, 1, "0-0/1"]);
  const none = await service.from("numbers").update({ n: 5 }).eq("n", -1);
  expect([none.status, none.error, header("content-range")]).toEqual([204, null, "*/*"]);
  const shown = await service.from("numbers").update({ n: 30 }).eq("n", 3).select();
  expect([shown.status, shown.data]).toEqual([200, [{ n: 30 }]]);
  expect((await service.from("numbers").update({}).eq("n", 1)).status).toBe(204);
});

test("a delete counts too", async () => {
  await service.from("numbers").insert([{ n: 1 }, { n: 2 }, { n: 3 }]);
  const gone = await service.from("numbers").delete({ count: "exact" }).lt("n", 3);
  expect([gone.status, gone.count, header("content-range")]).toEqual([204, 2, "*/2"]);
  const shown = await service.from("numbers").delete().eq("n", 3).select();
  expect([shown.status, shown.data]).toEqual([200, [{ n: 3 }]]);
});

test("a write without any filter is refused, as on hosted projects", async () => {
  await service.from("numbers").insert({ n: 1 });
  const wiped = await service.from("numbers").delete();
  expect([wiped.status, wiped.error?.code, wiped.error?.message]).toEqual([
    400,
    "21000",
    "DELETE requires a WHERE clause",
  ]);
  expect((await service.from("numbers").update({ n: 2 })).error?.message).toBe("UPDATE requires a WHERE clause");
});

test("an insert whose answer is not a single row leaves nothing", async () => {
  const two = await service
    .from("numbers")
    .insert([{ n: 1 }, { n: 2 }])
    .select()
    .single();
  expect([two.status, two.error?.code]).toEqual([406, "PGRST116"]);
  expect([...(await rest.sql`select * from numbers`)]).toEqual([]);
});

test("more rows than max-affected leaves them as they were", async () => {
  await service.from("numbers").insert([{ n: 1 }, { n: 2 }]);
  // The method exists in types only for a schema that says which PostgREST it lies behind.
  type Versioned = { __InternalSupabase: { PostgrestVersion: "13" }; public: GenericSchema };
  const strict = service as unknown as SupabaseClient<Versioned>;
  const { status, error } = await strict.from("numbers").delete().gt("n", 0).maxAffected(1);
  expect([status, error?.code, error?.details]).toEqual([400, "PGRST124", "The query affects 2 rows"]);
  expect(await rest.sql`select * from numbers`).toHaveLength(2);
});

const FAULTS: [
  what: string,
  path: string,
  body: string,
  status: number,
  code: string,
  message: RegExp,
  details: RegExp | null,
][] = [
  ["duplicate key", "/numbers", '[{"n":1}]', 409, "23505", /duplicate key value/, /^Key \(n\)=\(1\) already exists\.$/],
  [
    "foreign key",
    "/trades",
    '{"tenant_id":"t","source_id":"1","price_id":404}',
    409,
    "23503",
    /foreign key/,
    /not present/,
  ],
  ["not null", "/prices", '{"price":1}', 400, "23502", /null value in column "symbol"/, /^Failing row contains/],
  ["check", "/prices", '{"symbol":"A","price":-1}', 400, "23514", /violates check constraint/, /^Failing row contains/],
  ["bad number", "/prices", '{"symbol":"A","price":"x"}', 400, "22P02", /invalid input syntax/, null],
  ["too long", "/prices", '{"symbol":"A","short":"long"}', 400, "22001", /value too long/, null],
  ["conflict target", "/numbers?on_conflict=x", '{"n":1}', 400, "42703", /column "x" does not exist/, null],
  ["conflict target without index", "/prices?on_conflict=note", '{"symbol":"A"}', 400, "42P10", /no unique/, null],
  ["same key twice", "/numbers", '[{"n":5},{"n":5}]', 500, "21000", /cannot affect row a second time/, null],
  [
    "unknown column",
    "/prices",
    '{"nope":1}',
    400,
    "PGRST204",
    /^Could not find the 'nope' column of 'prices' in the schema cache$/,
    null,
  ],
  ["unknown column in columns", "/prices?columns=%22nope%22", "[]", 400, "PGRST204", /'nope'/, null],
  ["uneven keys", "/numbers", '[{"n":5},{"m":5}]', 400, "PGRST102", /^All object keys must match$/, null],
  ["no JSON", "/numbers", "{n:1}", 400, "PGRST102", /^Empty or invalid json$/, null],
  ["no JSON under columns", "/numbers?columns=n", "{n:1}", 400, "22P02", /invalid input syntax for type json/, /./],
  ["no body", "/numbers", "", 400, "PGRST102", /^Empty or invalid json$/, null],
  ["numbers for rows", "/numbers", "[1]", 400, "PGRST102", /^Empty or invalid json$/, null],
  ["missing table", "/absent", "{}", 404, "PGRST205", /'public\.absent'/, null],
];

for (const [what, path, body, status, code, message, details] of FAULTS) {
  test(`a batch fails by its ${what}, and leaves nothing`, async () => {
    await rest.sql`insert into numbers values (1)`;
    const prefer = path.includes("on_conflict") || what === "same key twice" ? "resolution=merge-duplicates" : "";
    const response = await post(path, body, prefer);
    const answer = (await response.json()) as { code: string; message: string; details: string | null };
    expect([response.status, answer.code]).toEqual([status, code]);
    expect(answer.message).toMatch(message);
    if (details) expect(answer.details).toMatch(details);
    expect(response.headers.get("proxy-status")).toBe(`PostgREST; error=${code}`);
    expect(await rest.sql`select 1 from numbers union all select 1 from prices`).toHaveLength(1);
  });
}

test("strict handling refuses what it does not know", async () => {
  const response = await post("/numbers", '{"n":1}', "handling=strict, whatever=1");
  expect(await response.json()).toMatchObject({ code: "PGRST122", details: "Invalid preferences: whatever=1" });
  expect((await post("/numbers", '{"n":1}', "whatever=1")).status).toBe(201);
});

test("raised errors keep their code, detail and hint; PTxyz chooses the status", async () => {
  const raised = await service.rpc("refuse", { code: "P0001" });
  expect(raised.status).toBe(400);
  expect(raised.error).toMatchObject({ code: "P0001", message: "not today", details: "the detail", hint: "the hint" });
  const statuses = {
    PT418: 418,
    "40001": 500,
    "40P01": 500,
    "53300": 503,
    "57014": 500,
    "08006": 503,
    "22023": 400,
    XX000: 500,
  };
  for (const [code, status] of Object.entries(statuses)) {
    const answer = await service.rpc("refuse", { code });
    expect([code, answer.status, answer.error?.code]).toEqual([code, status, code]);
  }
});

test("reads cannot write, nor can functions that promise not to", async () => {
  const read = await service.rpc("remember", { s: "A" }, { get: true });
  expect([read.status, read.error?.code]).toEqual([405, "25006"]);
  expect((await service.rpc("remember", { s: "A" })).data).toBe(1);
  await rest.sql`create or replace function lie() returns void language plpgsql stable as
    $$ begin perform set_config('x.y', 'z', true); execute 'insert into numbers values (1)'; end $$`;
  expect((await service.rpc("lie")).error).not.toBeNull();
});

test("a changed table is seen by the next request", async () => {
  await rest.sql`alter table numbers add extra text`;
  expect((await service.from("numbers").insert({ n: 1, extra: "x" })).error).toBeNull();
  await rest.sql`alter table numbers drop extra`;
  expect((await service.from("numbers").insert({ n: 2, extra: "x" })).error?.code).toBe("PGRST204");
});
