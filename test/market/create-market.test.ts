import { describe, expect, test } from "bun:test";
import { hours, minutes } from "../../src/kit/duration.ts";
import { PriceError } from "../../src/market/price-error.ts";
import { stairs } from "../support/market.ts";
import { createTestSource, openMarketBench, requestAt } from "./bench.ts";

/** A Friday after New York's close. */
const FRIDAY = "2024-03-08T23:00:00.000Z";
const MONDAY = "2024-03-11T23:00:00.000Z";
const DAY_MS = hours(24);

/** Weekday bars from 2024-01-01; the 50th is Friday 2024-03-08. */
async function openFilled() {
  const bench = await openMarketBench(FRIDAY);
  bench.source.bars.set("YPF", stairs("2024-01-01", 60));
  await bench.refresh();
  bench.source.requests.length = 0;
  return bench;
}

const asked = (bench: { source: { requests: { from: string; to: string }[] } }) =>
  bench.source.requests.map(({ from, to }) => `${from}..${to}`);

describe("what is asked for", () => {
  test("the first refresh reads all from the date wanted, and keeps what the source says of the symbol", async () => {
    await using bench = await openMarketBench(FRIDAY);
    bench.source.bars.set("YPF", stairs("2024-01-01", 60));
    expect(await bench.refresh()).toEqual({ added: 50, rewritten: false, warnings: [] });
    expect(asked(bench)).toEqual(["2024-01-01..2024-03-08"]);
    expect(await bench.market.instrument("YPF")).toMatchObject({
      ...{ symbol: "YPF", source: "yahoo", currency: "USD", timezone: "America/New_York", kind: "equity" },
      ...{ exchange: "TEST", lastBar: "2024-03-08", state: "active", problem: null },
    });
    expect(Object.keys(await bench.closes())).toHaveLength(50);
  });

  test("nothing, when every complete bar is stored: also after a restart, in the night and at the weekend", async () => {
    await using bench = await openFilled();
    for (const later of [0, hours(5), DAY_MS, 2 * DAY_MS, hours(60)]) {
      const now = new Date(Date.parse(FRIDAY) + later);
      expect(await bench.refresh("YPF", { now })).toMatchObject({ added: 0 });
    }
    expect(await bench.reopen().refresh("YPF", requestAt(bench.clock))).toMatchObject({ added: 0 });
    expect(asked(bench)).toEqual([]);
  });

  test("later, the last five bars and what came after them", async () => {
    await using bench = await openFilled();
    await bench.clock.advance(3 * DAY_MS);
    expect(await bench.refresh()).toEqual({ added: 1, rewritten: false, warnings: [] });
    expect(asked(bench)).toEqual(["2024-03-04..2024-03-11"]);
    expect(Object.keys(await bench.closes()).at(-1)).toBe("2024-03-11");
  });

  test("an older start: everything in one piece", async () => {
    await using bench = await openFilled();
    const older = stairs("2023-11-01", 103);
    bench.source.bars.set("YPF", older);
    expect(await bench.refresh("YPF", { from: "2023-11-01" })).toMatchObject({ added: 43, rewritten: false });
    expect(asked(bench)).toEqual(["2023-11-01..2024-03-08"]);
    expect(Object.keys(await bench.closes())[0]).toBe("2023-11-01");
  });

  test("no older start than the source has: as it says, or as its answer showed", async () => {
    await using bench = await openMarketBench(FRIDAY);
    bench.source.bars.set("YPF", stairs("2024-01-01", 60));
    bench.source.bars.set("NEW", stairs("2024-02-01", 40));
    bench.source.firstDate = "2024-01-01";
    await bench.refresh("YPF");
    bench.source.firstDate = null;
    await bench.refresh("NEW");
    bench.source.requests.length = 0;
    const market = bench.reopen();
    for (const symbol of ["YPF", "NEW"]) await market.refresh(symbol, requestAt(bench.clock, "2020-01-01"));
    expect(asked(bench)).toEqual([]);
  });

  test("a start on a weekend costs nothing, one on a holiday one call", async () => {
    await using bench = await openMarketBench(FRIDAY);
    bench.source.bars.set(
      "YPF",
      stairs("2024-01-01", 60).filter(({ date }) => date !== "2024-01-15"),
    );
    for (const from of ["2024-01-13", "2024-01-13"]) await bench.refresh("YPF", { from });
    const market = bench.reopen();
    for (let time = 0; time < 3; time++) await market.refresh("YPF", requestAt(bench.clock, "2024-01-13"));
    expect(asked(bench)).toEqual(["2024-01-13..2024-03-08", "2024-01-13..2024-03-08"]);
    await market.refresh("YPF", requestAt(bench.clock, "2024-01-20"));
    expect(bench.source.requests).toHaveLength(2);
  });

  test("on a holiday the source is asked again only after its time", async () => {
    await using bench = await openFilled();
    bench.source.recheckAfterMs = minutes(15);
    bench.source.bars.set("YPF", stairs("2024-01-01", 50));
    await bench.clock.advance(3 * DAY_MS);
    for (let time = 0; time < 3; time++) expect(await bench.refresh()).toMatchObject({ added: 0 });
    expect(bench.source.requests).toHaveLength(1);
    await bench.clock.advance(minutes(15));
    await bench.refresh();
    expect(bench.source.requests).toHaveLength(2);
    // The next session's end makes the earlier answer old at once.
    await bench.clock.advance(hours(21));
    bench.source.bars.set("YPF", stairs("2024-01-01", 52));
    expect(await bench.refresh()).toMatchObject({ added: 2 });
  });

  test("an answer from before the close does not stand after it", async () => {
    await using bench = await openFilled();
    bench.source.recheckAfterMs = minutes(15);
    bench.source.bars.set("YPF", stairs("2024-01-01", 50));
    // Tuesday 15:55 in New York, after a holiday on Monday.
    bench.clock.jump(Date.parse("2024-03-12T19:55:00Z") - Date.parse(FRIDAY));
    expect(await bench.refresh()).toMatchObject({ added: 0 });
    bench.source.bars.set("YPF", stairs("2024-01-01", 60));
    await bench.clock.advance(minutes(6));
    expect(await bench.refresh()).toMatchObject({ added: 2 });
  });

  test("a run that looks back takes no newer bars away", async () => {
    await using bench = await openFilled();
    bench.source.bars.set("YPF", stairs("2023-11-01", 103));
    await bench.refresh("YPF", { now: new Date("2024-02-01T23:00:00Z"), from: "2023-12-01" });
    expect(Object.keys(await bench.closes()).at(-1)).toBe("2024-03-08");
  });
});

