/** Problems told in one report; the others are counted. */
const MAX_TOLD = 1_000;

/** Problems in the order in which they were found, with a limit. */
export class ProblemList {
  readonly #told: string[] = [];
  #count = 0;

  add(problem: string): void {
    if (this.#count++ < MAX_TOLD) this.#told.push(problem);
  }

  /** The first ones, and how many more there are. */
  toJSON(): string[] {
    const more = this.#count - this.#told.length;
    return more > 0 ? [...this.#told, `… and ${more} more problems`] : this.#told;
  }
}
