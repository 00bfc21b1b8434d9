import { describe, expect, test } from "bun:test";
import { PriceError } from "../../../../src/market/price-error.ts";
import type { PriceProvider } from "../../../../src/market/provider.ts";
import { loadAlerts } from "../../../../src/systems/portfolio/store/alerts.ts";
import { loadAnalyses } from "../../../../src/systems/portfolio/store/analyses.ts";
import { loadResultsOfRun, loadResultsOfUser } from "../../../../src/systems/portfolio/store/results.ts";
import { loadScans } from "../../../../src/systems/portfolio/store/scans.ts";
import { type CycleBench, openCycleBench } from "./cycle-bench.ts";
import { leaping } from "./price-table.ts";
import {
  FRIDAY,
  MONDAY,
  MONDAY_EVENING,
  moveTo,
  openStage,
  STOCKS,
  snapshot,
  USER_1,
  USER_2,
  USER_3,
} from "./stage.ts";

/** Monday's bars for every stock and the index. */
function addMonday({ table }: CycleBench): void {
  for (const symbol of [...STOCKS, "^GSPC"]) {
    const bars = table.bars(symbol);
    const close = bars.at(-1)!.close;
    table.give(symbol, [...bars, { ...bars.at(-1)!, date: MONDAY, open: close, close, adjClose: close }]);
  }
}

describe("when something cannot be read", () => {
  test("the price source is down from the start: every user fails with their reason, nothing is written", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    bench.table.fail("*", "source_unavailable");
    const { result, users } = await bench.run();
    expect(result).toMatchObject({ outcome: "failed", errors: 1, unitsWritten: 0, logData: { success: false } });
    expect(users[USER_1]).toMatchObject({ state: "failed", filesChanged: 0 });
    expect(users[USER_1]!.problem).toContain("The price source did not answer");
    expect(await snapshot(bench, USER_1)).toEqual([]);
  });

  test("a-27: a source that stops answering for a new user's symbols leaves everybody's last files as they are", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    await bench.run();
    const before = await snapshot(bench, USER_1);
    bench.table.fail("*", "source_unavailable");
    await bench.user({ userId: USER_2, holds: { A: ["NEW"] } });
    moveTo(bench, "2024-03-08T22:20:00.000Z");
    const { result, users } = await bench.run();
    // What is stored still serves the first user, and is unchanged.
    expect(users[USER_1]).toMatchObject({ state: "ok", filesChanged: 0 });
    expect(users[USER_2]).toMatchObject({ state: "failed" });
    expect(result.outcome).toBe("partial");
    expect(await snapshot(bench, USER_1)).toEqual(before);
  });

  test("one symbol that the source cannot give now is a failed entry, not a failed user", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA", "BBB"] } });
    bench.table.fail("BBB", "source_unavailable");
    const { users } = await bench.run();
    expect(users[USER_1]).toMatchObject({ state: "ok", symbols: 2, failedSymbols: 1 });
    const { assets } = (await bench.json(USER_1)).portfolio;
    expect(assets.BBB).toEqual({ error: expect.stringContaining("BBB") });
    expect(assets.AAA.data_as_of).toBe(FRIDAY);
  });

  test("a-27, P03: users that cannot be read fail the run; nobody's files become the default list's", async () => {
    let broken = false;
    await using bench = await openStage({
      settings: { SVGA_DEFAULT_PORTFOLIO: "true" },
      people: (store) => ({
        ...store,
        async *pages(size) {
          for await (const page of store.pages(size)) {
            if (broken) throw new Error("disk I/O error");
            yield page;
          }
        },
      }),
    });
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    await bench.run();
    const before = await snapshot(bench, USER_1);
    addMonday(bench);
    moveTo(bench, MONDAY_EVENING);
    broken = true;
    await expect(bench.run()).rejects.toThrow("disk I/O error");
    expect(await snapshot(bench, USER_1)).toEqual(before);
    broken = false;
    expect((await bench.run()).users[USER_1]).toMatchObject({ state: "ok", filesChanged: 4 });
  });

  test("an aborted cycle rejects, and what it had not reached stays as it was", async () => {
    await using bench = await openStage();
    for (const userId of [USER_1, USER_2, USER_3]) await bench.user({ userId, holds: { A: ["AAA"] } });
    const context = await bench.context();
    const advance = context.progress.advance;
    context.progress.advance = (count, item) => {
      if (item === USER_1) context.controller.abort(new Error("stop"));
      advance(count, item);
    };
    await expect(bench.job.run(context)).rejects.toThrow("stop");
    expect([await snapshot(bench, USER_1), await snapshot(bench, USER_2)].map(({ length }) => length)).toEqual([4, 0]);
  });
});

