import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { computePositions } from "../../../../src/systems/portfolio/files/positions.ts";
import { analysis, asset, holding } from "./fixtures.ts";

const priced = (symbol: string, price: number, currency: string | null = "USD") =>
  asset(symbol, analysis(symbol, { price }), { currency });

describe("positions", () => {
  test("P40: value, gain and weight come from quantity and acquisition price", () => {
    const { rows, totals } = computePositions(
      [holding("AAPL", 10, 150), holding("MSFT", 4, 250)],
      [priced("AAPL", 200), priced("MSFT", 500)],
    );
    expect(
      rows.map(({ value, cost, gain, gain_percent, weight_percent }) => [
        value,
        cost,
        gain,
        gain_percent,
        weight_percent,
      ]),
    ).toEqual([
      [2000, 1500, 500, (500 / 1500) * 100, 50],
      [2000, 1000, 1000, 100, 50],
    ]);
    expect(totals).toEqual([
      {
        currency: "USD",
        positions: 2,
        value: 4000,
        cost: 2500,
        gain: 1500,
        gain_percent: 60,
        positions_without_cost: 0,
      },
    ]);
  });

  test("P40: lots of one symbol in several portfolios are one position with their mean cost", () => {
    const { rows } = computePositions(
      [holding("AAPL", 10, 100, "Retiro"), holding("AAPL", 30, 200, "Viaje"), holding("AAPL", 0, 999, "Viaje")],
      [priced("AAPL", 200)],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ quantity: 40, acquisition_price: 175, cost: 7000, value: 8000, gain: 1000 });
    expect(rows[0]!.portfolios).toEqual(["Retiro", "Viaje"]);
  });

  test("P40: currencies are never added, and an unknown one is its own group", () => {
    const { rows, totals } = computePositions(
      [holding("AAPL", 1, 1), holding("YPFD.BA", 1, 1), holding("X", 1, 1)],
      [priced("AAPL", 100), priced("YPFD.BA", 40_000, "ARS"), priced("X", 7, null)],
    );
    expect(totals.map(({ currency, value }) => [currency, value])).toEqual([
      ["USD", 100],
      ["ARS", 40_000],
      [null, 7],
    ]);
    expect(rows.map(({ weight_percent }) => weight_percent)).toEqual([100, 100, 100]);
  });

  test("P40: without quantity, price or analysis there are nulls and nothing in the totals", () => {
    const { rows, totals } = computePositions(
      [holding("A", null, 5), holding("B", 3, null), holding("C", 3, 5), holding("D", 3, 5)],
      [priced("A", 10), priced("B", 10), asset("C", { error: "No hay datos." }, { currency: null })],
    );
    expect(rows.map(({ value, cost, gain, weight_percent }) => [value, cost, gain, weight_percent])).toEqual([
      [null, null, null, null],
      [30, null, null, 100],
      [null, 15, null, null],
      [null, 15, null, null],
    ]);
    expect(totals).toEqual([
      {
        currency: "USD",
        positions: 1,
        value: 30,
        cost: null,
        gain: null,
        gain_percent: null,
        positions_without_cost: 1,
      },
    ]);
  });

  test("a lot without a quantity is left out and counted", () => {
    const { rows } = computePositions([holding("A", 2, 5), holding("A", null, 5, "Otro")], [priced("A", 10)]);
    expect(rows[0]).toMatchObject({ quantity: 2, value: 20, lots_without_quantity: 1 });
  });

  test("zero, negative and huge quantities give no invented number", () => {
    const { rows, totals } = computePositions(
      [
        holding("Z", 0, 5),
        holding("S", -10, 5),
        holding("L", 10, 5),
        holding("H", 1e308, 5),
        holding("N", Number.NaN, 1),
      ],
      ["Z", "S", "L", "H", "N"].map((symbol) => priced(symbol, 20)),
    );
    const [zero, short, long, huge, nan] = rows;
    expect(zero).toMatchObject({ value: 0, gain: 0, gain_percent: null, weight_percent: 0, acquisition_price: 5 });
    expect(short).toMatchObject({ value: -200, cost: -50, gain: -150, gain_percent: -300, weight_percent: -50 });
    expect(long).toMatchObject({ weight_percent: 50 });
    expect([huge!.value, huge!.weight_percent, nan!.quantity]).toEqual([null, null, null]);
    expect(totals[0]).toMatchObject({ positions: 3, value: 0 });
  });

  test("what binary arithmetic leaves of equal amounts is no gain", () => {
    const { rows } = computePositions([holding("A", 3, 0.1)], [priced("A", 0.1)]);
    expect(rows[0]!.gain).toBe(0);
  });

  test("weights of long positions add to 100 in each currency and totals to the sum of the rows", () => {
    const lot = fc.record({
      symbol: fc.constantFrom("A", "B", "C", "D", "E"),
      quantity: fc.option(fc.double({ min: 1e-6, max: 1e9, noNaN: true })),
      paid: fc.option(fc.double({ min: 1e-8, max: 1e6, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(lot, { maxLength: 30 }), fc.double({ min: 1e-8, max: 1e12, noNaN: true }), (lots, price) => {
        const assets = ["A", "B", "C", "D"].map((symbol, index) => priced(symbol, price, index < 2 ? "USD" : null));
        const { rows, totals } = computePositions(
          lots.map(({ symbol, quantity, paid }) => holding(symbol, quantity, paid)),
          assets,
        );
        for (const { currency, value } of totals) {
          const group = rows.filter((row) => row.currency === currency && row.value !== null);
          expect(group.reduce((sum, row) => sum + row.weight_percent!, 0)).toBeCloseTo(100, 6);
          expect(group.reduce((sum, row) => sum + row.value!, 0)).toBe(value);
        }
        expect(JSON.stringify({ rows, totals })).not.toMatch(/NaN|Infinity/);
      }),
    );
  });
});
