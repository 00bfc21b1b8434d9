import { formatCount, formatNumber, formatPercent } from "../../../kit/numbers-es.ts";
import type { ConcentrationGroup, CurrencyCheck } from "./checks.ts";
import type { Correlations } from "./correlation.ts";
import { formatDate } from "./dates-es.ts";
import type { AssetFall, PortfolioFall } from "./drawdown.ts";

/** `en USD`; a currency that the source does not name stays nameless. */
export const inCurrency = (currency: string | null): string =>
  currency === null ? "sin moneda indicada" : `en ${currency}`;

/** Above it one position outweighs a quarter of the total; above the second, half of it. */
export const LARGE_PERCENT = 25;
const DOMINANT_PERCENT = 50;
export const TOP_THREE_PERCENT = 70;
/** Herfindahl-Hirschman limits of the Horizontal Merger Guidelines of 2010: 1,500 and 2,500 of 10,000. */
const MODERATE_HHI = 0.15;
export const HIGH_HHI = 0.25;

/** Symbols are plain words here: whoever renders the sentence escapes it. */
export function describeConcentration(group: ConcentrationGroup): string[] {
  const where = inCurrency(group.currency);
  const { largest_symbol: largest, largest_weight_percent: percent, hhi } = group;
  if (group.positions === 1) return [`Hay una sola posición valuada ${where}, ${largest}: todo depende de ella.`];
  const weight = formatPercent(percent);
  const sentences = [
    percent > DOMINANT_PERCENT
      ? `${largest} pesa el ${weight} de lo valuado ${where}: más de la mitad.`
      : percent > LARGE_PERCENT
        ? `${largest} pesa el ${weight} de lo valuado ${where}: más de la cuarta parte.`
        : `Ninguna posición ${where} pasa de la cuarta parte; la mayor es ${largest}, con el ${weight}.`,
  ];
  if (group.positions > 3 && group.top_three_weight_percent > TOP_THREE_PERCENT)
    sentences.push(
      `Las tres mayores (${group.top_three_symbols.join(", ")}) suman el ${formatPercent(group.top_three_weight_percent)}.`,
    );
  const spread =
    hhi > HIGH_HHI ? "está muy concentrado" : hhi > MODERATE_HHI ? "está algo concentrado" : "está repartido";
  sentences.push(
    `En conjunto ${spread}: equivale a tener ${formatNumber(group.equivalent_positions, 1)} posiciones del mismo tamaño.`,
  );
  return sentences;
}

export function describeCurrency({
  currencies,
  count,
  without_currency: nameless,
}: Omit<CurrencyCheck, "sentences">): string[] {
  const sentences: string[] = [];
  if (count === 1)
    sentences.push(
      `Todo lo que tiene moneda conocida cotiza en ${currencies[0]}. Para quien gasta en otra, el tipo de cambio mueve todo a la vez.`,
    );
  if (count > 1)
    sentences.push(
      `Los activos cotizan en ${formatCount(count)} monedas (${listed(currencies)}): los totales van por moneda y no se suman entre sí.`,
    );
  if (nameless.length > 0) sentences.push(`La fuente de precios no dice en qué moneda cotiza: ${listed(nameless)}.`);
  return sentences;
}

export function describePortfolioFall(fall: PortfolioFall): string {
  const where = inCurrency(fall.currency);
  const left =
    fall.positions_left_out === 0
      ? ""
      : ` No cuenta ${formatCount(fall.positions_left_out)} de las posiciones, por no tener historia o ser ventas en corto.`;
  if (fall.peak_date === null || fall.trough_date === null)
    return `Con las cantidades de hoy, lo valuado ${where} no cayó nunca desde un máximo.${left}`;
  return (
    `Con las cantidades de hoy, lo valuado ${where} llegó a caer un ${formatPercent(-fall.fall_percent)} desde su máximo, ` +
    `entre el ${formatDate(fall.peak_date)} y el ${formatDate(fall.trough_date)}.${left}`
  );
}

export function describeWorstAsset({ symbol, fall_percent, peak_date, trough_date }: AssetFall): string {
  if (peak_date === null || trough_date === null) return "Ningún activo cayó desde un máximo en el período analizado.";
  return (
    `La mayor caída de un solo activo fue la de ${symbol}: un ${formatPercent(-fall_percent)} ` +
    `entre el ${formatDate(peak_date)} y el ${formatDate(trough_date)}.`
  );
}

/** Pairs named in the text; the file lists more. */
const PAIRS_NAMED = 3;

export function describeCorrelations({ closest_pairs, pairs_above, mean_correlation }: Correlations): string[] {
  const sentences = closest_pairs
    .slice(0, PAIRS_NAMED)
    .map(
      ({ symbols: [one, other], correlation, common_dates }) =>
        `${one} y ${other} se mueven casi como uno solo (correlación ${formatNumber(correlation, 2)} en ${formatCount(common_dates)} fechas): tener los dos diversifica poco.`,
    );
  if (pairs_above > PAIRS_NAMED) sentences.push(`En total hay ${formatCount(pairs_above)} pares así de parecidos.`);
  if (pairs_above === 0) sentences.push("Ningún par de activos se mueve casi como uno solo.");
  const mean = mean_correlation ?? 0;
  const reading =
    mean > 0.6
      ? "suelen subir y bajar juntos"
      : mean > 0.3
        ? "se acompañan a medias"
        : "se mueven bastante por su cuenta";
  sentences.push(`La correlación media es ${formatNumber(mean_correlation, 2)}: en general los activos ${reading}.`);
  return sentences;
}

/** Names in the sentence; a list of thousands would not be one. */
const MAX_LISTED = 10;

const listed = (names: readonly string[]): string =>
  names.slice(0, MAX_LISTED).join(", ") + (names.length > MAX_LISTED ? " y más" : "");
