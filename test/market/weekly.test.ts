import { expect, test } from "bun:test";
import { computeWeeklyBars } from "../../src/market/weekly.ts";

const bar = (date: string, open: number, high: number, low: number, close: number, volume: number) => ({
  ...{ date, open, high, low, close, volume },
  adjClose: close - 0.5,
});

test("a week opens with its first day, closes with its last, and is dated by its Monday", () => {
  const weeks = computeWeeklyBars([
    bar("2024-02-29", 9, 9.5, 8.8, 9.2, 10),
    bar("2024-03-01", 9.2, 9.9, 9, 9.8, 20),
    bar("2024-03-05", 10, 12, 9.9, 11, 100),
    bar("2024-03-08", 11, 11.5, 9.5, 10.5, 200),
  ]);
  expect(weeks).toEqual([
    { date: "2024-02-26", open: 9, high: 9.9, low: 8.8, close: 9.8, adjClose: 9.3, volume: 30 },
    { date: "2024-03-04", open: 10, high: 12, low: 9.5, close: 10.5, adjClose: 10, volume: 300 },
  ]);
});
