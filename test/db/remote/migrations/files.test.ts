import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inSchema, readMigrations } from "../../../../src/db/remote/migrations/files.ts";
import { migrationFolder, SAMPLE } from "./folder.ts";

test("both ways of every file are read, in order", async () => {
  using folder = migrationFolder(SAMPLE);
  const files = await readMigrations(folder.path);
  expect(files.map(({ version, name, up }) => [version, name, up.inTransaction])).toEqual([
    ["0001", "initial", true],
    ["0002", "age", true],
    ["0003", "indexes", false],
    ["0004", "view", true],
  ]);
  expect(files[1]?.down?.text).toContain("drop column age");
});

test("line ends and a byte order mark change nothing of a checksum, a letter does", async () => {
  const checksumOf = async (text: string) => {
    using folder = migrationFolder({ "0001_a": [text] });
    return (await readMigrations(folder.path))[0]?.checksum;
  };
  const plain = await checksumOf("select 1;\nselect 2;\n");
  expect(await checksumOf("\ufeffselect 1;\r\nselect 2;\r\n")).toBe(plain!);
  expect(await checksumOf("select 1;\nselect 3;\n")).not.toBe(plain!);
});

test("a way back that holds only comments is none", async () => {
  using folder = migrationFolder({ "0001_a": ["select 1", "-- later\n/* ; */"] });
  expect((await readMigrations(folder.path))[0]?.down).toBeUndefined();
});

describe("a folder that cannot be right is refused", () => {
  const CASES: [string, Record<string, [string, string?]>, RegExp][] = [
    ["a number left out", { "0001_a": ["select 1"], "0003_c": ["select 1"] }, /MIG003.*0003_c.*0002/],
    ["a number twice", { "0001_a": ["select 1"], "0001_b": ["select 1"] }, /MIG003.*0001_b/],
    ["another kind of name", { "20260101_a": ["select 1"] }, /named like/],
    ["an end of the transaction inside", { "0001_a": ["select 1;\n  COMMIT;"] }, /0001_a\.sql line 2/],
    ["the same in a way back", { "0001_a": ["select 1", "rollback"] }, /down\/0001_a\.sql line 1/],
    ["an unended quote", { "0001_a": ["select 'x"] }, /line 1/],
  ];
  for (const [name, files, says] of CASES)
    test(name, async () => {
      using folder = migrationFolder(files);
      await expect(readMigrations(folder.path)).rejects.toThrow(says);
    });
});

test("a folder that is not there, or is empty, holds none; other files are left alone", async () => {
  using folder = migrationFolder();
  expect(await readMigrations(folder.path)).toEqual([]);
  writeFileSync(join(folder.path, "migrations", "README.md"), "hello");
  expect(await readMigrations(folder.path)).toEqual([]);
  expect(await readMigrations(join(folder.path, "nowhere"))).toEqual([]);
});

test("another schema takes the place of public, except where a file says that public is meant", () => {
  const sql = "create table public.a (); select format('x public.%I', t), 'public.b'::regclass; grant x to public;";
  expect(inSchema(sql, "vigia")).toBe(
    `create table "vigia".a (); select format('x "vigia".%I', t), '"vigia".b'::regclass; grant x to public;`,
  );
  expect(inSchema(sql, "public")).toBe(sql);
  expect(inSchema(`-- schema: public\n${sql}`, "vigia")).toContain("public.a");
  expect(inSchema("select notpublic.a, x.public.b", "vigia")).toBe("select notpublic.a, x.public.b");
});