test.each([
  ["yahoo", "a few times: the day's budget is kept", 5, 11],
  ["csv", "for each symbol: a file says nothing of the next", 300, 400],
] as const)("a source that fails (%s) is asked %s", async (source, _why, least, most) => {
  let asked = 0;
  const provider: PriceProvider = {
    source,
    fetchBars: ({ symbol }) => {
      asked++;
      return Promise.reject(new PriceError("source_unavailable", symbol, "no network", { retryable: true }));
    },
  };
  await using bench = await openCycleBench({ provider });
  await bench.universe(Array.from({ length: 300 }, (_, index) => `S${index}`));
  await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
  expect((await bench.run()).users[USER_1]).toMatchObject({ state: "failed" });
  expect(asked).toBeGreaterThanOrEqual(least);
  expect(asked).toBeLessThanOrEqual(most);
});

describe("a look back", () => {
  test("sees no bar of a session that was open then, in live mode neither", async () => {
    await using bench = await openStage({ now: "2024-03-12T17:00:00.000Z", settings: { SVGA_BAR_MODE: "live" } });
    addMonday(bench);
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    // At that day's end in UTC the next session is the one that would be open: Friday's, whose bar is there.
    await bench.run({ as_of: "2024-03-07" });
    expect((await bench.json(USER_1)).portfolio.assets.AAA).toMatchObject({
      data_as_of: "2024-03-07",
      partial_bar: false,
    });
  });

  test("to a date without any prices fails, and the last files stay", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    await bench.run();
    const before = await snapshot(bench, USER_1);
    const { users, result } = await bench.run({ as_of: "1995-01-03" });
    expect(result.outcome).toBe("failed");
    expect(users[USER_1]!.problem).toBe("No symbol of this user has prices of that date; the last files stay.");
    expect(await snapshot(bench, USER_1)).toEqual(before);
  });

  test("a mistyped parameter is refused instead of running over everybody", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    await expect(bench.run({ asof: FRIDAY })).rejects.toThrow("asof is no parameter of this job");
    expect(await snapshot(bench, USER_1)).toEqual([]);
  });
});

describe("P39: the bar of a session still open", () => {
  const IN_SESSION = "2024-03-11T17:00:00.000Z";

  test("is left out by default: signals are those of the last complete one", async () => {
    await using bench = await openStage({ now: IN_SESSION });
    addMonday(bench);
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    await bench.run();
    const { assets, data_quality } = (await bench.json(USER_1)).portfolio;
    expect(assets.AAA).toMatchObject({ data_as_of: FRIDAY, partial_bar: false });
    expect(data_quality.partial).toBe(0);
  });

  test("is judged in live mode, marked, and never kept as a complete one", async () => {
    await using bench = await openStage({ now: IN_SESSION, settings: { SVGA_BAR_MODE: "live" } });
    addMonday(bench);
    bench.table.give("AAA", leaping(bench.table.bars("AAA")));
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    await bench.run();
    const live = await bench.json(USER_1);
    expect(live.portfolio.assets.AAA).toMatchObject({ data_as_of: MONDAY, partial_bar: true });
    expect(live.portfolio.assets.AAA.signals.price_current).toBe(bench.table.bars("AAA").at(-1)!.close);
    expect(live.portfolio.data_quality.partial).toBe(1);
    expect(await bench.sql("select max(date) as newest from bars where symbol = 'AAA'")).toEqual([{ newest: FRIDAY }]);
    // The market's pair is of complete bars in both modes.
    expect(await bench.sql("select as_of from radar_scans where market = 'sp500'")).toEqual([{ as_of: FRIDAY }]);
    // Its price moves: so does the next cycle's.
    const bars = bench.table.bars("AAA");
    bench.table.give("AAA", leaping(bars, 1.01));
    moveTo(bench, "2024-03-11T17:15:00.000Z");
    expect((await bench.run()).users[USER_1]!.filesChanged).toBeGreaterThanOrEqual(2);
    moveTo(bench, MONDAY_EVENING);
    await bench.run();
    expect((await bench.json(USER_1)).portfolio.assets.AAA).toMatchObject({ data_as_of: MONDAY, partial_bar: false });
  });
});

