import { afterAll, beforeAll, expect, test } from "bun:test";
import type { SupabaseClient } from "@supabase/supabase-js";
import fc from "fast-check";
import { openRest, type RestBed } from "./rest-harness.ts";

let rest: RestBed;
let service: SupabaseClient;

beforeAll(async () => {
  rest = await openRest();
  service = rest.as("service_role");
  await rest.sql`
    insert into prices (id, symbol, price, at, tags, meta) values
      (9007199254740993, 'YPF', 12.34, '2026-01-01T00:00:00-03', '{a,"b,c"}', '{"x": {"y": 5}, "list": [1, 2]}'),
      (2, 'GGAL', 5, '2026-02-01T00:00:00.120Z', null, '{"x": null}'),
      (3, 'a,b"c', null, null, '{a}', null),
      (4, 'Ñandú (x)', 7.5, null, null, '{"x": {"y": 6}}')`;
  await rest.sql`insert into numbers select generate_series(1, 2500)`;
});
afterAll(() => rest[Symbol.asyncDispose]());

const symbols = (data: unknown) => (data as { symbol: string }[]).map(({ symbol }) => symbol).sort();

test("numbers and times are spelled as Postgres spells them in JSON", async () => {
  const response = await rest.fetch("/prices?select=id,price,at&symbol=eq.YPF");
  expect(await response.text()).toBe('[{"id":9007199254740993,"price":12.3400,"at":"2026-01-01T03:00:00+00:00"}]');
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(response.headers.get("content-range")).toBe("0-0/*");
});

test("columns, aliases, casts and places in JSON are selected", async () => {
  const { data, error } = await service
    .from("prices")
    .select("ticker:symbol, price::text, meta->x->>y, deep:meta->x->y, second:meta->list->1")
    .eq("symbol", "YPF");
  expect(error).toBeNull();
  expect(data as unknown).toEqual([{ ticker: "YPF", price: "12.3400", y: "5", deep: 5, second: 2 }]);
});

type Query = ReturnType<ReturnType<SupabaseClient["from"]>["select"]>;

const FILTERS: [name: string, filter: (query: Query) => PromiseLike<unknown>, expected: string[]][] = [
  ["eq", (query) => query.eq("price", "5.0"), ["GGAL"]],
  ["neq", (query) => query.neq("symbol", "YPF"), ["GGAL", 'a,b"c', "Ñandú (x)"].sort()],
  ["gt and lte", (query) => query.gt("price", 5).lte("price", 7.5), ["Ñandú (x)"]],
  ["gte and lt", (query) => query.gte("at", "2026-01-01T03:00:00Z").lt("at", "2026-01-15"), ["YPF"]],
  ["like", (query) => query.like("symbol", "G%"), ["GGAL"]],
  ["ilike with an accent", (query) => query.ilike("symbol", "ñANDÚ*"), ["Ñandú (x)"]],
  ["is null", (query) => query.is("price", null), ['a,b"c']],
  ["not is null", (query) => query.not("at", "is", null), ["GGAL", "YPF"]],
  ["in, quoted", (query) => query.filter("symbol", "in", '("a,b\\"c","Ñandú (x)",none)'), ['a,b"c', "Ñandú (x)"]],
  ["in, as the client quotes", (query) => query.in("symbol", ["Ñandú (x)", "none"]), ["Ñandú (x)"]],
  ["in, with a quote that the client does not escape", (query) => query.in("symbol", ['a,b"c']), []],
  ["in, of numbers", (query) => query.in("id", ["2", "9007199254740993"]), ["GGAL", "YPF"]],
  ["in, empty", (query) => query.in("id", []), []],
  ["not in", (query) => query.not("id", "in", "(2,3)"), ["YPF", "Ñandú (x)"]],
  ["or", (query) => query.or("symbol.eq.GGAL,price.is.null"), ["GGAL", 'a,b"c']],
  [
    "or, nested",
    (query) => query.or("and(price.gt.5,not.or(symbol.eq.YPF,id.in.(2,3))),id.eq.2"),
    ["GGAL", "Ñandú (x)"],
  ],
  ["or, quoted", (query) => query.or('symbol.eq."Ñandú (x)",symbol.in.("a,b\\"c",x)'), ['a,b"c', "Ñandú (x)"]],
  ["json arrow", (query) => query.eq("meta->x->>y", "5"), ["YPF"]],
  ["json in", (query) => query.in("meta->x->>y", ["5", "6"]), ["YPF", "Ñandú (x)"]],
  ["contains", (query) => query.filter("tags", "cs", '{"b,c"}'), ["YPF"]],
  ["contains json", (query) => query.contains("meta", { x: { y: 6 } }), ["Ñandú (x)"]],
  ["overlaps", (query) => query.overlaps("tags", ["a", "z"]), ["YPF", 'a,b"c']],
];

