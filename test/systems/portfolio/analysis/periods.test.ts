import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ANALYSIS_PERIODS } from "../../../../src/db/schema/portfolio.ts";
import { addDays } from "../../../../src/kit/dates.ts";
import { type Bar, type Bars, toBars } from "../../../../src/market/bars.ts";
import { computeWeeklyBars } from "../../../../src/market/weekly.ts";
import {
  choosePeriodUsed,
  isStale,
  selectWindow,
  windowStart,
} from "../../../../src/systems/portfolio/analysis/periods.ts";
import { hasShared, sharedPath } from "../../../support/shared.ts";
import { golden, readBars } from "./golden.ts";
import { rowsOf, seriesOf } from "./series.ts";

describe("windowStart", () => {
  test.each([
    ["2024-01-15", "1mo", "2023-12-15"],
    ["2024-03-31", "1mo", "2024-02-29"],
    ["2023-03-31", "1mo", "2023-02-28"],
    ["2024-05-31", "3mo", "2024-02-29"],
    ["2024-12-31", "6mo", "2024-06-30"],
    ["2024-02-29", "1y", "2023-02-28"],
    ["2024-02-29", "2y", "2022-02-28"],
    ["2025-02-28", "1y", "2024-02-28"],
    ["2024-12-01", "2y", "2022-12-01"],
  ] as const)("%s minus %s is %s: a day that the month lacks becomes its last one", (asOf, period, start) => {
    expect(windowStart(asOf, period)).toBe(start);
  });
});

describe("selectWindow", () => {
  const days = seriesOf({ from: "2021-12-20", count: 900 });

  test("a daily window is open at its start and closed at its end", () => {
    const window = selectWindow(days, { asOf: "2023-06-30", period: "1mo", interval: "1d" });
    expect([window.date[0], window.date.at(-1), window.length]).toEqual(["2023-05-31", "2023-06-30", 31]);
    expect(rowsOf(window)).toEqual(rowsOf(days).filter(({ date }) => date > "2023-05-30" && date <= "2023-06-30"));
  });

  test("a weekly window starts with the day itself: the first and the last week may be partial", () => {
    const window = selectWindow(days, { asOf: "2024-03-06", period: "2y", interval: "1wk" });
    // 2022-03-06 is a Sunday, 2024-03-06 a Wednesday.
    expect([window.date[0], window.date.at(-1)]).toEqual(["2022-02-28", "2024-03-04"]);
    expect(rowsOf(window)).toEqual(
      computeWeeklyBars(rowsOf(days).filter(({ date }) => date >= "2022-03-06" && date <= "2024-03-06")),
    );
  });

  test("weeks stay what they are", () => {
    for (const asOf of ["2024-03-04", "2024-03-06", "2024-03-10"]) {
      const weeks = selectWindow(days, { asOf, period: "2y", interval: "1wk" });
      expect(rowsOf(selectWindow(weeks, { asOf, period: "2y", interval: "1wk" }))).toEqual(rowsOf(weeks));
    }
  });

  test("a window before, after or around all bars is empty or the whole", () => {
    for (const interval of ["1d", "1wk"] as const) {
      expect(selectWindow(days, { asOf: "2020-01-01", period: "1y", interval }).length).toBe(0);
      expect(selectWindow(days, { asOf: "2030-01-01", period: "1y", interval }).length).toBe(0);
      expect(selectWindow(toBars([]), { asOf: "2024-01-01", period: "1y", interval }).length).toBe(0);
    }
    const young = seriesOf({ from: "2024-01-02", count: 30 });
    expect(selectWindow(young, { asOf: "2024-03-01", period: "1y", interval: "1d" }).length).toBe(30);
  });

  test("whatever the days: the same as filtering row by row, and no later day is seen", () => {
    const dates = fc.uniqueArray(fc.integer({ min: 0, max: 1_200 }), { maxLength: 200 });
    fc.assert(
      fc.property(
        dates,
        fc.integer({ min: 0, max: 1_300 }),
        fc.constantFrom(...ANALYSIS_PERIODS),
        (offsets, end, period) => {
          const bars = onDays(offsets);
          const asOf = addDays("2021-01-01", end);
          const start = windowStart(asOf, period);
          const daily = rowsOf(bars).filter(({ date }) => date > start && date <= asOf);
          expect(rowsOf(selectWindow(bars, { asOf, period, interval: "1d" }))).toEqual(daily);
          // Days that are all Mondays cannot be told from weeks.
          fc.pre(bars.date.some((date) => new Date(date).getUTCDay() !== 1));
          const weekly = computeWeeklyBars(rowsOf(bars).filter(({ date }) => date >= start && date <= asOf));
          expect(rowsOf(selectWindow(bars, { asOf, period, interval: "1wk" }))).toEqual(weekly);
        },
      ),
    );
  });

  test.skipIf(!hasShared)("P11: weeks of real days are the recorded ones", () => {
    const recorded = readBars(golden("gallery/inputs.csv"), "case");
    for (const [name, symbol, asOf] of [
      ["c065", "TSLA", "2024-03-08"],
      ["c067", "NVDA", "2022-06-17"],
    ] as const) {
      const daily = readBars(sharedPath(`data/prices/sp500/${symbol}.csv`)).get("")!;
      const weeks = selectWindow(daily, { asOf, period: "2y", interval: "1wk" });
      expect(rowsOf(weeks)).toEqual(rowsOf(recorded.get(name)!));
    }
  });
});

