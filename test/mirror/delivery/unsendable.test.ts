import { expect, test } from "bun:test";
import { openMirrorBench, parents } from "./bench.ts";

test("a key or a text with a NUL is a letter, and never another row or a part of itself", async () => {
  await using bench = await openMirrorBench();
  await bench.run(
    "insert into parents values ('n' || char(0) || 'a', 'first', 1), ('n' || char(0) || 'b', 'second', 1)",
  );
  await bench.run("insert into parents values ('n', 'third', 1), ('text', 'a' || char(0) || 'b', 1)");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 }, filed: 3, left: 0 });
  expect(await bench.remote("parents")).toEqual([{ id: "n", name: "third", score: 1 }]);
  const letters = await bench.letters();
  expect(letters.map(({ code }) => code)).toEqual(["nul_in_text", "nul_in_text", "nul_in_text"]);
  expect(new Set(letters.map(({ payload }) => payload)).size).toBe(3);
  expect(letters[0]!.message).toMatch(/^id holds a NUL/);
  // What never was there needs no deletion, and takes nobody else's row with it.
  await bench.run("delete from parents where id <> 'n'");
  expect(await bench.drain()).toMatchObject({ left: 0, filed: 0 });
  expect(await bench.remote("parents")).toHaveLength(1);
});

test("a number that JSON cannot spell is a letter and no null; corrected, the row arrives", async () => {
  await using bench = await openMirrorBench();
  await bench.run("insert into parents values ('a', 'x', 9e999), ('b', 'x', -9e999), ('c', 'x', null)");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 }, filed: 2, left: 0 });
  expect(await bench.remote("parents")).toEqual([{ id: "c", name: "x", score: null }]);
  const letters = await bench.letters();
  expect(letters.map(({ code, payload }) => [code, JSON.parse(payload).score])).toEqual([
    ["not_finite", "Infinity"],
    ["not_finite", "-Infinity"],
  ]);
  await bench.run("update parents set score = 2 where id = 'a'");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 } });
  expect((await bench.letters()).map(({ state }) => state)).toEqual(["resolved", "open"]);
});

test("text that should be JSON and is none, and bytes in a text, are letters and stop nobody", async () => {
  const stream = { ...parents, columns: { id: "text", name: "json", score: "real" } as const };
  await using bench = await openMirrorBench({ streams: [stream] });
  await bench.supabase.sql.unsafe(
    "alter table parents drop constraint parents_name_check, alter column name type jsonb using to_jsonb(name)",
  );
  await bench.run("insert into parents values ('bad', '{oops', 1), ('bytes', x'00ff', 1), ('fine', '{\"a\":1}', 1)");
  expect(await bench.drain()).toMatchObject({ delivered: { parents: 1 }, filed: 2, left: 0 });
  expect((await bench.letters()).map(({ code }) => code)).toEqual(["bad_json", "not_text"]);
});
