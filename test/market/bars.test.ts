import { expect, test } from "bun:test";
import fc from "fast-check";
import { addDays } from "../../src/kit/dates.ts";
import { countBefore } from "../../src/market/bars.ts";

test("counting dates before a date agrees with looking at each", () => {
  const dates = fc
    .uniqueArray(fc.integer({ min: 0, max: 60 }))
    .map((days) => days.sort((left, right) => left - right).map((day) => addDays("2024-02-01", day)));
  fc.assert(
    fc.property(dates, fc.integer({ min: -2, max: 62 }), (ascending, day) => {
      const date = addDays("2024-02-01", day);
      expect(countBefore(ascending, date)).toBe(ascending.filter((one) => one < date).length);
    }),
  );
});
