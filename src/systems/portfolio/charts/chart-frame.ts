import type { DataSource } from "../../../db/schema/market.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import { formatCount, formatMoney, formatNumber, formatPercentChange } from "../../../kit/numbers-es.ts";
import { formatDate, formatShortDate } from "../files/dates-es.ts";
import type { ChartSeries } from "./chart-series.ts";
import { dateTicks } from "./date-ticks.ts";
import type { Plot } from "./plot.ts";
import { coordinate, escapeXml } from "./svg.ts";

export interface ChartSubject {
  symbol: string;
  name?: string | null;
  currency: string | null;
  dataSource: DataSource;
}

/** Longer names are cut. */
const MAX_NAME_LENGTH = 40;
/** Width of a letter of 12 pixels in the widest of the usual fonts; the browser chooses. */
const LETTER_WIDTH = 6.8;
/** The same for figures in bold. */
export const BOLD_LETTER_WIDTH = 8.2;

/** `<title>` and `<desc>`: what people hear who do not see the chart. */
export function renderDescription({ symbol, currency, dataSource }: ChartSubject, series: ChartSeries): string {
  const { date, close, high, low } = series;
  const unit = currency === null ? "" : ` ${currency}`;
  const sentences = [
    `Precios de ${symbol} del ${formatDate(date[0]!)} al ${formatDate(date.at(-1)!)}, ${formatCount(series.length)} barras.`,
    `Último cierre: ${formatMoney(close.at(-1))}${unit}.`,
    `Mínimo ${formatMoney(Math.min(...low))}${unit}, máximo ${formatMoney(Math.max(...high))}${unit}.`,
    ...(dataSource === "sample" ? ["Son datos de muestra, de ningún mercado."] : []),
  ];
  return `<title>${escapeXml(symbol)}</title><desc>${escapeXml(sentences.join(" "))}</desc>`;
}

/** Symbol and name at the left, last price, its date and the change over the chart at the right. */
export function renderTitle(subject: ChartSubject, { date, close }: ChartSeries, width: number): string {
  const { symbol, currency, dataSource } = subject;
  const name = (subject.name ?? "").trim();
  const shownName = name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
  const last = close.at(-1)!;
  const change = close[0]! > 0 && close.length > 1 ? (last / close[0]! - 1) * 100 : null;
  const parts = [
    escapeXml(symbol),
    shownName && shownName !== symbol ? `<tspan class="name" dx="10">${escapeXml(shownName)}</tspan>` : "",
    dataSource === "sample" ? `<tspan class="sample" dx="14">DATOS DE MUESTRA</tspan>` : "",
  ];
  const facts = [
    `al ${formatShortDate(date.at(-1)!)}`,
    ...(change === null ? [] : [`${formatPercentChange(change)} en el período`]),
  ];
  const right = width - 14;
  return [
    `<text class="symbol" x="18" y="32">${parts.join("")}</text>`,
    `<text class="last end" x="${right}" y="30">${escapeXml(`${formatMoney(last)}${currency === null ? "" : ` ${currency}`}`)}</text>`,
    `<text class="end" x="${right}" y="50">${facts.join(" · ")}</text>`,
  ].join("");
}

/** What each line is; lines that have not begun yet are not named. */
export function renderLegend({ averages, band }: ChartSeries, isCandles: boolean): string {
  const isKnown = (values: Float64Array) => values.some(Number.isFinite);
  const entries = [
    isCandles ? { label: "Velas", style: "up" } : { label: "Cierre", style: "price" },
    ...averages
      .filter(({ values }) => isKnown(values))
      .map(({ label, style }) => ({ label, style: `average ${style}` })),
    ...(isKnown(band.upper) ? [{ label: "Bandas de Bollinger", style: "band" }] : []),
  ];
  let x = 18;
  return entries
    .map(({ label, style }) => {
      const swatch = swatchOf(style, x);
      const entry = `${swatch}<text x="${x + 19}" y="53">${label}</text>`;
      x += Math.round(19 + label.length * LETTER_WIDTH + 14);
      return entry;
    })
    .join("");
}

function swatchOf(style: string, x: number): string {
  const box = (name: string, left: number, width: number) =>
    `<rect class="${name} swatch" x="${left}" y="45" width="${width}" height="7"/>`;
  if (style === "up") return box("up", x, 6) + box("down", x + 8, 6);
  return style === "band" ? box(style, x, 14) : `<path class="${style}" d="M${x} 48.5H${x + 14}"/>`;
}

/** Lines across the plot with their prices at the right. */
export function renderPriceAxis(plot: Plot, values: readonly number[], labels: readonly string[]): string {
  const heights = values.map((value) => coordinate(plot.yOf(value)));
  const lines = heights.map((y) => `M${plot.left} ${y}H${coordinate(plot.right)}`).join("");
  const texts = labels.map(
    (label, index) => `<text x="${coordinate(plot.right + 7)}" y="${heights[index]}" dy="4">${label}</text>`,
  );
  return `<path class="grid" d="${lines}"/>${texts.join("")}`;
}

/** Width of a label of this axis with the gap to the next. */
const DATE_WIDTH = 64;

export function renderDateAxis(plot: Plot, dates: readonly IsoDate[]): string {
  const most = Math.max(2, Math.floor((plot.right - plot.left) / DATE_WIDTH));
  let previous = Number.NEGATIVE_INFINITY;
  const shown = dateTicks(dates, most).filter(({ index }) => {
    const x = plot.xOf(index);
    const isFree = x - previous >= DATE_WIDTH * 0.75 && x - plot.left >= 14;
    if (isFree) previous = x;
    return isFree;
  });
  const lines = shown
    .map(({ index }) => `M${coordinate(plot.xOf(index))} ${plot.top}V${coordinate(plot.volumeBottom)}`)
    .join("");
  const texts = shown.map(
    ({ index, label }) =>
      `<text class="centre" x="${coordinate(plot.xOf(index))}" y="${coordinate(plot.volumeBottom + 18)}">${label}</text>`,
  );
  return `<path class="grid" d="${lines}M${plot.left} ${coordinate(plot.volumeBottom)}H${coordinate(plot.right)}"/>${texts.join("")}`;
}

/** More decimals than this say nothing at an axis. */
const MAX_DECIMALS = 12;

/** A price at the axis, as precise as the distance between two of them. */
export function tickText(value: number, step: number): string {
  const decimals = Math.min(
    Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (isQuarterStep(step) ? 1 : 0)),
    MAX_DECIMALS,
  );
  if (Math.abs(value) >= 1 || value === 0) return formatNumber(value, decimals);
  const money = formatMoney(value);
  const precise = formatNumber(value, decimals);
  return precise.length > money.length ? precise : money;
}

/** 2.5, 0.25 … have one digit more than their size tells. */
const isQuarterStep = (step: number): boolean => /^2\.?5/.test(step.toExponential(1));
