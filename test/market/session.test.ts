import { describe, expect, test } from "bun:test";
import { firstSessionFrom, isBarComplete, lastCompleteDate, mondayOf } from "../../src/market/session.ts";
import { isSymbol, rulesFromSymbol } from "../../src/market/symbol.ts";

const newYork = { timezone: "America/New_York", kind: "equity" };
const crypto = { timezone: "UTC", kind: "crypto" };
const euro = { timezone: "Europe/London", kind: "currency" };
const buenosAires = { timezone: "America/Argentina/Buenos_Aires", kind: "equity" };
const unknown = { timezone: null, kind: null };

describe("lastCompleteDate", () => {
  const cases = [
    // 2024-03-08 is a Friday in winter time (UTC-5); two days later New York moves to UTC-4.
    { rules: newYork, now: "2024-03-08T20:59:59Z", date: "2024-03-07" },
    { rules: newYork, now: "2024-03-08T21:00:00Z", date: "2024-03-08" },
    { rules: newYork, now: "2024-03-10T12:00:00Z", date: "2024-03-08" },
    { rules: newYork, now: "2024-03-11T19:59:59Z", date: "2024-03-08" },
    { rules: newYork, now: "2024-03-11T20:00:00Z", date: "2024-03-11" },
    { rules: newYork, now: "2024-03-12T02:00:00Z", date: "2024-03-11" },
    { rules: buenosAires, now: "2024-03-08T19:30:00Z", date: "2024-03-07" },
    { rules: buenosAires, now: "2024-03-08T20:00:00Z", date: "2024-03-08" },
    { rules: crypto, now: "2024-03-10T23:59:59Z", date: "2024-03-09" },
    { rules: crypto, now: "2024-03-11T00:00:00Z", date: "2024-03-10" },
    { rules: euro, now: "2024-03-08T22:00:00Z", date: "2024-03-07" },
    { rules: euro, now: "2024-03-09T00:00:00Z", date: "2024-03-08" },
    { rules: unknown, now: "2024-03-08T21:00:00Z", date: "2024-03-08" },
  ];
  for (const { rules, now, date } of cases)
    test(`${rules.kind} in ${rules.timezone} at ${now}: ${date}`, () => {
      expect(lastCompleteDate(rules, new Date(now))).toBe(date);
      expect(isBarComplete(date, rules, new Date(now))).toBe(true);
    });

  test("a week is complete after its Friday, a crypto week after its Sunday", () => {
    expect(lastCompleteDate(newYork, new Date("2024-03-08T20:00:00Z"), "1wk")).toBe("2024-02-26");
    expect(lastCompleteDate(newYork, new Date("2024-03-08T21:00:00Z"), "1wk")).toBe("2024-03-04");
    expect(lastCompleteDate(crypto, new Date("2024-03-10T23:00:00Z"), "1wk")).toBe("2024-02-26");
    expect(lastCompleteDate(crypto, new Date("2024-03-11T00:00:00Z"), "1wk")).toBe("2024-03-04");
  });
});

test("today's bar is complete only when its session is over", () => {
  expect(isBarComplete("2024-03-08", newYork, new Date("2024-03-08T20:59:00Z"))).toBe(false);
  expect(isBarComplete("2024-03-09", newYork, new Date("2024-03-08T22:00:00Z"))).toBe(false);
});

test("the first session from a weekend is Monday's, for coins the day itself", () => {
  expect(firstSessionFrom("2024-03-09", newYork)).toBe("2024-03-11");
  expect(firstSessionFrom("2024-03-10", newYork)).toBe("2024-03-11");
  expect(firstSessionFrom("2024-03-08", newYork)).toBe("2024-03-08");
  expect(firstSessionFrom("2024-03-09", crypto)).toBe("2024-03-09");
  expect(firstSessionFrom("2024-03-05", newYork, "1wk")).toBe("2024-03-11");
  expect(firstSessionFrom("2024-03-04", newYork, "1wk")).toBe("2024-03-04");
});

test("the Monday of a Sunday is six days before", () => {
  expect(mondayOf("2024-03-10")).toBe("2024-03-04");
  expect(mondayOf("2024-03-04")).toBe("2024-03-04");
});

test("session rules are read off the symbol", () => {
  expect(rulesFromSymbol("BTC-USD")).toEqual({ kind: "crypto", timezone: "UTC" });
  expect(rulesFromSymbol("BRK-B").kind).toBe("equity");
  expect(rulesFromSymbol("YPFD.BA").timezone).toBe("America/Argentina/Buenos_Aires");
  expect(rulesFromSymbol("^GSPC").kind).toBe("index");
  expect(rulesFromSymbol("EURUSD=X").kind).toBe("currency");
});

test("a symbol holds no path and no lower case", () => {
  for (const symbol of ["YPF", "BRK-B", "YPFD.BA", "^GSPC", "GC=F", "1299.HK"]) expect(isSymbol(symbol)).toBe(true);
  for (const text of ["", "ypf", "../YPF", "A/B", "A\\B", "..", ".", "A B", "YPF\n", "A".repeat(21)])
    expect(isSymbol(text)).toBe(false);
});
