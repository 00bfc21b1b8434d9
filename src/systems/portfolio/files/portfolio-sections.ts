import {
  formatCount,
  formatGain,
  formatMoney,
  formatPercent,
  formatPercentChange,
  formatQuantity,
  NO_VALUE,
} from "../../../kit/numbers-es.ts";
import { isFailed } from "../analysis/asset-analysis.ts";
import type { RecommendationChange, ReportChanges } from "./changes.ts";
import type { CheckState, PortfolioChecks } from "./checks.ts";
import { formatDate, formatShortDate } from "./dates-es.ts";
import { bullets, escapeText, paragraphs, table } from "./markdown.ts";
import type { PositionRow, Positions, PositionTotal } from "./positions.ts";
import { priceText, sentenceText } from "./report-parts.ts";
import type { ReportAsset } from "./user-report.ts";
import { PRIORITY_WORDS, SIGNAL_WORDS, TREND_WORDS, VERDICT_MARKS } from "./words.ts";

/** What is new since the last report, first of all. */
export function renderChanges(changes: ReportChanges, assets: readonly ReportAsset[]): string {
  const currencyOf = new Map(assets.map(({ symbol, currency }) => [symbol, currency]));
  const lines = [
    ...changes.recommendations.map((change) => changeText(change, currencyOf.get(change.symbol) ?? null)),
    ...changes.high_alerts.map(
      ({ symbol, type, description }) =>
        `🔴 **${escapeText(symbol)}**, alerta de prioridad alta: ${SIGNAL_WORDS[type] ?? escapeText(type)}. ${sentenceText(description)}`,
    ),
    ...(changes.added.length > 0 ? [`➕ Por primera vez en el informe: ${symbolList(changes.added)}.`] : []),
    ...changes.lost.map(
      ({ symbol, previous, previous_as_of }) =>
        `⚠️ **${escapeText(symbol)}** no se pudo analizar esta vez (${formatShortDate(previous_as_of)}: ${previous}).`,
    ),
  ];
  if (changes.first_report)
    return paragraphs([
      "## 🔔 Qué cambió",
      "Es el primer informe: todavía no hay con qué comparar.",
      lines.length === 0 ? null : bullets(lines),
    ]);
  const rest =
    changes.unchanged === 0 ? [] : [`Con la misma recomendación que antes: ${formatCount(changes.unchanged)}.`];
  return paragraphs([
    `## 🔔 Qué cambió desde el ${formatDate(changes.since)}`,
    lines.length === 0 ? "Sin cambios." : bullets([...lines, ...rest]),
  ]);
}

function changeText(change: RecommendationChange, currency: string | null): string {
  const { symbol, from, to, previous_as_of, previous_price, price, price_change_percent: percent } = change;
  const moved = percent === null ? "" : ` (${formatPercentChange(percent)})`;
  return (
    `${VERDICT_MARKS[to]} **${escapeText(symbol)}** pasó de ${from} a **${to}**; precio: ` +
    `${formatMoney(previous_price)} el ${formatShortDate(previous_as_of)}, ahora ${priceText(price, currency)}${moved}.`
  );
}

export function renderRecommendations(assets: readonly ReportAsset[]): string {
  const rows = assets.map(({ symbol, entry, currency }) => {
    if (isFailed(entry)) return [escapeText(symbol), "⚠️ sin análisis", NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE];
    const { recommendation, price_current, filters, priority } = entry.signals;
    return [
      escapeText(symbol),
      `${VERDICT_MARKS[recommendation]} ${recommendation}`,
      priceText(price_current, currency),
      TREND_WORDS[filters.long_term_trend],
      PRIORITY_WORDS[priority],
      `${formatShortDate(entry.data_as_of)}${entry.stale ? " 🕒" : ""}${entry.partial_bar ? " ⏳" : ""}`,
    ];
  });
  const header = ["Símbolo", "Recomendación", "Precio", "Tendencia", "Prioridad", "Dato del"];
  return paragraphs(["## 📋 Recomendaciones", table(header, "llrlll", rows)]);
}

