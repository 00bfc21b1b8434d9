import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readLatest, readYearChange } from "../../../../src/systems/portfolio/context/fred.ts";

const body = (...observations: [date: unknown, value: unknown][]) => ({
  observations: observations.map(([date, value]) => ({ realtime_start: "2026-03-02", date, value })),
});

describe("the newest value", () => {
  test("is the newest that is there, in whatever order", () => {
    const mixed = body(["2026-02-26", "0.62"], ["2026-02-27", "."], ["2026-02-25", "0.6"]);
    expect(readLatest(mixed)).toEqual({ value: 0.62, timestamp: "2026-02-26T00:00:00.000Z" });
    expect(readLatest(body(["2026-02-26", "-0.31"]))?.value).toBe(-0.31);
  });

  test.each([
    [null],
    [{}],
    [{ observations: "none" }],
    [body()],
    [body(["2026-02-27", "."])],
    [body(["2026-02-30", "1"])],
    [body(["2026-02-27", ""], [5, "1"], ["2026-02-27", null], ["2026-02-27", "NaN"])],
    [{ error_code: 400, error_message: "Bad Request." }],
  ])("%j has none", (value) => {
    expect(readLatest(value)).toBeNull();
    expect(readYearChange(value)).toBeNull();
  });
});

describe("P20: inflation is computed (a-24)", () => {
  test("the newest month against the same month a year before, found by date", () => {
    const months = body(["2026-01-01", "330"], ["2025-12-01", "."], ["2025-02-01", "325"], ["2025-01-01", "320"]);
    expect(readYearChange(months)).toEqual({ value: (330 / 320 - 1) * 100, timestamp: "2026-01-01T00:00:00.000Z" });
  });

  test("with the newest month missing, that before is compared", () => {
    const months = body(["2026-01-01", "."], ["2025-12-01", "328"], ["2025-01-01", "320"], ["2024-12-01", "319"]);
    expect(readYearChange(months)?.value).toBeCloseTo((328 / 319 - 1) * 100, 12);
  });

  test("without the month a year before there is none", () => {
    expect(readYearChange(body(["2026-01-01", "330"], ["2025-01-01", "."], ["2024-12-01", "319"]))).toBeNull();
    expect(readYearChange(body(["2026-01-01", "330"], ["2025-01-01", "0"]))).toBeNull();
  });

  test("any observations give null or a finite change", () => {
    const value = fc.oneof(fc.constant("."), fc.double().map(String), fc.string(), fc.constant(null));
    const date = fc.constantFrom("2026-01-01", "2025-01-01", "2024-01-01", "x");
    fc.assert(
      fc.property(fc.array(fc.tuple(date, value)), (rows) => {
        const reading = readYearChange(body(...rows));
        expect(reading === null || Number.isFinite(reading.value)).toBe(true);
      }),
    );
  });
});
