import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Bars } from "../../../../src/market/bars.ts";
import { type BarsRejectionCode, checkBars } from "../../../../src/systems/portfolio/analysis/check-bars.ts";
import { seriesOf, withHoles } from "./series.ts";

const COLUMNS = ["open", "high", "low", "close", "volume"] as const;
const year = seriesOf({ count: 252 });

describe("what is rejected, in words for its owner", () => {
  const without = (column: (typeof COLUMNS)[number], values: unknown) => ({ ...year, [column]: values }) as Bars;
  const cases: [string, Bars, BarsRejectionCode, string][] = [
    ["no bar", seriesOf({ count: 0 }), "no_bars", "no hay precios"],
    ["one bar", seriesOf({ count: 1 }), "too_few_bars", "solo hay 1 barra de precios y se necesitan al menos 20"],
    ["19 bars", seriesOf({ count: 19 }), "too_few_bars", "solo hay 19 barras"],
    ["no volume at all", without("volume", new Float64Array(252).fill(Number.NaN)), "missing_column", "de volumen"],
    ["an absent column", without("high", undefined), "missing_column", "de máximo"],
    ["a column of another length", without("close", new Float64Array(251)), "missing_column", "de cierre"],
    ["26 empty bars of 252", withHoles(year, (index) => index < 26), "too_many_gaps", "falta el 10.3 %"],
    ["infinite prices", without("low", new Float64Array(252).fill(-Infinity)), "missing_column", "de mínimo"],
  ];
  test.each(cases)("%s", (_, bars, code, words) => {
    const check = checkBars("AGUA.MX", bars);
    if (check.accepted) return expect.unreachable("accepted");
    expect(check.code).toBe(code);
    expect(check.message).toStartWith("No se pudo analizar AGUA.MX: ");
    expect(check.message).toContain(words);
    expect(check.message).toEndWith(".");
  });
});

describe("what is accepted", () => {
  test("whole bars are handed back as they are", () => {
    expect(checkBars("X", year)).toEqual({ accepted: true, bars: year });
    const twenty = seriesOf({ count: 20 });
    const check = checkBars("X", twenty);
    expect(check.accepted && check.bars).toBe(twenty);
  });

  test("zero volume is a number, not a gap", () => {
    expect(checkBars("^GSPC", seriesOf({ count: 30, volume: () => 0 })).accepted).toBe(true);
  });

  test("a gap takes the value before it, at the beginning the one after it", () => {
    const close = year.close.slice();
    close[0] = close[1] = Number.NaN;
    close[5] = Number.POSITIVE_INFINITY;
    close[251] = Number.NaN;
    const check = checkBars("X", { ...year, close });
    if (!check.accepted) return expect.unreachable(check.message);
    const filled = check.bars.close;
    expect([filled[0], filled[1], filled[5], filled[251]]).toEqual([
      close[2],
      close[2],
      close[4],
      close[250],
    ] as number[]);
    expect(filled.slice(6, 251)).toEqual(year.close.slice(6, 251));
    expect(close[5]).toBe(Number.POSITIVE_INFINITY);
  });

  test("whatever the gaps: at most a tenth of the cells is filled, the rest is untouched, and so is the input", () => {
    const holes = fc.array(fc.tuple(fc.constantFrom(...COLUMNS), fc.nat(59)), { maxLength: 60 });
    fc.assert(
      fc.property(holes, (cells) => {
        const bars = seriesOf({ count: 60 });
        for (const [column, index] of cells) bars[column][index] = Number.NaN;
        const before = COLUMNS.map((column) => [...bars[column]]);
        const gaps = new Set(cells.map(String)).size;
        const check = checkBars("X", bars);
        expect(COLUMNS.map((column) => [...bars[column]])).toEqual(before);
        expect(check.accepted).toBe(gaps <= 30);
        if (!check.accepted) return;
        for (const column of COLUMNS) {
          expect(check.bars[column].every(Number.isFinite)).toBe(true);
          bars[column].forEach((value, index) => {
            if (!Number.isNaN(value)) expect(check.bars[column][index]).toBe(value);
          });
        }
      }),
    );
  });
});
