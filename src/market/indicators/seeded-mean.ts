/**
 * An exponential mean that starts as the plain mean of its first `period` values, then `mean += weight * (value - mean)`:
 * weight `2/(period + 1)` is the usual EMA, `1/period` Wilder's mean. The seed is taken around its first value, so that a
 * constant input gives exactly that constant. A class, because a closure is measurably slower here.
 */
export class SeededMean {
  readonly #period: number;
  readonly #weight: number;
  #count = 0;
  #first = 0;
  #sum = 0;
  #mean = Number.NaN;

  constructor(period: number, weight: number) {
    this.#period = period;
    this.#weight = weight;
  }

  /** The mean with this value in it; NaN until `period` values are in. */
  push(value: number): number {
    if (this.#count >= this.#period) {
      this.#mean += this.#weight * (value - this.#mean);
      return this.#mean;
    }
    if (this.#count === 0) this.#first = value;
    this.#sum += value - this.#first;
    if (++this.#count === this.#period) this.#mean = this.#first + this.#sum / this.#period;
    return this.#mean;
  }
}