describe("parameters of a run", () => {
  test("as_of looks back: only bars of then, dated by then, and newer prices stay stored", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    await bench.run();
    const bars = await bench.sql("select * from bars where symbol = 'AAA'");
    await bench.run({ as_of: "2024-02-29" });
    const { portfolio, metadata } = await bench.json(USER_1);
    expect(metadata.timestamp).toBe("2024-03-01T00:00:00.000Z");
    expect(portfolio.assets.AAA).toMatchObject({ data_as_of: "2024-02-29", stale: false });
    expect(portfolio.assets.AAA.signals.timestamp).toBe("2024-02-29 00:00:00");
    expect(portfolio.changes).toMatchObject({ first_report: true });
    const newest = await bench.sql("select as_of from radar_scans where market = 'sp500' order by as_of");
    expect(newest.map(({ as_of }) => as_of)).toEqual(["2024-02-29", FRIDAY]);
    expect(await bench.sql("select * from bars where symbol = 'AAA'")).toEqual(bars);
    // The next ordinary cycle brings the present back.
    await bench.run();
    expect((await bench.json(USER_1)).portfolio.assets.AAA.data_as_of).toBe(FRIDAY);
  });

  test("user serves one user alone", async () => {
    await using bench = await openStage();
    for (const userId of [USER_1, USER_2]) await bench.user({ userId, holds: { A: ["AAA"] } });
    const { users, result } = await bench.run({ user: USER_2 });
    expect(Object.keys(users)).toEqual([USER_2]);
    expect(result).toMatchObject({ outcome: "ok", logData: { users_processed: 1 } });
    expect(await snapshot(bench, USER_1)).toEqual([]);
    // Ids of people are uuids: their case says nothing.
    expect(Object.keys((await bench.run({ user: USER_2.toUpperCase() })).users)).toEqual([USER_2]);
  });

  test.each([
    [{ user: "nobody" }, /user names no active user/],
    [{ user: 5 }, /user names no active user/],
    [{ as_of: "2024-02-30" }, /as_of is not a date/],
    [{ as_of: "2024-03-09" }, /as_of lies after today/],
    [{ as_of: 20240308 }, /as_of is not a date/],
  ])("%j is refused and changes nothing", async (params, problem) => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    await expect(bench.run(params)).rejects.toThrow(problem);
    expect(await snapshot(bench, USER_1)).toEqual([]);
    expect(bench.table.asked).toEqual([]);
  });
});

