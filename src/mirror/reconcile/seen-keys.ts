/** Hash of a key as a whole number below 2^53. */
export type KeyHash = (key: string) => number;

/** Another seed each run: a collision that hid something this time will not be one the next time. */
export const seededKeyHash =
  (seed: number): KeyHash =>
  (key) =>
    Number(BigInt.asUintN(53, Bun.hash.xxHash64(key, BigInt(seed))));

/** Which keys both sides have, by their hashes: half a million take some 20 MB. */
export class SeenKeys {
  readonly #hash: KeyHash;
  readonly #hashes = new Set<number>();
  #added = 0;
  #hits = 0;

  constructor(hash: KeyHash) {
    this.#hash = hash;
  }

  add(key: string): void {
    this.#added++;
    this.#hashes.add(this.#hash(key));
  }

  /** Asked once for every local key. */
  has(key: string): boolean {
    const seen = this.#hashes.has(this.#hash(key));
    if (seen) this.#hits++;
    return seen;
  }

  /** More local keys were found among the seen ones than there are: some key has the hash of another one. */
  get collided(): boolean {
    return this.#hits > this.#added;
  }
}
