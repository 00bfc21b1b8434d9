import { addDays } from "../../../../src/kit/dates.ts";
import { type Random, seededRandom } from "../../../../src/kit/random.ts";
import { type Bars, toBars } from "../../../../src/market/bars.ts";

/** Daily bars of the given closes (also adjusted closes), from 2023-01-02 on. */
export function barsOf(closes: readonly number[], volumes: readonly number[] = closes.map(() => 1_000)): Bars {
  return toBars(
    closes.map((close, index) => ({
      date: addDays("2023-01-02", index),
      open: close,
      high: close,
      low: close,
      close,
      adjClose: close,
      volume: volumes[index] ?? Number.NaN,
    })),
  );
}

/** A random walk of positive prices with flat stretches and jumps. */
export function randomCloses(length: number, random: Random = seededRandom(1)): number[] {
  let price = 5 + 200 * random();
  return Array.from({ length }, () => {
    const kind = random();
    if (kind > 0.98) price *= 0.5 + random();
    else if (kind > 0.1) price *= 0.97 + 0.06 * random();
    return price;
  });
}

/** `count` closes that grow by `dailyReturn` a day. */
export const trendingCloses = (count: number, dailyReturn: number, start = 100): number[] =>
  Array.from({ length: count }, (_, index) => start * (1 + dailyReturn) ** index);
