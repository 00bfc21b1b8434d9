/** How far `value` has gone from `start` to `end`: 0 at `start` and before, 1 at `end` and beyond. `end` may lie below. */
export function ramp(value: number, start: number, end: number): number {
  return Math.min(Math.max((value - start) / (end - start), 0), 1);
}
