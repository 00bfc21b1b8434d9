import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { sourceSnapshots, universeMembers } from "../../../src/db/schema/market.ts";
import { addDays } from "../../../src/kit/dates.ts";
import { VigiaError } from "../../../src/kit/errors.ts";
import { isSymbol } from "../../../src/market/symbol.ts";
import type { Constituent } from "../../../src/market/universe/constituents-csv.ts";
import { CRYPTO30 } from "../../../src/market/universe/crypto30.ts";
import { loadUniverse } from "../../../src/market/universe/load-universe.ts";
import { SP500_FALLBACK } from "../../../src/market/universe/sp500-fallback.ts";
import { updateUniverse } from "../../../src/market/universe/update-universe.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { hasShared, sharedPath } from "../../support/shared.ts";
import { csvOf, members, symbolsOf } from "./lists.ts";

let store: TestDatabase;
let folder: string;
beforeEach(async () => {
  store = await openTestDatabase();
  folder = mkdtempSync(join(tmpdir(), "vigia-universe-"));
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const give = (list: readonly Constituent[], asOf: string, force = false) =>
  updateUniverse(store.db, { csvText: csvOf(list), source: "import", asOf, now: new Date(`${asOf}T05:00:00Z`), force });
const sp500 = (asOf: string, from?: string) => loadUniverse({ db: store.db, folder: from }, "sp500", asOf);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof VigiaError) return thrown.code;
    throw thrown;
  }
  return "taken";
}

describe("P17: the coins", () => {
  test("are 30 pairs against the dollar, each once, first the largest", async () => {
    expect(CRYPTO30).toHaveLength(30);
    expect(new Set(CRYPTO30).size).toBe(30);
    expect(CRYPTO30.slice(0, 3)).toEqual(["BTC-USD", "ETH-USD", "BNB-USD"]);
    expect(CRYPTO30.at(-1)).toBe("MANA-USD");
    expect(CRYPTO30.every((symbol) => isSymbol(symbol) && symbol.endsWith("-USD"))).toBe(true);
  });

  test("come from the code whatever is stored or lies in the folder", async () => {
    await give(members(503), "2026-01-05");
    const universe = await loadUniverse({ db: store.db, folder }, "crypto30", "2026-01-10");
    expect(universe).toEqual({ symbols: CRYPTO30, source: "embedded", asOf: null });
  });
});

describe("P16: without a stored list", () => {
  test("the embedded one serves: 103 symbols in Yahoo's spelling, none twice", async () => {
    expect(await sp500("2026-01-10")).toEqual({ symbols: SP500_FALLBACK, source: "embedded", asOf: null });
    expect(SP500_FALLBACK).toHaveLength(103);
    expect(new Set(SP500_FALLBACK).size).toBe(103);
    expect(SP500_FALLBACK).toContain("BRK-B");
    expect(SP500_FALLBACK.every(isSymbol)).toBe(true);
  });

  test("a subfolder sp500 of the price folder names the members, in any case and depth", async () => {
    for (const path of ["SP500/aapl.csv", "more/sp500/deep/MSFT.csv", "sp500/AAPL.txt", "adr/YPF.csv", "sp500.csv"]) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), "");
    }
    expect(await sp500("2026-01-10", folder)).toEqual({ symbols: ["AAPL", "MSFT"], source: "folder", asOf: null });
  });

  test("a folder without such a subfolder leaves the embedded list, one that is gone is a fault", async () => {
    writeFileSync(join(folder, "AAPL.csv"), "");
    expect((await sp500("2026-01-10", folder)).source).toBe("embedded");
    expect(await codeOf(sp500("2026-01-10", join(folder, "none")))).toBe("bad_folder");
  });
});