describe("adjustments", () => {
  const change = (from: number, to: number, factor: number, what: "close" | "adjClose") =>
    stairs("2024-01-01", 60).map((bar, index) =>
      index >= from && index < to ? { ...bar, [what]: bar[what] * factor } : bar,
    );

  test("a dividend changes all adjusted closes: the series is read again", async () => {
    await using bench = await openFilled();
    bench.source.bars.set("YPF", change(0, 50, 0.98, "adjClose"));
    await bench.clock.advance(3 * DAY_MS);
    expect(await bench.refresh()).toMatchObject({ added: 1, rewritten: true });
    expect(asked(bench)).toEqual(["2024-03-04..2024-03-11", "2024-01-01..2024-03-11"]);
    const { adjClose, close } = await bench.market.load("YPF", "1d");
    expect(adjClose[0]! / close[0]!).toBeCloseTo(0.98, 12);
    expect(adjClose[50]).toBe(close[50]!);
  });

  test("so does a split, and a bar that the source took back", async () => {
    await using bench = await openFilled();
    bench.source.bars.set("YPF", change(0, 50, 0.5, "close"));
    await bench.clock.advance(3 * DAY_MS);
    expect(await bench.refresh()).toMatchObject({ rewritten: true });
    expect((await bench.closes())["2024-01-01"]).toBe(5);
    bench.source.bars.set(
      "YPF",
      bench.source.bars.get("YPF")!.filter(({ date }) => date !== "2024-03-07"),
    );
    await bench.clock.advance(DAY_MS);
    expect(await bench.refresh()).toMatchObject({ rewritten: true });
    expect(await bench.closes()).not.toHaveProperty("2024-03-07");
  });

  test("the newest bar may change freely", async () => {
    await using bench = await openFilled();
    bench.source.bars.set("YPF", change(49, 50, 1.1, "close"));
    await bench.clock.advance(3 * DAY_MS);
    expect(await bench.refresh()).toMatchObject({ added: 1, rewritten: false });
    expect((await bench.closes())["2024-03-08"]).toBeCloseTo(1.1 * 10.49, 10);
    expect(bench.source.requests).toHaveLength(1);
  });

  test("a single stored bar proves nothing: all is read again", async () => {
    await using bench = await openMarketBench(FRIDAY);
    bench.source.bars.set("YPF", stairs("2024-03-08", 1, 20));
    await bench.refresh();
    bench.source.bars.set("YPF", stairs("2024-03-07", 3, 10));
    await bench.clock.advance(3 * DAY_MS);
    await bench.refresh();
    expect(await bench.closes()).toEqual({ "2024-03-07": 10, "2024-03-08": 10.01, "2024-03-11": 10.02 });
  });

  test("rounding is no adjustment, a thousandth of a cent in ten is", async () => {
    await using bench = await openFilled();
    bench.source.bars.set("YPF", change(0, 50, 1 + 9e-7, "adjClose"));
    await bench.clock.advance(3 * DAY_MS);
    expect(await bench.refresh()).toMatchObject({ rewritten: false });
    bench.source.bars.set("YPF", change(0, 50, 1 + 4e-6, "adjClose"));
    await bench.clock.advance(DAY_MS);
    expect(await bench.refresh()).toMatchObject({ rewritten: true });
  });

  test("the history that is read again is as long as it was", async () => {
    await using bench = await openFilled();
    bench.source.bars.set("YPF", change(0, 50, 0.5, "close"));
    await bench.clock.advance(3 * DAY_MS);
    await bench.refresh("YPF", { from: "2024-02-15" });
    expect(Object.keys(await bench.closes())).toHaveLength(51);
  });
});

