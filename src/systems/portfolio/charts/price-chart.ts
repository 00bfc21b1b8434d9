import type { IsoDate } from "../../../kit/dates.ts";
import { formatMoney } from "../../../kit/numbers-es.ts";
import type { Bars } from "../../../market/bars.ts";
import {
  BOLD_LETTER_WIDTH,
  type ChartSubject,
  renderDateAxis,
  renderDescription,
  renderLegend,
  renderPriceAxis,
  renderTitle,
  tickText,
} from "./chart-frame.ts";
import { renderCandles, renderLastPrice, renderVolume } from "./chart-marks.ts";
import { type ChartSeries, selectChartSeries } from "./chart-series.ts";
import { CHART_STYLE } from "./chart-style.ts";
import { layOutPlot } from "./plot.ts";
import { niceTicks, paddedRange, rangeOf } from "./scales.ts";
import { areaPath, escapeXml, linePath } from "./svg.ts";

export interface PriceChartOptions extends ChartSubject {
  /** Oldest first. */
  bars: Bars;
  /** First date shown; earlier bars only feed the averages. Default: all are shown. */
  from?: IsoDate;
}

/** Pixels. */
const WIDTH = 960;
const HEIGHT = 540;

/** More bars than this are too thin for candles. */
const MAX_CANDLES = 130;

/**
 * Prices with averages (SMA 20, EMA 50, EMA 200), Bollinger band (20, 2) and volume as SVG: candles for up to 130 bars, the
 * line of closes beyond. One text without scripts or outside references; the same bars give the same bytes.
 */
export function renderPriceChart({ bars, from, ...subject }: PriceChartOptions): string {
  const series = selectChartSeries(bars, from);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" xml:lang="es">`,
    series.length === 0 ? renderNothing(subject) : renderSeries(subject, series),
    "</svg>\n",
  ].join("");
}

function renderSeries(subject: ChartSubject, series: ChartSeries): string {
  const isCandles = series.length <= MAX_CANDLES;
  const { averages, band, close } = series;
  const range = paddedRange(
    rangeOf([
      ...(isCandles ? [series.high, series.low] : [close]),
      ...averages.map(({ values }) => values),
      band.lower,
      band.upper,
    ])!,
  );
  const ticks = niceTicks(range, 8);
  const labels = ticks.values.map((value) => tickText(value, ticks.step));
  const longest = Math.max(...[...labels, formatMoney(close.at(-1))].map((label) => label.length));
  const labelWidth = longest * BOLD_LETTER_WIDTH + 8;
  const plot = layOutPlot({ bars: series.length, range, height: HEIGHT, right: WIDTH - 6 - labelWidth });
  const line = (style: string, values: Float64Array) =>
    `<path class="${style}" d="${linePath(values, plot.xOf, plot.yOf)}"/>`;
  return [
    renderDescription(subject, series),
    GROUND,
    renderTitle(subject, series, WIDTH),
    renderLegend(series, isCandles),
    renderPriceAxis(plot, ticks.values, labels),
    renderDateAxis(plot, series.date),
    renderVolume(plot, series),
    `<path class="band" d="${areaPath(band, plot.xOf, plot.yOf)}"/>`,
    isCandles ? renderCandles(plot, series) : line("price", close),
    ...averages.map(({ style, values }) => line(`average ${style}`, values)),
    renderLastPrice(plot, series, labelWidth),
  ].join("");
}

const GROUND = `<style>${CHART_STYLE}</style><rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`;

function renderNothing({ symbol }: ChartSubject): string {
  const sentence = "No hay precios para dibujar.";
  return [
    `<title>${escapeXml(symbol)}</title><desc>${sentence}</desc>`,
    GROUND,
    `<text class="symbol" x="18" y="32">${escapeXml(symbol)}</text>`,
    `<text class="centre" x="${WIDTH / 2}" y="${HEIGHT / 2}">${sentence}</text>`,
  ].join("");
}
