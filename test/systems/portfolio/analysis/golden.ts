import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { type Bar, type Bars, toBars } from "../../../../src/market/bars.ts";
import { sharedPath } from "../../../support/shared.ts";

export const golden = (name: string): string => sharedPath(`golden/portfolio/${name}`);

/** Rows of a csv file without quotes, by the names of its first line. */
export function readTable(path: string): Record<string, string>[] {
  const [header = "", ...lines] = readFileSync(path, "utf8").trim().split("\n");
  const names = header.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""]));
  });
}

/** Bars of a csv file: one series for each value of the column `by`. */
export function readBars(path: string, by?: string): Map<string, Bars> {
  const groups = new Map<string, Bar[]>();
  for (const row of readTable(path)) {
    const bars = groups.get(by ? row[by]! : "") ?? [];
    groups.set(by ? row[by]! : "", bars);
    const [open, high, low, close, volume] = ["open", "high", "low", "close", "volume"].map((name) =>
      Number(row[name]),
    );
    bars.push({
      date: row.date!,
      open: open!,
      high: high!,
      low: low!,
      close: close!,
      adjClose: close!,
      volume: volume!,
    });
  }
  return new Map([...groups].map(([name, bars]) => [name, toBars(bars)]));
}

/** Relative 1e-9; the running sums behind the recorded bands only allow 1e-8. */
export function expectClose(actual: number | undefined, recorded: number, label: string): void {
  const tolerance = label.includes("bollinger") ? 1e-8 : 1e-9;
  const difference = Math.abs((actual ?? Number.NaN) - recorded);
  if (!(difference <= tolerance * Math.max(Math.abs(recorded), 1e-300)))
    expect.unreachable(`${label}: ${actual} instead of ${recorded}`);
}

/** The same keys in the same order, texts equal, numbers close. */
export function expectSame(actual: object, recorded: object, label: string): void {
  expect(Object.keys(actual), label).toEqual(Object.keys(recorded));
  for (const [key, value] of Object.entries(recorded)) {
    const own = (actual as Record<string, unknown>)[key];
    if (typeof value === "number" && !Number.isInteger(value)) expectClose(own as number, value, `${label}.${key}`);
    else expect(own, `${label}.${key}`).toEqual(value);
  }
}