describe("failures", () => {
  test("stored bars stay, the problem is noted, and the next good answer clears it", async () => {
    await using bench = await openFilled();
    await bench.clock.advance(3 * DAY_MS);
    const before = await bench.closes();
    bench.source.before = () => {
      throw new PriceError("source_unavailable", "YPF", "The source is down.", { retryable: true });
    };
    await expect(bench.refresh()).rejects.toMatchObject({ code: "source_unavailable", retryable: true });
    expect(await bench.closes()).toEqual(before);
    expect(await bench.market.instrument("YPF")).toMatchObject({
      ...{ state: "error", problem: "The source is down.", lastBar: "2024-03-08", currency: "USD" },
    });
    bench.source.before = undefined;
    await bench.refresh();
    expect(await bench.market.instrument("YPF")).toMatchObject({ state: "active", problem: null });
  });

  test("a good answer without news clears the problem too, and otherwise writes nothing", async () => {
    await using bench = await openFilled();
    bench.source.bars.set("YPF", stairs("2024-01-01", 50));
    await bench.clock.advance(3 * DAY_MS);
    bench.source.before = () => {
      throw new PriceError("source_unavailable", "YPF", "Down.");
    };
    await expect(bench.refresh()).rejects.toThrow("Down.");
    bench.source.before = undefined;
    expect(await bench.refresh()).toMatchObject({ added: 0 });
    expect(await bench.market.instrument("YPF")).toMatchObject({ state: "active", problem: null });
    await bench.store.db.client.execute(
      "create trigger fail before update on instruments begin select raise(abort, 'written'); end",
    );
    expect(await bench.refresh()).toMatchObject({ added: 0 });
  });

  test("a failing second read of an adjusted series leaves the first as it was", async () => {
    await using bench = await openFilled();
    const before = await bench.closes();
    bench.source.bars.set("YPF", stairs("2024-01-01", 60, 99));
    await bench.clock.advance(3 * DAY_MS);
    bench.source.before = () => {
      if (bench.source.requests.length > 1) throw new PriceError("source_unavailable", "YPF", "Down.");
    };
    await expect(bench.refresh()).rejects.toMatchObject({ code: "source_unavailable" });
    expect(await bench.closes()).toEqual(before);
  });

  test("a write that fails in the middle leaves the old bars", async () => {
    await using bench = await openFilled();
    const before = await bench.closes();
    await bench.store.db.client.execute(
      "create trigger fail before insert on bars when new.date > '2024-02-20' begin select raise(abort, 'disk'); end",
    );
    bench.source.bars.set("YPF", stairs("2024-01-01", 60, 99));
    await bench.clock.advance(3 * DAY_MS);
    await expect(bench.refresh()).rejects.toThrow();
    expect(await bench.closes()).toEqual(before);
  });

  test("an aborted refresh notes no problem", async () => {
    await using bench = await openFilled();
    await bench.clock.advance(3 * DAY_MS);
    const controller = new AbortController();
    bench.source.before = () => controller.abort(new Error("stop"));
    await expect(bench.refresh("YPF", { signal: controller.signal })).rejects.toThrow("stop");
    expect(await bench.market.instrument("YPF")).toMatchObject({ state: "active" });
    expect(Object.keys(await bench.closes())).toHaveLength(50);
  });

  test("an unknown symbol is remembered for a day, across restarts", async () => {
    await using bench = await openMarketBench(FRIDAY);
    for (let time = 0; time < 3; time++)
      await expect(bench.refresh("NOSUCH")).rejects.toMatchObject({ code: "unknown_symbol" });
    await bench.clock.advance(DAY_MS - 1);
    await expect(bench.reopen().refresh("NOSUCH", requestAt(bench.clock))).rejects.toMatchObject({
      ...{ code: "unknown_symbol", message: "No NOSUCH." },
    });
    expect(bench.source.requests).toHaveLength(1);
    expect(await bench.market.instrument("NOSUCH")).toMatchObject({ state: "unknown" });
    await bench.clock.advance(1);
    bench.source.bars.set("NOSUCH", stairs("2024-01-01", 60));
    expect(await bench.refresh("NOSUCH")).toMatchObject({ added: 50 });
  });

  test("a local source is asked again at once: a file may have been added", async () => {
    await using bench = await openMarketBench(FRIDAY, { ...createTestSource("csv"), isLocal: true });
    await expect(bench.refresh("NOSUCH")).rejects.toMatchObject({ code: "unknown_symbol" });
    bench.source.bars.set("NOSUCH", stairs("2024-01-01", 60));
    expect(await bench.refresh("NOSUCH")).toMatchObject({ added: 50 });
  });

  test("a symbol that is taken from the list of the source keeps its bars", async () => {
    await using bench = await openFilled();
    bench.source.bars.clear();
    await bench.clock.advance(3 * DAY_MS);
    await expect(bench.refresh()).rejects.toMatchObject({ code: "unknown_symbol" });
    expect(Object.keys(await bench.closes())).toHaveLength(50);
  });
});