/** Values, gains and weights, largest first within each currency; then the totals, never across currencies. */
export function renderPositions({ rows, totals }: Positions): string {
  if (totals.length === 0)
    return paragraphs([
      "## 💰 Posiciones",
      rows.some(({ quantity }) => quantity !== null)
        ? "Ninguna posición tiene a la vez cantidad y precio: no se puede calcular su valor."
        : "No hay cantidades cargadas: con la cantidad y el precio de compra de cada activo se muestran aquí su valor, su ganancia y su peso.",
    ]);
  const order = new Map(totals.map(({ currency }, index) => [currency, index]));
  const rank = ({ currency, value }: PositionRow) => (value === null ? order.size : order.get(currency)!);
  const sorted = rows.toSorted((one, other) => rank(one) - rank(other) || (other.value ?? 0) - (one.value ?? 0));
  const header = [
    "Símbolo",
    "Portafolio",
    "Cantidad",
    "Costo medio",
    "Precio",
    "Valor",
    "Ganancia",
    "Ganancia %",
    "Peso",
  ];
  return paragraphs([
    "## 💰 Posiciones",
    table(header, "llrrrrrrr", [...sorted.map(positionCells), ...totals.map(totalCells)]),
    positionNotes(rows, totals),
  ]);
}

function positionCells(row: PositionRow): string[] {
  return [
    `${escapeText(row.symbol)}${row.lots_without_quantity > 0 && row.quantity !== null ? " ❗" : ""}`,
    row.portfolios.map(escapeText).join(", "),
    formatQuantity(row.quantity),
    formatMoney(row.acquisition_price),
    priceText(row.price, row.currency),
    formatMoney(row.value),
    formatGain(row.gain),
    formatPercentChange(row.gain_percent),
    formatPercent(row.weight_percent),
  ];
}

function totalCells({ currency, value, gain, gain_percent }: PositionTotal): string[] {
  const name = currency === null ? "Total sin moneda indicada" : `Total ${escapeText(currency)}`;
  const cells = [formatMoney(value), formatGain(gain), formatPercentChange(gain_percent)].map((cell) => `**${cell}**`);
  return [`**${name}**`, "", "", "", "", ...cells, ""];
}

function positionNotes(rows: readonly PositionRow[], totals: readonly PositionTotal[]): string | null {
  const notes: string[] = [];
  if (totals.length > 1)
    notes.push("Cada total y cada peso es dentro de una moneda: montos en monedas distintas no se suman.");
  if (rows.some(({ value }) => value === null))
    notes.push("Las posiciones sin cantidad o sin precio no entran en los totales.");
  if (totals.some(({ positions_without_cost: missing }) => missing > 0))
    notes.push("La ganancia total cuenta solo las posiciones con precio de compra.");
  if (rows.some(({ lots_without_quantity: missing, quantity }) => missing > 0 && quantity !== null))
    notes.push("❗ Una parte de la posición no tiene cantidad cargada y queda fuera de las cuentas.");
  return notes.length === 0 ? null : bullets(notes);
}

const STATE_MARKS: Readonly<Record<CheckState, string>> = { ok: "✅", attention: "⚠️", not_enough_data: "❔" };

export function renderChecks({ concentration, currency, drawdown, correlation }: PortfolioChecks): string {
  const lines = [
    ["Concentración", concentration] as const,
    ["Moneda", currency] as const,
    ["Caídas", drawdown] as const,
    ["Correlación", correlation] as const,
  ].map(([name, { state, sentences }]) => `${STATE_MARKS[state]} **${name}.** ${sentences.map(escapeText).join(" ")}`);
  return paragraphs(["## 🧭 El portafolio en conjunto", bullets(lines)]);
}

/** Names in a sentence; the table below has all of them. */
const MAX_LISTED = 10;

const symbolList = (symbols: readonly string[]): string =>
  symbols.slice(0, MAX_LISTED).map(escapeText).join(", ") + (symbols.length > MAX_LISTED ? " y otros" : "");
