import { describe, expect, test } from "bun:test";
import { VigiaError } from "../../../src/kit/errors.ts";
import { parseConstituents } from "../../../src/market/universe/constituents-csv.ts";
import { validateConstituents } from "../../../src/market/universe/validate-constituents.ts";
import { hasShared, sharedPath } from "../../support/shared.ts";
import { members, symbolsOf } from "./lists.ts";

const list = (count: number, from?: number) => symbolsOf(members(count, from));

function failureOf(check: () => unknown): VigiaError {
  try {
    check();
  } catch (thrown) {
    if (thrown instanceof VigiaError) return thrown;
    throw thrown;
  }
  throw new Error("the list was taken");
}

test("P16: 490 to 520 members are a list; one fewer or more is none", () => {
  for (const count of [490, 503, 520]) expect(validateConstituents(list(count), undefined).added).toHaveLength(count);
  for (const count of [0, 200, 489, 521]) {
    const { code, message } = failureOf(() => validateConstituents(list(count), undefined));
    expect([code, message]).toEqual([
      "universe_size",
      `The list has ${count} members, where an S&P 500 list has 490 to 520.`,
    ]);
  }
});

test("P16: a symbol that comes twice is named with the number of rows", () => {
  const { code, message } = failureOf(() => validateConstituents([...list(503), "M001", "M001", "M007"], undefined));
  expect([code, message]).toEqual(["duplicate_members", "The list names M001, M007 more than once (3 rows too many)."]);
});

describe("P16: against the list before", () => {
  test("nothing new is no change, whatever the order", () => {
    expect(validateConstituents(list(500).toReversed(), list(500))).toEqual({ added: [], removed: [] });
  });

  test("one company for another is one change: up to 5 % are taken", () => {
    const change = validateConstituents(list(500, 26), list(500));
    expect([change.added.length, change.removed.length]).toEqual([25, 25]);
    expect([change.added[0], change.removed[0]]).toEqual(["M501", "M001"]);
  });

  test("more than 5 % is refused with both counts, unless forced", () => {
    const { code, message } = failureOf(() => validateConstituents(list(500, 27), list(500)));
    expect(code).toBe("universe_changed");
    expect(message).toBe(
      "5.2 % of the list changed, where 5 % is plausible: 26 new (M501, M502, M503, M504, M505, M506, M507, M508, …), " +
        "26 gone (M001, M002, M003, M004, M005, M006, M007, M008, …), 500 before.",
    );
    expect(validateConstituents(list(500, 27), list(500), { force: true }).added).toHaveLength(26);
  });

  test("members that only left count as changes too", () => {
    expect(failureOf(() => validateConstituents(list(490), list(518))).message).toContain("28 gone");
    expect(validateConstituents(list(495), list(520)).removed).toHaveLength(25);
  });

  test("force takes no list of the wrong size and no duplicates", () => {
    expect(failureOf(() => validateConstituents(list(200), list(500), { force: true })).code).toBe("universe_size");
    const twice = [...list(500), "M001"];
    expect(failureOf(() => validateConstituents(twice, list(500), { force: true })).code).toBe("duplicate_members");
  });

  test("without a list before, any list of the right size is taken", () => {
    expect(validateConstituents(list(503), undefined).removed).toEqual([]);
    expect(validateConstituents(list(503), []).added).toHaveLength(503);
  });
});

test.skipIf(!hasShared)("P16: the real lists of 2024 and 2026 differ by more than 5 %", async () => {
  const read = async (name: string) =>
    symbolsOf(parseConstituents(await Bun.file(sharedPath(`data/universe/${name}`)).text()));
  const [then, later] = [await read("sp500.csv"), await read("sp500_2026-08.csv")];
  const gone = then.filter((symbol) => !later.includes(symbol)).length;
  const failure = failureOf(() => validateConstituents(later, then));
  expect(failure.code).toBe("universe_changed");
  expect(failure.message).toStartWith(`${((gone / then.length) * 100).toFixed(1)} % of the list changed`);
  expect(validateConstituents(later, then, { force: true }).removed).toHaveLength(gone);
});
