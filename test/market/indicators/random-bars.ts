import fc from "fast-check";
import { addDays } from "../../../src/kit/dates.ts";
import { seededRandom } from "../../../src/kit/random.ts";
import type { Bar } from "../../../src/market/bars.ts";

type Prices = Pick<Bar, "open" | "high" | "low" | "close" | "volume">;

export const barOf = (prices: Prices, index: number): Bar => ({
  date: addDays("2020-01-01", index),
  ...prices,
  adjClose: prices.close,
});

/** Bars as a market makes them: a random walk with jumps, flat days and days without volume. */
export function walkBars(length: number, seed = 1, price = 100): Bar[] {
  const random = seededRandom(seed);
  let close = price;
  return Array.from({ length }, (_, index) => {
    const open = close;
    const kind = random();
    if (kind > 0.98) close *= 0.5 + random();
    else if (kind > 0.1) close *= 0.97 + 0.06 * random();
    const high = Math.max(open, close) * (1 + 0.01 * random());
    const low = Math.min(open, close) * (1 - 0.01 * random());
    return barOf({ open, high, low, close, volume: kind > 0.95 ? 0 : Math.floor(1e6 * random()) }, index);
  });
}

export const flatBars = (length: number, price: number, volume = 1_000): Bar[] =>
  Array.from({ length }, (_, index) => barOf({ open: price, high: price, low: price, close: price, volume }, index));

/** Any number at all, as no market has them: huge, tiny, negative, infinite, NaN; often the same twice. */
const anyNumber = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 1e-9, max: 1e6, noNaN: true }) },
  { weight: 3, arbitrary: fc.constantFrom(0, -0, 1, 100, 1e-300, 1e300, 0.1 + 0.2) },
  { weight: 1, arbitrary: fc.double() },
);

export const anyBars: fc.Arbitrary<Bar[]> = fc
  .array(fc.record({ open: anyNumber, high: anyNumber, low: anyNumber, close: anyNumber, volume: anyNumber }), {
    maxLength: 90,
  })
  .map((bars) => bars.map(barOf));

/** Possible bars: positive, low ≤ open, close ≤ high. `span` = how far prices may lie apart. */
export const soundBars = ({ minLength = 0, maxLength = 90 } = {}): fc.Arbitrary<Bar[]> => {
  const price = fc.oneof(fc.double({ min: 1, max: 1_000, noNaN: true }), fc.constantFrom(1, 10, 100));
  return fc
    .array(fc.tuple(price, price, price, price, fc.integer({ min: 0, max: 1e9 })), { minLength, maxLength })
    .map((days) =>
      days.map(([a, b, c, d, volume], index) => {
        const [low, open, close, high] = [a, b, c, d].sort((left, right) => left - right) as [
          number,
          number,
          number,
          number,
        ];
        return index % 2 === 0
          ? barOf({ open, high, low, close, volume }, index)
          : barOf({ open: close, high, low, close: open, volume }, index);
      }),
    );
};
