import { formatCount, formatMoney, formatNumber, NO_VALUE } from "../../../kit/numbers-es.ts";
import type { Interval } from "../../../market/bars.ts";
import { type AssetAnalysis, isFailed, type Signal } from "../analysis/asset-analysis.ts";
import type { DataQuality } from "./data-quality.ts";
import { formatBarDate, formatDate } from "./dates-es.ts";
import { bullets, escapeText, linkTarget, paragraphs } from "./markdown.ts";
import type { ReportAsset } from "./user-report.ts";
import { PRIORITY_MARKS, SIGNAL_WORDS, SOURCE_WORDS, STRENGTH_WORDS, TREND_WORDS, VERDICT_MARKS } from "./words.ts";

/** Stands in every report that is made of sample prices. */
export const SAMPLE_NOTICE =
  "> 🧪 **Datos de muestra.** Los precios de este informe los genera el programa para probarlo: no son de ningún mercado " +
  "y no sirven para decidir nada.";

/** `342,32 USD`, or only the number where the currency is not known. */
export function priceText(price: number | null, currency: string | null): string {
  const amount = formatMoney(price);
  return currency === null || amount === NO_VALUE ? amount : `${amount} ${escapeText(currency)}`;
}

/** Our own sentences carry decimals with a point; reports write commas. */
export const sentenceText = (sentence: string): string => escapeText(sentence.replace(/(\d)\.(?=\d)/g, "$1,"));

export const alertText = ({ type, description, priority }: Signal): string =>
  `${PRIORITY_MARKS[priority]} **${SIGNAL_WORDS[type] ?? escapeText(type)}:** ${sentenceText(description)}`;

export interface AssetSectionOptions {
  /** A line of its own before the facts. */
  lead?: string;
  /** Whether a missing long average is worth a line: weekly bars never have one. */
  expectsLongTrend: boolean;
  /** Of the analysed bars. */
  interval: Interval;
}

/** The short section of one asset: heading, facts, signals, warnings about its data, chart. */
export function renderAssetSection(
  { symbol, entry, currency }: Pick<ReportAsset, "symbol" | "entry" | "currency">,
  { lead, expectsLongTrend, interval }: AssetSectionOptions,
): string {
  if (isFailed(entry)) return paragraphs([`### ⚠️ ${escapeText(symbol)}`, lead ?? null, escapeText(entry.error)]);
  const { recommendation } = entry.signals;
  return paragraphs([
    `### ${VERDICT_MARKS[recommendation]} ${escapeText(symbol)}: ${recommendation}`,
    lead ?? null,
    factsText(entry, currency, interval),
    bullets([...entry.signals.alerts.map(alertText), ...dataWarnings(entry, { expectsLongTrend, interval })]),
    chartLink(entry.chart_file),
  ]);
}

function factsText(
  { signals, latest_metrics, data_as_of }: AssetAnalysis,
  currency: string | null,
  interval: Interval,
): string {
  const { rsi, adx, macd_histogram: histogram, atr } = latest_metrics;
  const trend = TREND_WORDS[signals.filters.long_term_trend];
  const numbers = [
    rsi === undefined ? null : `RSI ${formatNumber(rsi, 2)}`,
    adx === undefined ? null : `ADX ${formatNumber(adx, 2)}`,
    histogram === undefined ? null : `histograma del MACD ${formatMoney(histogram)}`,
    atr === undefined ? null : `ATR ${formatMoney(atr)}`,
  ].filter((text) => text !== null);
  const date = `${interval === "1wk" ? "," : " al"} ${formatBarDate(data_as_of, interval)}`;
  return [
    `**${priceText(signals.price_current, currency)}**${date}`,
    `Largo plazo: ${trend} · ${STRENGTH_WORDS[signals.filters.market_regime]}`,
    ...(numbers.length === 0 ? [] : [numbers.join(" · ")]),
  ].join("  \n");
}

