/** A price inside a sentence: two decimals, and four significant digits below 1, so that no coin costs `0.00`. */
export function formatPrice(price: number): string {
  return Math.abs(price) >= 1 || price === 0 ? price.toFixed(2) : price.toPrecision(4);
}
