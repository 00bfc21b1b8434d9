import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addDays } from "../../src/kit/dates.ts";
import { type Bar, type Bars, toBars } from "../../src/market/bars.ts";
import { createBarsCache } from "../../src/market/bars-cache.ts";

const FIRST = "2024-01-01";
const day = (index: number): string => addDays(FIRST, index);
const bar = (index: number, close = index): Bar => ({
  date: day(index),
  open: close,
  high: close,
  low: close,
  close,
  adjClose: close,
  volume: close,
});
const YPF = { symbol: "YPF", interval: "1d" } as const;

/** A table in memory that counts how often it is read. */
function createTable(closes: number[]) {
  const table = {
    reads: 0,
    closes,
    read: (from: string, to: string) => async (): Promise<Bars> => {
      table.reads++;
      const rows = table.closes.map((close, index) => bar(index, close));
      return toBars(rows.filter(({ date }) => date >= from && date <= to));
    },
  };
  return table;
}

const closesOf = (bars: Bars): number[] => [...bars.close];

describe("bars in memory", () => {
  test("a range inside one that was read costs no further read", async () => {
    const table = createTable([1, 2, 3, 4, 5]);
    const cache = createBarsCache({ maxBytes: 10_000 });
    const load = (from: number, to: number) =>
      cache.load(YPF, { from: day(from), to: day(to) }, table.read(day(from), day(to)));
    await load(0, 4);
    expect(closesOf(await load(1, 3))).toEqual([2, 3, 4]);
    expect((await load(1, 3)).date).toEqual([day(1), day(2), day(3)]);
    expect(table.reads).toBe(1);
    await load(0, 5);
    expect(table.reads).toBe(2);
  });

  test("a changed symbol is read anew, another one is not", async () => {
    const table = createTable([1, 2]);
    const cache = createBarsCache({ maxBytes: 10_000 });
    const range = { from: day(0), to: day(1) };
    const other = { symbol: "GGAL", interval: "1d" } as const;
    await cache.load(YPF, range, table.read(range.from, range.to));
    await cache.load(other, range, table.read(range.from, range.to));
    table.closes = [7, 8];
    cache.forget("YPF");
    expect(closesOf(await cache.load(YPF, range, table.read(range.from, range.to)))).toEqual([7, 8]);
    expect(closesOf(await cache.load(other, range, table.read(range.from, range.to)))).toEqual([1, 2]);
  });

  test("bars that changed while they were read are not kept", async () => {
    const cache = createBarsCache({ maxBytes: 10_000 });
    const range = { from: day(0), to: day(1) };
    const old = await cache.load(YPF, range, async () => {
      cache.forget("YPF");
      return toBars([bar(0, 1)]);
    });
    expect(closesOf(old)).toEqual([1]);
    const fresh = await cache.load(YPF, range, async () => toBars([bar(0, 9)]));
    expect(closesOf(fresh)).toEqual([9]);
  });

  test("what was not read for longest goes first when the room is used up", async () => {
    const cache = createBarsCache({ maxBytes: 2 * 56 });
    const range = { from: day(0), to: day(0) };
    const reads: string[] = [];
    const load = (symbol: string) =>
      cache.load({ symbol, interval: "1d" }, range, async () => {
        reads.push(symbol);
        return toBars([bar(0)]);
      });
    for (const symbol of ["A", "B", "A", "C", "A", "B"]) await load(symbol);
    expect(reads).toEqual(["A", "B", "C", "B"]);
  });

  test("whatever is asked in whatever order, the answer is that of the table", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("load" as const), from: fc.nat(12), length: fc.nat(12) }),
      fc.record({ kind: fc.constant("change" as const), index: fc.nat(9), close: fc.nat(99) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(2_000), async (steps, maxBytes) => {
        const table = createTable([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        const cache = createBarsCache({ maxBytes });
        for (const one of steps) {
          if (one.kind === "change") {
            table.closes = table.closes.map((close, index) => (index === one.index ? one.close : close));
            cache.forget("YPF");
            continue;
          }
          const [from, to] = [day(one.from), day(one.from + one.length)];
          const answer = await cache.load(YPF, { from, to }, table.read(from, to));
          expect(answer).toEqual(await table.read(from, to)());
        }
      }),
    );
  });
});