/** What makes the figures of one asset less certain. */
function dataWarnings(
  { stale, partial_bar, bars, latest_metrics, data_as_of }: AssetAnalysis,
  { expectsLongTrend, interval }: Pick<AssetSectionOptions, "expectsLongTrend" | "interval">,
): string[] {
  const warnings: string[] = [];
  const date = `${interval === "1wk" ? "de la" : "del"} ${formatBarDate(data_as_of, interval)}`;
  if (stale) warnings.push(`🕒 El último precio es ${date}: está atrasado.`);
  if (partial_bar) warnings.push("⏳ La última barra todavía se está formando: puede cambiar.");
  if (expectsLongTrend && latest_metrics.ema_200 === undefined)
    warnings.push(
      `📏 Con ${formatCount(bars)} barras no alcanza para la media larga (EMA 200): no hay tendencia de largo plazo.`,
    );
  return warnings;
}

function chartLink(chartFile: string | null): string | null {
  const target = chartFile === null ? null : linkTarget(chartFile);
  return target === null ? null : `📈 [Ver gráfico](${target})`;
}

/** How many symbols the figures rest on, how old they are and where they come from. */
export function renderQuality(quality: DataQuality, interval: Interval): string {
  const { symbols, analysed, failed, stale, partial, short_history, expected_date } = quality;
  const notes = [
    counted(failed, "sin análisis"),
    counted(stale, "con precios atrasados"),
    counted(partial, "con la última barra sin cerrar"),
    counted(short_history, "con menos historia que la pedida"),
  ].filter((note) => note !== null);
  return bullets([
    `Símbolos: ${formatCount(symbols)}; analizados: ${formatCount(analysed)}. ${notes.length === 0 ? "Sin faltantes." : `De ellos: ${notes.join(", ")}.`}`,
    `${datesText(quality, interval)} Última rueda esperada: ${formatDate(expected_date)}.`,
    `Fuente de precios: ${SOURCE_WORDS[quality.source]}.`,
  ]);
}

function datesText({ oldest_data: oldest, newest_data: newest }: DataQuality, interval: Interval): string {
  if (oldest === null || newest === null) return "Ningún precio.";
  const isWeekly = interval === "1wk";
  if (oldest === newest) return `Precios ${isWeekly ? "de la" : "al"} ${formatBarDate(newest, interval)}.`;
  return isWeekly
    ? `Precios de la ${formatBarDate(oldest, interval)} a la del ${formatDate(newest)}, según el activo.`
    : `Precios del ${formatDate(oldest)} al ${formatDate(newest)}, según el activo.`;
}

const counted = (count: number, words: string): string | null =>
  count === 0 ? null : `${formatCount(count)} ${words}`;

/** Terms, disclaimer and footer: the end of both reports. */
export const REPORT_END = `## 📖 Cómo leer este informe

- **Recomendación:** COMPRAR, MANTENER o VENDER según reglas fijas sobre precio y volumen; la prioridad alta marca las señales más fuertes.
- **Tendencia de largo plazo:** alcista si la media de 50 barras está sobre la de 200; bajista si está debajo.
- **RSI:** de 0 a 100; arriba de 70 el precio subió muy rápido, debajo de 30 cayó muy rápido.
- **ADX:** fuerza de la tendencia; debajo de 20 no hay una clara, arriba de 40 es fuerte.
- **Histograma del MACD:** hacia dónde empuja el impulso; **ATR:** cuánto se mueve el precio en una barra normal.
- Los números usan coma para los decimales y punto para los miles. Un guion (–) quiere decir que el dato falta.

## ⚠️ Advertencia

Este informe lo hace un programa con reglas fijas y precios pasados. **No es asesoramiento financiero** ni tiene en cuenta la situación de nadie en particular. Invertir puede hacer perder dinero y ningún resultado anterior asegura los próximos. Antes de decidir, conviene consultar a un profesional habilitado.

---

*Generado por AIDA · Sistema SVGA v1.0*
`;
