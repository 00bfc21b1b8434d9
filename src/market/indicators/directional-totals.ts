/**
 * Wilder's decaying totals of upward and downward movement and of true range, in units of the price (TA-Lib's variant):
 * plain sums over the first `period - 1` changes, then `total - total/period + new`.
 */
export class DirectionalTotals {
  plus = 0;
  minus = 0;
  range = 0;
  readonly #decay: number;
  /** Changes until the totals begin to decay. */
  #plainChanges: number;

  constructor(period: number) {
    this.#decay = 1 - 1 / period;
    this.#plainChanges = period - 1;
  }

  /**
   * Adds one bar: how far its high is above the last one, its low below the last one, and its true range. It counts
   * upwards or downwards, whichever went further beyond the bar before, or not at all.
   */
  add(up: number, down: number, range: number): void {
    const kept = this.#plainChanges > 0 ? 1 : this.#decay;
    this.#plainChanges--;
    this.plus = this.plus * kept + (up > down && up > 0 ? up : 0);
    this.minus = this.minus * kept + (down > up && down > 0 ? down : 0);
    this.range = this.range * kept + range;
  }
}
