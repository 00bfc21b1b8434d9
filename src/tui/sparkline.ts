const LEVELS = "▁▂▃▄▅▆▇█";

/** Of scores: noise of a point or two stays flat. */
const MIN_RANGE = 10;

/** Of prices: a coin that is tied to the dollar stays flat. */
const MIN_PRICE_RANGE = 0.01;

/** The last `width` closes (oldest first) as one bar each. */
export function renderPriceLine(closes: readonly number[], width: number): string {
  const last = closes.findLast(Number.isFinite) ?? 0;
  return renderSparkline(closes, width, Math.abs(last) * MIN_PRICE_RANGE || 1);
}

/**
 * The last `width` values (oldest first) as one bar each; right-aligned, missing values as spaces. `minRange` is the
 * smallest range that fills the height.
 */
export function renderSparkline(values: readonly (number | null)[], width: number, minRange = MIN_RANGE): string {
  if (width <= 0) return "";
  const shown = values.slice(-width);
  const known = shown.filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length === 0) return " ".repeat(width);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const range = Math.max(high - low, minRange);
  const floor = (low + high) / 2 - range / 2;
  const bars = shown.map((value) =>
    value === null || !Number.isFinite(value) ? " " : levelOf((value - floor) / range),
  );
  return bars.join("").padStart(width);
}

function levelOf(fraction: number): string {
  const index = Math.min(LEVELS.length - 1, Math.floor(fraction * LEVELS.length));
  return LEVELS[Math.max(0, index)] ?? " ";
}
