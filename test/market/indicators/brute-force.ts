import type { Bars } from "../../../src/market/bars.ts";

/** Each indicator once more, every value from all bars up to it by its closed form: slow, without state, easy to check. */

type At = (index: number) => number;

export const seriesOf = (length: number, firstIndex: number, at: At): number[] =>
  Array.from({ length }, (_, index) => (index < firstIndex ? Number.NaN : at(index)));

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export const lastOf = (values: Float64Array, index: number, period: number): number[] =>
  Array.from(values.subarray(index - period + 1, index + 1));

/** Σ weight·(1 - weight)^age over what came after the seed, plus what is left of the seed. */
function smoothed(values: readonly number[], period: number, weight: number): number {
  const seed = mean(values.slice(0, period));
  const after = values.slice(period);
  const kept = (age: number) => (1 - weight) ** age;
  return after.reduce(
    (sum, value, index) => sum + weight * kept(after.length - 1 - index) * value,
    seed * kept(after.length),
  );
}

const smoothedEma = (values: readonly number[], period: number) => smoothed(values, period, 2 / (period + 1));
const smoothedWilder = (values: readonly number[], period: number) => smoothed(values, period, 1 / period);

export const bruteSma = ({ close }: Bars, period: number): number[] =>
  seriesOf(close.length, period - 1, (index) => mean(lastOf(close, index, period)));

export const bruteEma = ({ close }: Bars, period: number): number[] =>
  seriesOf(close.length, period - 1, (index) => smoothedEma([...close.subarray(0, index + 1)], period));

export function bruteRsi({ close }: Bars, period: number): number[] {
  const changes = Array.from(close, (value, index) => value - (close[index - 1] ?? value)).slice(1);
  return seriesOf(close.length, period, (index) => {
    const seen = changes.slice(0, index);
    const gained = smoothedWilder(
      seen.map((change) => Math.max(0, change)),
      period,
    );
    const lost = smoothedWilder(
      seen.map((change) => Math.max(0, -change)),
      period,
    );
    return gained + lost === 0 ? 0 : 100 - 100 * (lost / (gained + lost));
  });
}

export function bruteMacd({ close }: Bars, fast: number, slow: number, signal: number): Record<string, number[]> {
  const lineAt = (index: number) =>
    smoothedEma([...close.subarray(slow - fast, index + 1)], fast) -
    smoothedEma([...close.subarray(0, index + 1)], slow);
  const lines = seriesOf(close.length, slow - 1, lineAt);
  const signals = seriesOf(close.length, slow + signal - 2, (index) =>
    smoothedEma(lines.slice(slow - 1, index + 1), signal),
  );
  return {
    line: lines.map((line, index) => (Number.isNaN(signals[index]) ? Number.NaN : line)),
    signal: signals,
    histogram: lines.map((line, index) => line - signals[index]!),
  };
}

export const trueRanges = ({ high, low, close }: Bars): number[] =>
  Array.from(close, (_, index) => {
    const points = [high[index]!, low[index]!, close[index - 1] ?? low[index]!];
    return Math.max(...points) - Math.min(...points);
  }).slice(1);

export function bruteAtr(bars: Bars, period: number): number[] {
  const ranges = trueRanges(bars);
  return seriesOf(bars.length, period, (index) => smoothedWilder(ranges.slice(0, index), period));
}

export function bruteAdx(bars: Bars, period: number): number[] {
  const { high, low } = bars;
  const ranges = trueRanges(bars);
  const moves = ranges.map((_, index) => {
    const up = high[index + 1]! - high[index]!;
    const down = low[index]! - low[index + 1]!;
    return { up: up > down && up > 0 ? up : 0, down: down > up && down > 0 ? down : 0 };
  });
  /** Counted in full until change `period - 1`, then losing one part in `period` at every bar. */
  const total = (values: readonly number[]) =>
    values.reduce((sum, value, index) => {
      const bars = values.length - 1 - Math.max(index, period - 2);
      return sum + value * (1 - 1 / period) ** Math.max(0, bars);
    }, 0);
  const indexAt = (index: number): number => {
    const range = total(ranges.slice(0, index));
    const up = total(moves.slice(0, index).map((move) => move.up)) / range;
    const down = total(moves.slice(0, index).map((move) => move.down)) / range;
    return 100 * (Math.abs(up - down) / (up + down));
  };
  const directional = Array.from({ length: bars.length }, (_, index) => (index < period ? Number.NaN : indexAt(index)));
  return seriesOf(bars.length, 2 * period - 1, (index) => smoothedWilder(directional.slice(period, index + 1), period));
}

export const bruteObv = ({ close, volume }: Bars): number[] =>
  seriesOf(close.length, 0, (index) =>
    volume
      .subarray(0, index + 1)
      .reduce((sum, value, bar) => sum + value * (bar === 0 ? 1 : Math.sign(close[bar]! - close[bar - 1]!)), 0),
  );

export function bruteBollinger({ close }: Bars, period: number, deviations: number): Record<string, number[]> {
  const band = (side: number) =>
    seriesOf(close.length, period - 1, (index) => {
      const values = lastOf(close, index, period);
      const middle = mean(values);
      return middle + side * deviations * Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
    });
  return { lower: band(-1), middle: band(0), upper: band(1) };
}

export function bruteStochastic({ high, low, close }: Bars): Record<string, number[]> {
  const rawAt = (index: number): number => {
    const highest = Math.max(...lastOf(high, index, 14));
    const lowest = Math.min(...lastOf(low, index, 14));
    return highest === lowest ? 0 : (100 * (close[index]! - lowest)) / (highest - lowest);
  };
  const kAt = (index: number) => mean([rawAt(index - 2), rawAt(index - 1), rawAt(index)]);
  return {
    k: seriesOf(close.length, 17, kAt),
    d: seriesOf(close.length, 17, (index) => mean([kAt(index - 2), kAt(index - 1), kAt(index)])),
  };
}