describe("a change of source", () => {
  async function openSwitched() {
    const bench = await openFilled();
    const other = createTestSource("csv");
    other.bars.set("YPF", stairs("2024-02-01", 30, 500));
    return { bench, other, market: bench.reopen(other) };
  }

  test("replaces every bar, and no old one is seen before", async () => {
    const { bench, market } = await openSwitched();
    await using _ = bench;
    expect((await market.load("YPF", "1d")).length).toBe(0);
    await market.refresh("YPF", requestAt(bench.clock));
    const { date, close } = await market.load("YPF", "1d");
    expect([date[0], close[0]]).toEqual(["2024-02-01", 500]);
    expect(await market.instrument("YPF")).toMatchObject({ source: "csv" });
    expect((await bench.market.load("YPF", "1d")).length).toBe(0);
  });

  test("leaves no bar of the old one behind, whatever its interval", async () => {
    const { bench, market } = await openSwitched();
    await using _ = bench;
    await bench.refresh("YPF", { interval: "1wk" });
    expect((await bench.market.load("YPF", "1wk")).length).toBeGreaterThan(0);
    await market.refresh("YPF", requestAt(bench.clock));
    expect((await market.load("YPF", "1wk")).length).toBe(0);
  });

  test("a failing new source leaves the old one's bars to the old one", async () => {
    const { bench, other, market } = await openSwitched();
    await using _ = bench;
    other.before = () => {
      throw new PriceError("bad_data", "YPF", "YPF.csv: the file is empty.");
    };
    await expect(market.refresh("YPF", requestAt(bench.clock))).rejects.toMatchObject({ code: "bad_data" });
    expect((await market.load("YPF", "1d")).length).toBe(0);
    expect((await bench.market.load("YPF", "1d")).length).toBe(50);
  });

  test("what one source does not know may be known to the other", async () => {
    const { bench, other, market } = await openSwitched();
    await using _ = bench;
    other.bars.clear();
    for (let time = 0; time < 2; time++)
      await expect(market.refresh("YPF", requestAt(bench.clock))).rejects.toMatchObject({ code: "unknown_symbol" });
    expect(other.requests).toHaveLength(1);
    expect(await bench.refresh()).toMatchObject({ added: 50 });
  });
});