describe("P38: history", () => {
  test("analyses, alerts, scans and results of two sessions, by user, symbol and date; an alert once a bar", async () => {
    await using bench = await openStage();
    const { read } = bench.store.db;
    for (const userId of [USER_1, USER_2]) await bench.user({ userId, holds: { A: ["AAA", "BBB"] } });
    bench.table.give("AAA", leaping(bench.table.bars("AAA")));
    const runs = [await bench.run()];
    moveTo(bench, "2024-03-08T22:20:00.000Z");
    runs.push(await bench.run());
    const told = await loadAlerts(read, { userId: USER_1 }, 10);
    expect(told.map(({ symbol, barDate, runId }) => [symbol, barDate, runId])).toEqual([
      ["AAA", FRIDAY, runs[0]!.runId],
    ]);
    addMonday(bench);
    bench.table.give("BBB", leaping(bench.table.bars("BBB"), 0.75));
    moveTo(bench, MONDAY_EVENING);
    runs.push(await bench.run());
    moveTo(bench, "2024-03-11T21:00:00.000Z");
    runs.push(await bench.run());

    const dates = async (filter: object) =>
      (await loadAlerts(read, { userId: USER_1, ...filter }, 10)).map(({ symbol, barDate }) => `${barDate} ${symbol}`);
    const all = await dates({});
    expect(all).toContain(`${FRIDAY} AAA`);
    expect(all).toContain(`${MONDAY} BBB`);
    expect(new Set(all).size).toBe(all.length);
    expect(await dates({ symbol: "AAA", to: FRIDAY })).toEqual([`${FRIDAY} AAA`]);
    expect(await dates({ from: MONDAY, symbol: "BBB" })).toEqual([`${MONDAY} BBB`]);
    expect(await loadAlerts(read, { userId: USER_3 }, 10)).toEqual([]);
    expect((await loadAlerts(read, { userId: USER_2 }, 10)).length).toBe(all.length);

    const analyses = await loadAnalyses(read, { symbol: "AAA", dataSource: "csv" }, 10);
    expect(analyses.map(({ asOf }) => asOf)).toEqual([MONDAY, FRIDAY]);
    const ranged = await loadAnalyses(read, { symbol: "AAA", to: FRIDAY, dataSource: "csv" }, 10);
    expect(ranged.map(({ asOf }) => asOf)).toEqual([FRIDAY]);
    const scans = await loadScans(read, { market: "sp500", profile: "v1", dataSource: "csv" }, 10);
    expect(scans.map(({ asOf }) => asOf)).toEqual([MONDAY, FRIDAY]);
    expect(await loadScans(read, { market: "sp500", profile: "v2", dataSource: "csv" }, 10)).toEqual([]);
    const results = await loadResultsOfUser(read, { userId: USER_1 }, 10);
    expect(results.map(({ runId, filesChanged }) => [runId, filesChanged])).toEqual(
      [4, 0, 4, 0].map((changed, index) => [runs[index]!.runId, changed]).reverse() as [number, number][],
    );
  });

  test("a corrected bar does not tell its signal again", async () => {
    await using bench = await openStage();
    await bench.user({ userId: USER_1, holds: { A: ["AAA"] } });
    bench.table.give("AAA", leaping(bench.table.bars("AAA")));
    const { runId } = await bench.run();
    bench.table.give("AAA", leaping(bench.table.bars("AAA"), 1.31));
    await bench.sql("delete from bars where symbol = 'AAA' and date = ?", FRIDAY);
    moveTo(bench, "2024-03-08T22:20:00.000Z");
    expect((await bench.run()).users[USER_1]!.filesChanged).toBeGreaterThan(0);
    const alerts = await loadAlerts(bench.store.db.read, { userId: USER_1 }, 10);
    expect(alerts.map(({ runId: by }) => by)).toEqual([runId]);
  });

  test("P36: the results of a run are found page by page, that of a user without id too", async () => {
    await using bench = await openStage();
    await bench.user({ userId: "", holds: { A: ["AAA"] } });
    for (const userId of [USER_1, USER_2]) await bench.user({ userId, holds: { A: ["AAA"] } });
    const { runId } = await bench.run();
    const { read } = bench.store.db;
    const first = await loadResultsOfRun(read, { runId }, 2);
    expect(first.map(({ userId, state }) => [userId, state])).toEqual([
      ["", "failed"],
      [USER_1, "ok"],
    ]);
    const rest = await loadResultsOfRun(read, { runId, after: USER_1 }, 2);
    expect(rest.map(({ userId }) => userId)).toEqual([USER_2]);
  });
});
