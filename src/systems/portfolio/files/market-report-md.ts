import { formatCount, formatMoney, formatNumber, NO_VALUE } from "../../../kit/numbers-es.ts";
import { isFailed } from "../analysis/asset-analysis.ts";
import { renderContext } from "./context-strip.ts";
import { formatMoment, formatShortBarDate } from "./dates-es.ts";
import { bullets, escapeText, paragraphs, table } from "./markdown.ts";
import type { MarketDocument } from "./market-document.ts";
import type { ReportProfile } from "./portfolio-report-md.ts";
import { priceText, REPORT_END, renderAssetSection, renderQuality, SAMPLE_NOTICE } from "./report-parts.ts";
import { renderMarketReportV1 } from "./report-v1.ts";
import { MARKET_WORDS, REGIME_WORDS, radarReason, VERDICT_MARKS } from "./words.ts";

export interface MarketReportOptions {
  profile: ReportProfile;
  /** IANA zone of the clocks in the report. */
  timezone: string;
}

/** `mercado_informe.md`. Every figure is in the document's JSON. Ends with one newline. Pure. */
export function renderMarketReport(document: MarketDocument, { profile, timezone }: MarketReportOptions): string {
  if (profile === "v1") return renderMarketReportV1(document, timezone);
  const { report, markets, candidates, interval, quality } = document;
  return paragraphs([
    "# 🌍 Informe de mercado",
    `Análisis del ${formatMoment(report.analysedAt, timezone)}`,
    report.dataSource === "sample" ? SAMPLE_NOTICE : null,
    "## 🧭 Estado de los mercados",
    markets.length === 0 ? "La configuración del usuario no incluye ningún mercado." : null,
    ...markets.map(renderMarket),
    renderCandidates(document),
    renderContext(report.context),
    ...(candidates.length === 0 ? [] : ["## 💼 Candidato por candidato"]),
    ...candidates.map((candidate) => {
      const { radar, score, rank, fileMarket } = candidate;
      const place = `Puesto ${formatCount(rank)} en ${MARKET_WORDS[fileMarket]} · puntaje ${formatNumber(score, 2)}`;
      return renderAssetSection(candidate, {
        lead: `Radar: ${escapeText(radar)} · ${place}`,
        expectsLongTrend: false,
        interval,
      });
    }),
    `## 🧾 Calidad de los datos\n\n${renderQuality(quality, interval)}`,
    REPORT_END,
  ]);
}

function renderMarket({ name, regime, scan }: MarketDocument["markets"][number]): string {
  const { price, benchmark, confidence, reasons, error } = regime;
  const level = price === undefined ? "" : ` en ${formatMoney(price)}`;
  const verdict =
    regime.regime === "UNKNOWN"
      ? `**${REGIME_WORDS.UNKNOWN}**. ${escapeText(error ?? "Faltan precios de la referencia.")}`
      : `**${REGIME_WORDS[regime.regime]}**, con una confianza del ${formatNumber(confidence, 0)} %. Referencia: ${escapeText(benchmark)}${level}.`;
  const radars = scan.radars_used === "NONE" ? "ninguno encontró candidatos" : escapeText(scan.radars_used);
  return paragraphs([
    `### ${MARKET_WORDS[name]}`,
    `El mercado está ${verdict}`,
    bullets([
      ...reasons.map(escapeText),
      `Símbolos revisados: ${formatCount(scan.scanned)}; sin historia suficiente: ${formatCount(scan.skipped)}; candidatos: ${formatCount(scan.candidates)}. Radares: ${radars}.`,
    ]),
  ]);
}

/** The list with the reason of each entry: what its radar looks for. */
function renderCandidates({ candidates, interval }: MarketDocument): string {
  if (candidates.length === 0)
    return paragraphs(["## 🎯 Candidatos", "Hoy ningún símbolo cumple las condiciones de los radares."]);
  const rows = candidates.map(({ symbol, fileMarket, radar, score, rank, entry, currency }) => {
    const place = [`${formatCount(rank)}`, escapeText(symbol), fileMarket === "sp500" ? "acciones" : "cripto"];
    const why = [escapeText(radar), formatNumber(score, 2)];
    if (isFailed(entry)) return [...place, ...why, "⚠️ sin análisis", NO_VALUE, NO_VALUE];
    const { recommendation, price_current } = entry.signals;
    const verdict = `${VERDICT_MARKS[recommendation]} ${recommendation}`;
    return [
      ...place,
      ...why,
      verdict,
      priceText(price_current, currency),
      formatShortBarDate(entry.data_as_of, interval),
    ];
  });
  const header = ["Puesto", "Símbolo", "Mercado", "Radar", "Puntaje", "Análisis propio", "Precio"];
  const reasons = [...new Set(candidates.map(({ radar }) => radar))].flatMap((radar) => {
    const reason = radarReason(radar);
    return reason === null ? [] : [`**${escapeText(radar)}:** ${reason}.`];
  });
  return paragraphs([
    "## 🎯 Candidatos",
    table([...header, interval === "1wk" ? "Dato de la" : "Dato del"], "rlllrlrl", rows),
    "Por qué están en la lista:",
    bullets([
      ...reasons,
      "El puntaje ordena los hallazgos de un radar: no es una probabilidad ni una recomendación. El análisis propio mira el activo con otras reglas y puede no coincidir.",
      ...(interval === "1wk" ? [WEEKLY_NOTE] : []),
    ]),
  ]);
}

const WEEKLY_NOTE =
  "El análisis propio usa barras semanales de dos años, que no alcanzan para la media larga: la tendencia de largo plazo queda sin definir.";
