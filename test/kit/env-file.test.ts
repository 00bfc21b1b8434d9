import { describe, expect, test } from "bun:test";
import { parseEnvFile } from "../../src/kit/env-file.ts";

describe("env file", () => {
  test("comments, quotes, export, CRLF and BOM", () => {
    const { values, faults } = parseEnvFile(
      '\uFEFF# a comment\r\nA=1 # why\r\nB=a#b\r\nexport C=\'x ${A} # y\'\r\nD="two\\nlines \\"q\\""\r\n\r\nE=\r\n',
    );
    expect(faults).toEqual([]);
    expect(values).toEqual({ A: "1", B: "a#b", C: "x ${A} # y", D: 'two\nlines "q"', E: "" });
  });

  test("references are expanded from the file and from outside", () => {
    const { values, faults } = parseEnvFile('URL=postgres://${HOST}/x\nHOST=h1\nOUT="${HOME}/y"', { HOME: "/srv" });
    expect(faults).toEqual([]);
    expect(values).toEqual({ URL: "postgres://h1/x", HOST: "h1", OUT: "/srv/y" });
  });

  test("unresolved and cyclic references, bad lines and open quotes are faults with their line, without values", () => {
    const { values, faults } = parseEnvFile("A=${B}\nB=${A}\nC=${NOPE}\nnot a line secret1\nD='open secret2\nE=ok");
    expect(values).toEqual({ E: "ok" });
    expect(faults.map((fault) => fault.line).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(JSON.stringify(faults)).not.toContain("secret");
  });

  test("a name set twice is a warning and the last one counts", () => {
    const { values, warnings } = parseEnvFile("A=1\nA=2");
    expect(values).toEqual({ A: "2" });
    expect(warnings).toHaveLength(1);
  });
});

test("references that grow beyond any setting are a fault, and are found at once", () => {
  const doubled = Array.from({ length: 40 }, (_, index) => `V${index}=\${V${index + 1}}\${V${index + 1}}`);
  const { values, faults } = parseEnvFile([...doubled, "V40=12345678"].join("\n"));
  expect(values.V35).toHaveLength(8 * 2 ** 5);
  expect(values.V0).toBeUndefined();
  expect(faults[0]).toEqual({ line: 1, problem: "V0: its references make it longer than 32768 characters" });
});