describe("choosePeriodUsed", () => {
  const asOf = "2024-03-08";
  test.each([
    ["1y", "2023-03-09", null, "1y", "the first session after the start fills it"],
    ["1y", "2023-03-13", null, "1y", "so does the one after a long weekend"],
    ["1y", "2023-03-14", null, "6mo", "a listing of a day later is younger"],
    ["1y", "2023-03-14", "1980-12-12", "1y", "unless it was only suspended then"],
    ["1y", "2023-08-01", "1980-12-12", "6mo", "for a long hole the shorter period is the truth"],
    ["1y", "2023-12-01", "2023-12-01", "3mo", "between six and three months: three"],
    ["1y", "2024-02-20", "2024-02-20", "3mo", "below all: the shortest one"],
    ["2y", "2022-03-09", null, "2y", ""],
    ["2y", "2022-03-07", null, "2y", "the Monday of the first week"],
    ["2y", "2022-09-01", null, "1y", ""],
    ["2y", "2023-09-01", null, "6mo", ""],
    ["2y", "2024-02-20", null, "6mo", "three months never stand in for two years"],
    ["6mo", "2024-02-20", null, "6mo", "nothing stands in for it"],
    ["1mo", "2024-03-01", null, "1mo", ""],
  ] as const)("%s of bars since %s, source since %s: %s (%s)", (period, firstBar, sourceFirst, used) => {
    expect(choosePeriodUsed({ asOf, period, firstBar, sourceFirst })).toBe(used);
  });
});

test("P05: a series is stale when it ends more than two days before the expected session", () => {
  expect(isStale("2022-01-21", "2022-01-21")).toBe(false);
  expect(isStale("2022-01-19", "2022-01-21")).toBe(false);
  expect(isStale("2022-01-18", "2022-01-21")).toBe(true);
  // Coins trade on the weekend after the last session.
  expect(isStale("2022-01-23", "2022-01-21")).toBe(false);
});

function onDays(offsets: readonly number[]): Bars {
  const rows = [...offsets]
    .sort((left, right) => left - right)
    .map((offset): Bar => {
      const close = 10 + (offset % 7);
      const date = addDays("2021-01-01", offset);
      return { date, open: close - 1, high: close + 2, low: close - 2, close, adjClose: close, volume: offset };
    });
  return toBars(rows);
}
