import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addDays } from "../../src/kit/dates.ts";
import { type Bar, type Bars, toBars } from "../../src/market/bars.ts";
import { createBarsCache, type DateRange } from "../../src/market/bars-cache.ts";

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

/** A table in memory that knows which ranges were read of it. */
function createTable(closes: number[]) {
  const table = {
    reads: [] as DateRange[],
    closes,
    /** What the table has, unnoticed. */
    bars({ from, to }: DateRange): Bars {
      const rows = table.closes.map((close, index) => bar(index, close));
      return toBars(rows.filter(({ date }) => date >= from && date <= to));
    },
    async read(range: DateRange): Promise<Bars> {
      table.reads.push(range);
      return table.bars(range);
    },
  };
  return table;
}

/** From the start of one day to the end of another, by their numbers. */
const span = (from: number, to: number): DateRange => ({ from: day(from), to: day(to) });

const closesOf = (bars: Bars): number[] => [...bars.close];

describe("bars in memory", () => {
  test("a range inside one that was read costs no further read", async () => {
    const table = createTable([1, 2, 3, 4, 5]);
    const cache = createBarsCache({ maxBytes: 10_000 });
    const load = (from: number, to: number) => cache.load(YPF, span(from, to), table.read);
    await load(0, 4);
    expect(closesOf(await load(1, 3))).toEqual([2, 3, 4]);
    expect((await load(1, 3)).date).toEqual([day(1), day(2), day(3)]);
    expect(table.reads).toHaveLength(1);
    await load(0, 5);
    expect(table.reads).toHaveLength(2);
  });

  test("ranges that take turns read the table once each, not each time", async () => {
    const table = createTable(Array.from({ length: 800 }, (_, index) => index));
    const cache = createBarsCache({ maxBytes: 1_000_000 });
    // A cycle asks for two years up to yesterday, a chart for a week up to today.
    const asked = [span(0, 740), span(735, 741)];
    for (let round = 0; round < 3; round++)
      for (const range of asked) expect(await cache.load(YPF, range, table.read)).toEqual(table.bars(range));
    expect(table.reads).toEqual([span(0, 740), span(0, 741)]);
  });

  test.each([
    ["far apart", span(0, 10), span(2_000, 2_010), span(2_000, 2_010)],
    ["three years together", span(0, 10), span(1_090, 1_098), span(0, 1_098)],
    ["a day more than that", span(0, 10), span(1_090, 1_099), span(1_090, 1_099)],
    ["a long one and another end", span(0, 5_000), span(4_900, 5_031), span(0, 5_031)],
    ["a long one and an end far off", span(0, 5_000), span(4_900, 5_032), span(4_900, 5_032)],
    ["a short one and all there is", span(4_900, 5_031), span(0, 5_000), span(0, 5_031)],
  ])("what is read beyond what is asked has its limit: %s", async (_, first, second, read) => {
    const table = createTable([1, 2, 3]);
    const cache = createBarsCache({ maxBytes: 10_000 });
    await cache.load(YPF, first, table.read);
    expect(await cache.load(YPF, second, table.read)).toEqual(table.bars(second));
    expect(table.reads).toEqual([first, read]);
  });

  test("a changed symbol is read as far as it is asked, no further", async () => {
    const table = createTable([1, 2, 3]);
    const cache = createBarsCache({ maxBytes: 10_000 });
    await cache.load(YPF, span(0, 1), table.read);
    cache.forget("YPF");
    await cache.load(YPF, span(1, 2), table.read);
    expect(table.reads).toEqual([span(0, 1), span(1, 2)]);
  });

  test("a changed symbol is read anew, another one is not", async () => {
    const table = createTable([1, 2]);
    const cache = createBarsCache({ maxBytes: 10_000 });
    const range = { from: day(0), to: day(1) };
    const other = { symbol: "GGAL", interval: "1d" } as const;
    await cache.load(YPF, range, table.read);
    await cache.load(other, range, table.read);
    table.closes = [7, 8];
    cache.forget("YPF");
    expect(closesOf(await cache.load(YPF, range, table.read))).toEqual([7, 8]);
    expect(closesOf(await cache.load(other, range, table.read))).toEqual([1, 2]);
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
    // Near and far ones, so that some are joined and some are not.
    const starts = fc.oneof(fc.nat(12), fc.integer({ min: -2_000, max: 2_000 }));
    const lengths = fc.oneof(fc.nat(12), fc.nat(3_000));
    const step = fc.oneof(
      fc.record({ kind: fc.constant("load" as const), from: starts, length: lengths }),
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
          const asked = span(one.from, one.from + one.length);
          expect(await cache.load(YPF, asked, table.read)).toEqual(table.bars(asked));
        }
      }),
    );
  });
});
