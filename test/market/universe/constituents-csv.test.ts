import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VigiaError } from "../../../src/kit/errors.ts";
import { isSymbol } from "../../../src/market/symbol.ts";
import { parseConstituents } from "../../../src/market/universe/constituents-csv.ts";
import { hasShared, sharedPath } from "../../support/shared.ts";
import { csvOf, members } from "./lists.ts";

function failureOf(text: string): VigiaError {
  try {
    parseConstituents(text);
  } catch (thrown) {
    if (thrown instanceof VigiaError) return thrown;
    throw thrown;
  }
  throw new Error("the list was taken");
}

test("P16: columns are found by their names, in any order and case, and others are ignored", () => {
  const apple = { symbol: "AAPL", name: "Apple Inc.", sector: "Information Technology" };
  for (const text of [
    "Symbol,Security,GICS Sector\nAAPL,Apple Inc.,Information Technology\n",
    "symbol,name,sector\nAAPL,Apple Inc.,Information Technology",
    "\uFEFFCIK,GICS SECTOR,SECURITY,SYMBOL\r\n320193,Information Technology,Apple Inc.,aapl\r\n\r\n",
    'Founded,Symbol,Security,Headquarters,GICS Sector\n1977, AAPL ,"Apple Inc.","Cupertino, California",Information Technology\n',
  ])
    expect(parseConstituents(text)).toEqual([apple]);
});

test("P16: dots of share classes become dashes; a missing name or sector stays missing", () => {
  expect(parseConstituents("Symbol\nBRK.B\nBF.B\n")).toEqual([
    { symbol: "BRK-B", name: null, sector: null },
    { symbol: "BF-B", name: null, sector: null },
  ]);
  expect(parseConstituents("Symbol,Name\nMMM,\n")).toEqual([{ symbol: "MMM", name: null, sector: null }]);
});

describe("P16: what is no whole list is refused, and the message says why", () => {
  const cases = [
    { what: "a web page", text: "<!doctype html><title>Maintenance</title>", code: "bad_header", says: "web page" },
    { what: "nothing", text: "", code: "bad_header", says: "is empty" },
    { what: "JSON", text: '{"message": "Not Found"}', code: "bad_csv", says: "" },
    { what: "another table", text: "Ticker,Price\nAAPL,180\n", code: "bad_header", says: "Ticker,Price" },
    {
      what: "a list cut off within its last line",
      text: csvOf(members(503)).slice(0, -12),
      code: "bad_csv",
      says: "line 504",
    },
    { what: "an open quote", text: 'Symbol,Name\nAAPL,"Apple', code: "bad_csv", says: "" },
    { what: "a path for a symbol", text: "Symbol\nAAPL\n../etc\n", code: "bad_symbol", says: "Member 2" },
    {
      what: "an empty symbol",
      text: "Symbol,Name\n,Apple\n",
      code: "bad_symbol",
      says: 'Member 1 of the list has the symbol ""',
    },
    { what: "a megabyte", text: `Symbol\n${"A\n".repeat(600_000)}`, code: "too_large", says: "1200007" },
  ];
  for (const { what, text, code, says } of cases)
    test(what, () => {
      const failure = failureOf(text);
      expect(failure.code).toBe(code);
      expect(failure.message).toContain(says);
      expect(failure.hint).toBeTruthy();
    });
});

test("any text gives members with valid symbols or one named fault", () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom("AAPL", "BRK.B", '"', ",", "\n", "Symbol", "Name"));
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 20 }), fc.boolean(), (cells, withHeader) => {
      const text = (withHeader ? "Symbol,Name\n" : "") + cells.join(",");
      try {
        for (const { symbol } of parseConstituents(text)) expect(isSymbol(symbol)).toBe(true);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(VigiaError);
      }
    }),
  );
});

test.skipIf(!hasShared)("P16: the real list has its 503 symbols, each once, in Yahoo's spelling", async () => {
  const text = await Bun.file(sharedPath("data/universe/sp500.csv")).text();
  const list = parseConstituents(text);
  expect(list).toHaveLength(text.trim().split("\n").length - 1);
  expect(new Set(list.map(({ symbol }) => symbol)).size).toBe(list.length);
  expect(list.find(({ symbol }) => symbol === "BRK-B")?.sector).toBe("Financials");
  expect(list.every(({ symbol, name, sector }) => isSymbol(symbol) && !symbol.includes(".") && name && sector)).toBe(
    true,
  );
});
