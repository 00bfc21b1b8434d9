const LEVELS = "▁▂▃▄▅▆▇█";

/** Smallest range that fills the height, so that noise of a point or two stays flat. */
const MIN_RANGE = 10;

/** The last `width` values (oldest first) as one bar each; right-aligned, missing values as spaces. */
export function renderSparkline(values: readonly (number | null)[], width: number): string {
  if (width <= 0) return "";
  const shown = values.slice(-width);
  const known = shown.filter((value): value is number => value !== null && Number.isFinite(value));
  if (known.length === 0) return " ".repeat(width);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const range = Math.max(high - low, MIN_RANGE);
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
