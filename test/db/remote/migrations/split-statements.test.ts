import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { splitStatements } from "../../../../src/db/remote/migrations/split-statements.ts";

const texts = (sql: string) => splitStatements(sql).map(({ text }) => text);

describe("a semicolon ends a statement, except", () => {
  const WHOLE: [string, string][] = [
    ["in a string", "select 'a;b', ';'"],
    ["after a doubled quote", "select 'it''s; still', 'x;'"],
    ["in an escape string", String.raw`select E'a\';b', e'\\;'`],
    ["after a backslash that escapes nothing", String.raw`select 'a;\' || 'b;'`.replace("|| 'b;'", "|| ';'")],
    ["in a quoted name", 'select 1 as "a;""b;"'],
    ["in a dollar quote", "do $$ begin perform 1; end $$"],
    [
      "in a tagged dollar quote that holds others",
      "create function f() returns text language sql as $fn$ select $$;$$; $fn$",
    ],
    ["in a comment", "select 1 -- ; not here\n + 2"],
    ["in a nested comment", "select 1 /* a; /* b; */ c; */ + 2"],
    ["in parentheses", "create rule r as on insert to t do also (delete from u; delete from v)"],
    [
      "in a body of begin atomic",
      "create function f() returns int language sql begin atomic select case when true then 1 end; select 2; end",
    ],
  ];
  for (const [where, sql] of WHOLE) test(where, () => expect(texts(`${sql}; select 2;`)).toEqual([sql, "select 2"]));

  test("a parameter, a dollar in a name and an e that is a name open no quote", () => {
    expect(texts("select $1; select a$b$c; select e; select date'x'")).toHaveLength(4);
  });
});

test("empty statements and comments are none, and lines are those of the file", () => {
  const sql = "-- first\n\n;;select 1;\n/* over\ntwo */ select\n  2 -- end\n;\n-- last";
  expect(splitStatements(sql)).toEqual([
    { text: "select 1", line: 3 },
    { text: "select\n  2 -- end", line: 5 },
  ]);
  expect(splitStatements(" -- nothing\n")).toEqual([]);
});

test("what never ends is refused with its line, fast", () => {
  for (const open of ["'abc", '"abc', "$$ abc", "$x$ abc $$", "/* abc", "/* /* */"])
    expect(() => splitStatements(`select 1;\n${open}`)).toThrow(/line 2/);
  expect(() => splitStatements(`${"'a' || ".repeat(50_000)}'`)).toThrow(/line 1/);
});

const word = fc.constantFrom("select", "x", "1", "e", "begin", "case", "from t", "a$b", "+", "\n", "é");
const noise = fc.stringMatching(/^[;a'"$\-/*\\ \n]{0,12}$/);
const quoted = fc.oneof(
  noise.map((inner) => `'${inner.replaceAll("'", "''")}'`),
  noise.map((inner) => `E'${inner.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
  noise.map((inner) => `"${inner.replaceAll('"', '""')}"`),
  noise.map((inner) => `$q$${inner}$q$`),
  noise.map((inner) => `/*${inner.replace(/[/*]/g, "")}*/`),
  noise.map((inner) => `--${inner.replaceAll("\n", "")}\n`),
);
const statement = fc
  .array(fc.oneof(word, quoted), { minLength: 1, maxLength: 8 })
  .map((pieces) => `select ${pieces.join(" ")}`);

test("whatever quotes and comments hold, joined statements come apart where they were joined", () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 6 }), (statements) => {
      expect(texts(statements.join("\n;"))).toEqual(statements.map((text) => text.trimEnd()));
    }),
  );
});