for (const [name, filter, expected] of FILTERS) {
  test(`filters by ${name}`, async () => {
    const { data, error } = (await filter(service.from("prices").select("symbol"))) as {
      data: unknown;
      error: unknown;
    };
    expect(error).toBeNull();
    expect(symbols(data)).toEqual([...expected].sort());
  });
}

test("a value that looks like SQL stays a value", async () => {
  const nasty = `x' or true --"; drop table prices`;
  expect((await service.from("prices").select().eq("symbol", nasty)).data).toEqual([]);
  expect((await service.from("prices").select().in("symbol", [nasty])).data).toEqual([]);
  expect((await service.from("prices").select(`"${nasty.replaceAll('"', '\\"')}"`)).error?.code).toBe("42703");
  expect((await service.from("prices").select("symbol").order(`price"; --`)).status).toBe(400);
  expect((await service.from("prices").select()).data).toHaveLength(4);
});

test("any text and any number comes back as it went in, and is found by eq, or and in", async () => {
  const text = fc.string({ unit: "binary", minLength: 1 }).filter((value) => !value.includes("\0"));
  const quoted = (value: string) => `"${value.replace(/[\\"]/g, "\\$&")}"`;
  await fc.assert(
    fc.asyncProperty(text, fc.double({ noNaN: true, noDefaultInfinity: true }), async (symbol, number) => {
      const meta = { symbol, number: Object.is(number, -0) ? 0 : number };
      await service
        .from("prices")
        .upsert({ id: 99, symbol: `_${symbol}`, meta })
        .throwOnError();
      const table = () => service.from("prices").select("symbol,meta").eq("id", 99);
      const expected = [{ symbol: `_${symbol}`, meta }];
      const found = await Promise.all([
        table().eq("symbol", `_${symbol}`),
        table().or(`id.eq.-1,symbol.eq.${quoted(`_${symbol}`)}`),
        table().filter("symbol", "in", `(x,${quoted(`_${symbol}`)})`),
      ]);
      for (const { data, error } of found) expect([data as unknown, error]).toEqual([expected, null]);
    }),
    { numRuns: 60 },
  );
  await rest.sql`delete from prices where id = 99`;
});

test("orders, and takes a page", async () => {
  const { data } = await service
    .from("prices")
    .select("symbol")
    .order("price", { ascending: false, nullsFirst: false })
    .range(1, 2);
  expect(data).toEqual([{ symbol: "Ñandú (x)" }, { symbol: "GGAL" }]);
});

test("one answer has at most 1,000 rows, and the count says how many there are", async () => {
  const all = await service.from("numbers").select("n", { count: "exact" }).limit(5_000);
  expect([all.status, all.data?.length, all.count]).toEqual([206, 1_000, 2_500]);
  expect(rest.last().headers.get("content-range")).toBe("0-999/2500");
  const rpc = await service.rpc("upto", { n: 1_500 });
  expect(rpc.data).toHaveLength(1_000);
});

test("a count without rows comes by HEAD", async () => {
  const { count, data, status } = await service
    .from("numbers")
    .select("*", { count: "exact", head: true })
    .gt("n", 2_490);
  expect([count, data, status]).toEqual([10, null, 200]);
  expect(rest.last().headers.get("preference-applied")).toBe("count=exact");
});

test("an empty read has no range", async () => {
  const none = await service.from("numbers").select("n", { count: "exact" }).eq("n", -1);
  expect([none.status, none.count, rest.last().headers.get("content-range")]).toEqual([200, 0, "*/0"]);
  await service.from("numbers").select("n").limit(0);
  expect(rest.last().headers.get("content-range")).toBe("*/*");
});

test("a page behind the end is 416 when the rows are counted, else empty", async () => {
  const counted = await service.from("numbers").select("n", { count: "exact" }).range(3_000, 3_010);
  expect([counted.status, counted.error?.code]).toEqual([416, "PGRST103"]);
  expect(counted.error?.details).toBe("An offset of 3000 was requested, but there are only 2500 rows.");
  expect((await service.from("numbers").select("n").range(3_000, 3_010)).data).toEqual([]);
});

test("a planned count is the planner's", async () => {
  await rest.sql`analyze numbers`;
  const planned = await service.from("numbers").select("n", { count: "planned", head: true });
  const estimated = await service.from("numbers").select("n", { count: "estimated", head: true });
  expect([planned.count, estimated.count]).toEqual([2_500, 2_500]);
});

