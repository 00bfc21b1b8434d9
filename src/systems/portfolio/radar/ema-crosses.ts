import { createEma } from "../../../market/indicators/index.ts";

/**
 * How often the close changed sides of its EMA of `period` bars within the last `within` bars. A close exactly on the
 * average keeps the side it came from.
 */
export function countEmaCrosses(close: Float64Array, { period, within }: { period: number; within: number }): number {
  const ema = createEma(period);
  let side = 0;
  let crosses = 0;
  for (let index = 0; index < close.length; index++) {
    const now = Math.sign(close[index]! - ema.push(close[index]!));
    if (now === 0 || Number.isNaN(now)) continue;
    if (side === -now && index >= close.length - within) crosses++;
    side = now;
  }
  return crosses;
}
