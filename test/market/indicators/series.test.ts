import { describe, expect, test } from "bun:test";
import { hasShared } from "../../support/shared.ts";
import { computeMainSeries, expectSeries, readGoldenSeries } from "./golden.ts";

describe.skipIf(!hasShared)("recorded series", async () => {
  const files = await readGoldenSeries();

  test("there are records, daily and weekly", () => {
    expect(files.map(({ name }) => name.slice(-7)).sort()).toContainAllValues(["_1d.csv", "1wk.csv"]);
  });

  test.each(files)(
    "P07: every indicator of $name is within 1e-9 (bands 1e-8) of its record from the same first index",
    ({ bars, columns }) => {
      for (const [name, values] of Object.entries(computeMainSeries(bars))) {
        const recorded = columns.get(name);
        // A column is left out when it would be empty: EMA_200 of two years of weeks.
        if (!recorded) expect([name, values.every(Number.isNaN)]).toEqual(["EMA_200", true]);
        else expectSeries(name, values, recorded, toleranceOf(name));
      }
      expect(columns.get("SMA_20")).toHaveLength(bars.length);
    },
  );
});

const toleranceOf = (name: string) => ({ tolerance: name.startsWith("BB") ? 1e-8 : 1e-9 });