test("single needs exactly one row; maybeSingle takes none", async () => {
  const one = await service.from("numbers").select("n").eq("n", 1).single();
  expect(one.data).toEqual({ n: 1 });
  expect(rest.last().headers.get("content-type")).toBe("application/vnd.pgrst.object+json; charset=utf-8");
  const none = await service.from("numbers").select("n").eq("n", -1).single();
  expect([none.status, none.error?.code, none.error?.details]).toEqual([406, "PGRST116", "The result contains 0 rows"]);
  expect((await service.from("numbers").select("n").lt("n", 3).single()).error?.details).toBe(
    "The result contains 2 rows",
  );
  expect((await service.from("numbers").select("n").eq("n", -1).maybeSingle()).data).toBeNull();
});

test("reads views, and exposed schemas by profile", async () => {
  expect((await service.from("cheap").select("symbol").order("symbol")).data).toHaveLength(2);
  expect((await service.schema("other").from("things").select()).data).toEqual([]);
  expect(rest.last().headers.get("content-profile")).toBe("other");
  const hidden = await service.schema("auth").from("users").select();
  expect([hidden.status, hidden.error?.code, hidden.error?.message]).toEqual([406, "PGRST106", "Invalid schema: auth"]);
});

test("functions answer with a value, an object, rows or nothing", async () => {
  expect((await service.rpc("add", { a: 1 })).data).toBe(11);
  expect((await service.rpc("add", { a: 1, b: 2 }, { get: true })).data).toBe(3);
  expect((await service.rpc("prices_above", { minimum: 6 }).select("symbol").eq("symbol", "YPF")).data).toEqual([
    { symbol: "YPF" },
  ]);
  const nothing = await service.rpc("nothing");
  expect([nothing.status, nothing.data]).toEqual([204, null]);
  const missing = await service.rpc("add", { z: 1 });
  expect([missing.status, missing.error?.code]).toEqual([404, "PGRST202"]);
  expect(missing.error?.message).toBe("Could not find the function public.add(z) in the schema cache");
});

const MISTAKES: [what: string, path: string, status: number, code: string, message: RegExp][] = [
  ["missing table", "/absent", 404, "PGRST205", /^Could not find the table 'public\.absent' in the schema cache$/],
  ["unknown column of select", "/prices?select=nope", 400, "42703", /^column prices\.nope does not exist$/],
  ["unknown column of a filter", "/prices?nope=eq.1", 400, "42703", /does not exist$/],
  ["operator", "/prices?id=zz.1", 400, "PGRST100", /failed to parse filter/],
  ["bare value", "/prices?id=1", 400, "PGRST100", /failed to parse filter/],
  ["value of is", "/prices?id=is.maybe", 400, "PGRST100", /failed to parse filter/],
  ["list", "/prices?id=in.1,2", 400, "PGRST100", /failed to parse filter/],
  ["logic", "/prices?or=id.eq.1", 400, "PGRST100", /failed to parse logic tree/],
  ["order", "/prices?order=id.sideways", 400, "PGRST100", /failed to parse order/],
  ["limit", "/prices?limit=ten", 400, "PGRST100", /failed to parse limit/],
  ["bad number", "/prices?id=eq.x", 400, "22P02", /^invalid input syntax for type bigint: "x"$/],
  ["embed", "/prices?select=id,trades(*)", 400, "PGRST200", /between 'prices' and 'trades'/],
  ["filter on an embed", "/prices?trades.id=eq.1", 400, "PGRST108", /'trades' is not an embedded/],
  ["aggregate", "/prices?select=price.sum()", 400, "PGRST123", /aggregate/],
  ["deep path", "/prices/1", 404, "PGRST125", /Invalid path/],
  ["full text", "/prices?symbol=fts.x", 501, "DOUBLE", /does not support/],
  ["modified operator", "/prices?symbol=like(any).{a,b}", 501, "DOUBLE", /does not support/],
];

for (const [what, path, status, code, message] of MISTAKES) {
  test(`refuses a wrong ${what}`, async () => {
    const response = await rest.fetch(path);
    const body = (await response.json()) as { code: string; message: string };
    expect([response.status, body.code, response.headers.get("proxy-status")]).toEqual([
      status,
      code,
      `PostgREST; error=${code}`,
    ]);
    expect(body.message).toMatch(message);
    expect(Object.keys(body).sort()).toEqual(["code", "details", "hint", "message"]);
  });
}

test("other media types and methods are refused", async () => {
  expect((await rest.fetch("/prices", { headers: { accept: "text/csv" } })).status).toBe(406);
  expect((await rest.fetch("/prices?id=eq.1", { method: "PUT", body: "{}" })).status).toBe(501);
  const csv = { method: "POST", body: "a,b", headers: { "content-type": "text/csv" } };
  expect((await rest.fetch("/prices", csv)).status).toBe(415);
});

test("a count of a missing table looks like success to the client", async () => {
  const { error, count } = await service.from("absent").select("*", { count: "exact", head: true });
  expect([error, count]).toEqual([null, null]);
});