describe("refreshes at the same time", () => {
  test("share one call", async () => {
    await using bench = await openMarketBench(FRIDAY);
    bench.source.bars.set("YPF", stairs("2024-01-01", 60));
    const answers = await Promise.all(Array.from({ length: 5 }, () => bench.refresh()));
    expect(new Set(answers.map(({ added }) => added))).toEqual(new Set([50]));
    expect(bench.source.requests).toHaveLength(1);
  });

  test("share a failure too", async () => {
    await using bench = await openMarketBench(FRIDAY);
    const answers = await Promise.allSettled([bench.refresh(), bench.refresh(), bench.refresh()]);
    expect(answers.every(({ status }) => status === "rejected")).toBe(true);
    expect(bench.source.requests).toHaveLength(1);
  });

  test("an older start waits for its turn and asks for itself", async () => {
    await using bench = await openMarketBench(FRIDAY);
    bench.source.bars.set("YPF", stairs("2024-01-01", 60));
    await Promise.all([bench.refresh("YPF", { from: "2024-02-01" }), bench.refresh("YPF", { from: "2024-01-01" })]);
    expect(asked(bench)).toEqual(["2024-02-01..2024-03-08", "2024-01-01..2024-03-08"]);
    expect(Object.keys(await bench.closes())).toHaveLength(50);
  });

  test("who waits is not harmed by the abort of who called first", async () => {
    await using bench = await openMarketBench(FRIDAY);
    bench.source.bars.set("YPF", stairs("2024-01-01", 60));
    const controller = new AbortController();
    bench.source.before = () => {
      if (bench.source.requests.length === 1) controller.abort(new Error("stop"));
    };
    const first = bench.refresh("YPF", { signal: controller.signal }).catch((thrown: Error) => thrown.message);
    const second = bench.refresh();
    expect(await first).toBe("stop");
    expect(await second).toMatchObject({ added: 50 });
  });

  test("different symbols do not wait for each other", async () => {
    await using bench = await openMarketBench(FRIDAY);
    bench.source.bars.set("YPF", stairs("2024-01-01", 60));
    bench.source.bars.set("PAM", stairs("2024-01-01", 60));
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.source.before = ({ symbol }) => (symbol === "YPF" ? promise : undefined);
    const waiting = bench.refresh("YPF");
    expect(await bench.refresh("PAM")).toMatchObject({ added: 50 });
    resolve();
    expect(await waiting).toMatchObject({ added: 50 });
  });
});

describe("load", () => {
  test("gives the range asked for, both ends included", async () => {
    await using bench = await openFilled();
    const { date, length } = await bench.market.load("YPF", "1d", { from: "2024-03-04", to: "2024-03-06" });
    expect(date).toEqual(["2024-03-04", "2024-03-05", "2024-03-06"]);
    expect(length).toBe(3);
    expect((await bench.market.load("NOSUCH", "1d")).length).toBe(0);
  });

  test("gives back each number to the last bit, beyond one statement's rows", async () => {
    await using bench = await openMarketBench(FRIDAY);
    const bars = stairs("2019-01-01", 1_300).map((bar, index) => ({
      ...bar,
      open: bar.open / 3,
      close: bar.close / 7,
      adjClose: bar.close / 11,
      volume: 9_007_199_254_740_991 - index,
    }));
    bench.source.bars.set("YPF", bars);
    await bench.refresh("YPF", { from: "2019-01-01" });
    const stored = await bench.market.load("YPF", "1d");
    expect(stored.length).toBe(1_300);
    for (const column of ["open", "high", "low", "close", "adjClose", "volume"] as const)
      expect([...stored[column]]).toEqual(bars.map((bar) => bar[column]));
  });

  test("shows no bar from beyond the clock, when the clock was set back", async () => {
    await using bench = await openFilled();
    bench.clock.jump(-10 * DAY_MS);
    expect((await bench.market.load("YPF", "1d")).date.at(-1)).toBe("2024-02-27");
  });

  test("keeps daily and weekly bars apart", async () => {
    await using bench = await openFilled();
    bench.source.bars.set(
      "YPF",
      stairs("2024-01-01", 60).filter(({ date }) => new Date(date).getUTCDay() === 1),
    );
    await bench.refresh("YPF", { interval: "1wk" });
    expect((await bench.market.load("YPF", "1wk")).length).toBe(10);
    expect((await bench.market.load("YPF", "1d")).length).toBe(50);
    expect(await bench.market.instrument("YPF")).toMatchObject({ lastBar: "2024-03-08" });
  });
});

test("the market offers the symbols that its source lists", async () => {
  await using bench = await openMarketBench(MONDAY);
  expect(await bench.market.symbols()).toEqual([]);
  bench.source.symbols = async () => ["YPF"];
  expect(await bench.market.symbols()).toEqual(["YPF"]);
  expect(bench.market.source).toBe("yahoo");
});
