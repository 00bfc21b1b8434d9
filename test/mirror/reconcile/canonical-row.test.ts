import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalRow } from "../../../src/mirror/reconcile/canonical-row.ts";
import { parseInstant } from "../../../src/mirror/reconcile/instant.ts";
import { keyOfRemote } from "../../../src/mirror/reconcile/keys.ts";
import { openSupabase as openClient, type Supabase } from "../../../src/mirror/remote/supabase.ts";
import { upsertRows } from "../../../src/mirror/remote/tables.ts";
import { loadRows, type RemoteRow } from "../../../src/mirror/rows.ts";
import type { ColumnKind } from "../../../src/mirror/stream.ts";
import { openReconcileBench, type ReconcileBench, samples, things } from "./harness.ts";

const columns = Object.keys(things.columns);
const same = (left: RemoteRow, right: RemoteRow): boolean =>
  canonicalRow(things, left, columns) === canonicalRow(things, right, columns);

/** A value of each kind as SQLite stores it. */
const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((value) => !value.includes("\0"));
const instant = fc
  .date({ min: new Date("0001-01-02"), max: new Date("9999-12-30"), noInvalidDate: true })
  .map((date) => date.toISOString());
const safeJson = fc.jsonValue({ stringUnit: "grapheme", maxDepth: 4 }).filter((value) => !hasNul(value));
const hasNul = (value: unknown): boolean => JSON.stringify(value).includes("\\u0000");
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 6 });
const storedRow = fc.record({
  owner: text,
  code: text,
  day: instant.map((value) => value.slice(0, 10)),
  amount: orNull(fc.maxSafeInteger()),
  price: orNull(fc.double({ noNaN: true, noDefaultInfinity: true })),
  exact: orNull(fc.integer({ min: -1e9, max: 1e9 }).map((value) => value / 10_000)),
  seen: orNull(fc.constantFrom(0, 1)),
  seen_at: orNull(instant),
  document: orNull(safeJson.map((value) => JSON.stringify(value))),
});
type StoredRow = typeof storedRow extends fc.Arbitrary<infer Row> ? Row : never;

/** Another value of the column, which the other side tells apart from this one. */
const CHANGES: Record<string, (row: StoredRow) => StoredRow> = {
  amount: (row) => ({ ...row, amount: (row.amount ?? 0) > 0 ? row.amount! - 1 : (row.amount ?? 0) + 1 }),
  price: (row) => ({ ...row, price: row.price === null ? 0 : null }),
  exact: (row) => ({ ...row, exact: Math.round((row.exact ?? 0) * 10_000 + 1) / 10_000 }),
  seen: (row) => ({ ...row, seen: row.seen === 1 ? 0 : 1 }),
  seen_at: (row) => ({
    ...row,
    seen_at: new Date(Date.parse(row.seen_at ?? "2026-01-01T00:00:00.000Z") + 1).toISOString(),
  }),
  document: (row) => ({ ...row, document: JSON.stringify({ changed: row.document }) }),
};

let bench: ReconcileBench;
let supabase: Supabase;
beforeAll(async () => {
  bench = await openReconcileBench();
  const { http, signal } = bench.run();
  supabase = (await openClient(bench.parts.settings, http, signal)) as Supabase;
});
afterAll(() => bench[Symbol.asyncDispose]());

async function insert(row: StoredRow): Promise<string> {
  await bench.local("delete from things");
  const values = columns.map((name) => row[name as keyof StoredRow]);
  await bench.local(`insert into things values (${columns.map(() => "?").join(", ")})`, ...values);
  const [key] = await bench.db.read.all("select json_array(owner, code, day) as key from things");
  return (key as { key: string }).key;
}