describe("P16: a stored list", () => {
  test("wins over the folder, is sorted, and speaks of its own day", async () => {
    mkdirSync(join(folder, "sp500"));
    writeFileSync(join(folder, "sp500", "AAPL.csv"), "");
    await give(members(500).toReversed(), "2026-01-05");
    const universe = await sp500("2026-01-10", folder);
    expect(universe).toEqual({ symbols: symbolsOf(members(500)), source: "import", asOf: "2026-01-05" });
  });

  test("holds on each day what was known on it", async () => {
    await give(members(500), "2026-01-05");
    expect(await give(members(500, 11), "2026-02-02")).toMatchObject({ total: 500 });
    await give(members(500, 1), "2026-03-02");
    expect((await sp500("2026-01-04")).source).toBe("embedded");
    for (const [asOf, from, listed] of [
      ["2026-01-05", 1, "2026-01-05"],
      ["2026-02-01", 1, "2026-01-05"],
      ["2026-02-02", 11, "2026-02-02"],
      ["2026-03-01", 11, "2026-02-02"],
      ["2026-03-02", 1, "2026-03-02"],
      ["2030-01-01", 1, "2026-03-02"],
    ] as const)
      expect(await sp500(asOf)).toEqual({ symbols: symbolsOf(members(500, from)), source: "import", asOf: listed });
  });

  test("that brings nothing new moves only its date", async () => {
    await give(members(500), "2026-01-05");
    expect(await give(members(500), "2026-01-12")).toEqual({ added: [], removed: [], total: 500 });
    expect((await sp500("2026-01-12")).asOf).toBe("2026-01-12");
    expect(await store.db.read.$count(universeMembers, eq(universeMembers.validFrom, "2026-01-12"))).toBe(0);
  });

  test("takes over a company's new name and sector", async () => {
    await give(members(500), "2026-01-05");
    const [first, ...rest] = members(500);
    await give([{ ...first!, name: "Renamed", sector: null }, ...rest], "2026-01-12");
    const rows = await store.db.read.select().from(universeMembers).where(eq(universeMembers.symbol, "M001"));
    expect(rows).toEqual([
      { universe: "sp500", symbol: "M001", name: "Renamed", sector: null, validFrom: "2026-01-05", validTo: null },
    ]);
  });

  test("that is refused changes nothing at all", async () => {
    await give(members(500), "2026-01-05");
    const before = await store.db.read.select().from(universeMembers);
    expect(await codeOf(give(members(500, 100), "2026-01-12"))).toBe("universe_changed");
    expect(await codeOf(give(members(200), "2026-01-12"))).toBe("universe_size");
    expect(await codeOf(give([...members(500), ...members(1)], "2026-01-12"))).toBe("duplicate_members");
    expect(await store.db.read.select().from(universeMembers)).toEqual(before);
    expect(await store.db.read.$count(sourceSnapshots)).toBe(1);
    expect((await sp500("2026-01-12")).asOf).toBe("2026-01-05");
  });

  test("of an earlier day than the last is refused", async () => {
    await give(members(500), "2026-01-12");
    expect(await codeOf(give(members(500), "2026-01-11"))).toBe("older_list");
    expect(await codeOf(give(members(500), "2026-01-12"))).toBe("taken");
  });

  test("may take a member out and back in on one day", async () => {
    await give(members(500), "2026-01-05");
    await give(members(499, 2), "2026-01-12");
    await give(members(500), "2026-01-12");
    await give(members(499, 2), "2026-01-12");
    expect((await sp500("2026-01-12")).symbols).toEqual(symbolsOf(members(499, 2)));
    await give(members(500), "2026-01-12");
    expect((await sp500("2026-01-12")).symbols).toEqual(symbolsOf(members(500)));
  });

  test("over any sequence of lists each day reads back the list of that day", async () => {
    const step = fc.record({
      count: fc.integer({ min: 490, max: 520 }),
      from: fc.integer({ min: 1, max: 400 }),
      days: fc.integer({ min: 0, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        await using own = await openTestDatabase();
        const lists = new Map<string, string[]>();
        let asOf = "2026-01-05";
        for (const { count, from, days } of steps) {
          asOf = addDays(asOf, days);
          const list = members(count, from);
          const request = {
            csvText: csvOf(list),
            source: "constituents",
            asOf,
            now: new Date(0),
            force: true,
          } as const;
          await updateUniverse(own.db, request);
          lists.set(asOf, symbolsOf(list));
        }
        for (const [day, symbols] of lists)
          expect((await loadUniverse({ db: own.db, folder: undefined }, "sp500", day)).symbols).toEqual(symbols);
      }),
      { numRuns: 5 },
    );
  });
});

describe.skipIf(!hasShared)("P16: the real lists", () => {
  const read = (name: string) => Bun.file(sharedPath(`data/universe/${name}`)).text();

  test("503 symbols are taken; the one of two years later needs force", async () => {
    const giveFile = async (name: string, asOf: string, force = false) =>
      updateUniverse(store.db, { csvText: await read(name), source: "constituents", asOf, now: new Date(), force });
    expect(await giveFile("sp500.csv", "2024-03-05")).toMatchObject({ total: 503, removed: [] });
    expect(await codeOf(giveFile("sp500_2026-08.csv", "2026-08-08"))).toBe("universe_changed");
    const update = await giveFile("sp500_2026-08.csv", "2026-08-08", true);
    expect(update.added.length).toBe(update.removed.length);
    const then = await sp500("2024-03-08");
    expect([then.symbols.length, then.source, then.asOf]).toEqual([503, "constituents", "2024-03-05"]);
    expect((await sp500("2026-08-08")).symbols).toContain(update.added[0]!);
  });

  test("the shared prices name their stocks by their folder", async () => {
    const { symbols, source } = await sp500("2024-03-08", sharedPath("data/prices"));
    expect(source).toBe("folder");
    expect(symbols.length).toBeGreaterThan(200);
    expect(symbols).not.toContain("SPY");
  });
});
