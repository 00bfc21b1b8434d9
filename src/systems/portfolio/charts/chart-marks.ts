import { formatMoney } from "../../../kit/numbers-es.ts";
import type { ChartSeries } from "./chart-series.ts";
import type { Plot } from "./plot.ts";
import { coordinate } from "./svg.ts";

/** Part of a bar's place that its body fills. */
const BODY_PART = 0.64;
/** A body is never thinner, in pixels: a day that ends where it began is a stroke. */
const LEAST_BODY = 1;

/** One path for the bars that rose and one for those that fell: wick and body each. */
export function renderCandles({ xOf, yOf, slot }: Plot, { length, open, high, low, close }: ChartSeries): string {
  const paths = { up: "", down: "" };
  const width = Math.max(slot * BODY_PART, 1);
  for (let index = 0; index < length; index++) {
    const x = xOf(index);
    const top = yOf(Math.max(open[index]!, close[index]!));
    const height = Math.max(yOf(Math.min(open[index]!, close[index]!)) - top, LEAST_BODY);
    const wick = `M${coordinate(x)} ${coordinate(yOf(high[index]!))}V${coordinate(yOf(low[index]!))}`;
    const half = coordinate(width);
    const body = `M${coordinate(x - width / 2)} ${coordinate(top)}h${half}v${coordinate(height)}h-${half}z`;
    paths[close[index]! >= open[index]! ? "up" : "down"] += wick + body;
  }
  return `<path class="up" d="${paths.up}"/><path class="down" d="${paths.down}"/>`;
}

export function renderVolume({ xOf, volumeTop, volumeBottom, slot }: Plot, { volume }: ChartSeries): string {
  const most = Math.max(...volume);
  if (!(most > 0)) return "";
  let path = "";
  for (const [index, units] of volume.entries()) {
    const height = coordinate((units / most) * (volumeBottom - volumeTop));
    if (height !== "0") path += `M${coordinate(xOf(index))} ${coordinate(volumeBottom)}v-${height}`;
  }
  const width = coordinate(Math.max(slot * BODY_PART, 0.6));
  return `<path class="volume" stroke-width="${width}" d="${path}"/><text x="20" y="${coordinate(volumeTop + 9)}">Volumen</text>`;
}

/** A dashed line at the last close, with the price at the axis. */
export function renderLastPrice({ left, right, yOf }: Plot, { close }: ChartSeries, labelWidth: number): string {
  const last = close.at(-1)!;
  const y = coordinate(yOf(last));
  const box = `<rect class="tag" x="${coordinate(right + 3)}" y="${coordinate(yOf(last) - 9)}" width="${coordinate(labelWidth)}" height="18" rx="3"/>`;
  return `<path class="now" d="M${left} ${y}H${coordinate(right)}"/>${box}<text class="tagged" x="${coordinate(right + 7)}" y="${y}" dy="4">${formatMoney(last)}</text>`;
}