test("a row that was written through PostgREST and read back is equal, and one changed value is not", async () => {
  await fc.assert(
    fc.asyncProperty(storedRow, fc.constantFrom(...Object.keys(CHANGES)), async (stored, column) => {
      const key = await insert(stored);
      const local = (await loadRows(bench.db.read, things, [key])).get(key)!;
      expect(await upsertRows(supabase, things, [local])).toBeUndefined();
      const { data } = await supabase.client.from("things").select(columns.join(",")).eq("code", stored.code);
      const remote = (data as unknown as RemoteRow[]).find((row) => row.owner === stored.owner)!;
      await bench.project.sql`truncate public.things`;
      expect(same(local, remote)).toBeTrue();
      expect(keyOfRemote(things, remote)).toBe(JSON.stringify(JSON.parse(key)));

      const changedKey = await insert(CHANGES[column]!(stored));
      const changed = (await loadRows(bench.db.read, things, [changedKey])).get(changedKey)!;
      expect(same(changed, remote)).toBeFalse();
    }),
    { numRuns: 150 },
  );
}, 60_000);

test.each([
  ["instant", "2026-03-02T12:00:00.120Z", "2026-03-02T12:00:00.12+00:00"],
  ["instant", "2026-03-02T12:00:00.000Z", "2026-03-02T09:00:00-03:00"],
  ["instant", "2026-03-02T12:00:00.123456", "2026-03-02 12:00:00.123456"],
  ["instant", "2026-03-02", "2026-03-02T00:00:00+00"],
  ["instant", "2026-03-02T12:00:00.9999999Z", "2026-03-02T12:00:01+00:00"],
  ["date", "2026-03-02T00:00:00.000Z", "2026-03-02"],
  ["real", -0, 0],
  ["real", Number.NaN, null],
  ["real", Number.NEGATIVE_INFINITY, null],
  ["real", "12.3400", 12.34],
  ["integer", 7, 7.0],
  ["json", { b: [1, { d: null, c: "ñ" }], a: 1e2 }, { a: 100, b: [1, { c: "ñ", d: null }] }],
  ["json", JSON.parse('{"__proto__": 1}'), JSON.parse('{ "__proto__":1.0 }')],
] satisfies [ColumnKind, unknown, unknown][])("%s %p equals %p", (kind, here, there) => {
  expect(canonicalRow(ofKind(kind), { value: here }, ["value"])).toBe(
    canonicalRow(ofKind(kind), { value: there }, ["value"]),
  );
});

test.each([
  ["instant", "2026-03-02T12:00:00.120Z", "2026-03-02T12:00:00.120001+00:00"],
  ["instant", "2026-03-02T12:00:00.120Z", "infinity"],
  ["instant", "2026-03-02T12:00:00.000Z", "2026-03-02T12:00:00-00:30"],
  ["real", 0.1, 0.10000000000000002],
  ["real", 0, null],
  ["real", null, "NaN"],
  ["integer", 9007199254740991, 9007199254740992],
  ["integer", null, 0],
  ["boolean", false, null],
  ["text", "", null],
  ["text", "null", null],
  ["text", "\u00e1", "a\u0301"],
  ["json", JSON.parse('{"__proto__": 1}'), {}],
  ["json", [], {}],
  ["json", { a: [1, 2] }, { a: [2, 1] }],
  ["json", { a: null }, {}],
  ["json", "1", 1],
] satisfies [ColumnKind, unknown, unknown][])("%s %p differs from %p", (kind, here, there) => {
  expect(canonicalRow(ofKind(kind), { value: here }, ["value"])).not.toBe(
    canonicalRow(ofKind(kind), { value: there }, ["value"]),
  );
});

test("values do not run into one another", () => {
  const stream = { ...samples, columns: { a: "text", b: "text" } } as const;
  const spell = (a: string, b: string) => canonicalRow(stream, { a, b }, ["a", "b"]);
  expect(spell('","', "")).not.toBe(spell("", '","'));
});

test("what is no instant of these years has no microseconds", () => {
  for (const word of ["", "infinity", "2026-13-01", "2026-03-02T25:00:00Z", "0044-03-15 BC", "12026-01-01", "now"])
    expect(parseInstant(word)).toBeUndefined();
});

const ofKind = (kind: ColumnKind) => ({ ...samples, columns: { value: kind } });
