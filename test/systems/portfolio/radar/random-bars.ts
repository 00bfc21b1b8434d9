import fc from "fast-check";
import { type Bars, toBars } from "../../../../src/market/bars.ts";

/** A bar's moves as shares of the price before it. */
interface Move {
  change: number;
  above: number;
  below: number;
  volume: number;
}

const move: fc.Arbitrary<Move> = fc.record({
  change: fc.oneof(fc.constant(0), fc.double({ min: -0.2, max: 0.25, noNaN: true })),
  above: fc.double({ min: 0, max: 0.1, noNaN: true }),
  below: fc.double({ min: 0, max: 0.1, noNaN: true }),
  volume: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e9 })),
});

/** Plausible bars: a walk from a tiny, usual or huge price, with flat stretches and days without volume. */
export const randomBars = ({ min, max }: { min: number; max: number }): fc.Arbitrary<Bars> =>
  fc
    .tuple(fc.constantFrom(1e-8, 0.5, 100, 1e9), fc.array(move, { minLength: min, maxLength: max }))
    .map(([start, moves]) => walk(start, moves));

function walk(start: number, moves: readonly Move[]): Bars {
  let close = start;
  return toBars(
    moves.map(({ change, above, below, volume }, index) => {
      const open = close;
      close *= 1 + change;
      const [high, low] = [Math.max(open, close) * (1 + above), Math.min(open, close) * (1 - below)];
      return { date: dateAt(index), open, high, low, close, adjClose: close, volume };
    }),
  );
}

/** Any finite numbers, however absurd. */
export const absurdBars = ({ min, max }: { min: number; max: number }): fc.Arbitrary<Bars> => {
  const cell = fc.oneof(
    fc.constantFrom(0, 1, -1, 5e-324, 1.7e308, -1.7e308),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  return fc.array(fc.tuple(cell, cell, cell, cell), { minLength: min, maxLength: max }).map((rows) =>
    toBars(
      rows.map(([high, low, close, volume], index) => ({
        date: dateAt(index),
        open: close,
        high,
        low,
        close,
        adjClose: close,
        volume,
      })),
    ),
  );
};

/** Bars that all cost the same. */
export function flatBars(length: number, { price = 100, volume = 1_000 } = {}): Bars {
  const bar = { open: price, high: price, low: price, close: price, adjClose: price, volume };
  return toBars(Array.from({ length }, (_, index) => ({ date: dateAt(index), ...bar })));
}

/** A steady climb (or fall) of `percent` a bar, with a small range. */
export function trendingBars(length: number, percent: number): Bars {
  const move = { change: percent / 100, above: 0.004, below: 0.004, volume: 1_000 };
  return walk(
    100,
    Array.from({ length }, () => move),
  );
}

/** Prices so far apart that their differences overflow. */
export function boundlessBars(length: number): Bars {
  const close = Float64Array.from({ length }, (_, index) => (index % 2 === 0 ? 5e307 : -5e307));
  return { ...flatBars(length), open: close, high: close, low: close, close, adjClose: close };
}

const dateAt = (index: number): string => new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10);

/** The same bars with one cell of the column replaced. */
export function withCell(bars: Bars, column: "high" | "low" | "close" | "volume", index: number, value: number): Bars {
  const changed = bars[column].slice();
  changed[index] = value;
  return { ...bars, [column]: changed };
}
