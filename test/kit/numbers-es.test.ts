import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  formatGain,
  formatMoney,
  formatNumber,
  formatPercent,
  formatPercentChange,
  formatQuantity,
} from "../../src/kit/numbers-es.ts";

describe("numbers", () => {
  test.each([
    [1234.56, "1.234,56"],
    [1_234_567.891, "1.234.567,89"],
    [-999.995, "-1.000,00"],
    [0, "0,00"],
    [-0, "0,00"],
    [1e12, "1.000.000.000.000,00"],
    [0.27, "0,2700"],
    [0.00003321, "0,00003321"],
    [1e-8, "0,00000001000"],
    [1e-20, "1,000e-20"],
    [1e300, "1,000e+300"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "–"],
    [null, "–"],
    [undefined, "–"],
  ])("money %p reads %p", (value, text) => expect(formatMoney(value)).toBe(text));

  test.each([
    [10_000_000, "10.000.000"],
    [2.5, "2,5"],
    [0.1 + 0.2, "0,3"],
    [1e-8, "0,00000001"],
    [0, "0"],
    [-3, "-3"],
    [1e18, "1,000e+18"],
    [null, "–"],
  ])("quantity %p reads %p", (value, text) => expect(formatQuantity(value)).toBe(text));

  test("signs stand before gains and are missing before zero", () => {
    expect([formatGain(12), formatGain(-12), formatGain(0), formatGain(null)]).toEqual([
      "+12,00",
      "-12,00",
      "0,00",
      "–",
    ]);
    expect([formatPercentChange(0.001), formatPercentChange(-0.001)]).toEqual(["0,00 %", "0,00 %"]);
    expect([formatPercentChange(3.5), formatPercent(3.5), formatPercent(Number.NaN)]).toEqual([
      "+3,50 %",
      "3,50 %",
      "–",
    ]);
  });

  test("a price above zero never reads as zero and keeps four significant digits below one", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e15, noNaN: true }), (price) => {
        const text = formatMoney(price);
        const plain = text.replaceAll(".", "").replace(",", ".");
        expect(Number(plain)).toBeGreaterThan(0);
        expect(Math.abs(Number(plain) / price - 1)).toBeLessThan(price < 1 ? 6e-4 : 6e-3);
        if (price < 1) expect(plain.split("e")[0]!.replace(/^0\.0*|\./g, "").length).toBeGreaterThanOrEqual(4);
      }),
    );
  });

  test("every value reads back as what it was rounded to", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e14, max: 1e14, noNaN: true }),
        fc.integer({ min: 0, max: 6 }),
        (value, decimals) => {
          const text = formatNumber(value, decimals);
          expect(text).toMatch(/^-?\d{1,3}(\.\d{3})*(,\d+)?$/);
          expect(Number(text.replaceAll(".", "").replace(",", "."))).toBeCloseTo(Number(value.toFixed(decimals)), 8);
        },
      ),
    );
  });
});
