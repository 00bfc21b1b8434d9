import { NO_VALUE } from "../../../kit/numbers-es.ts";
import { roundHalfEven } from "../../../kit/round.ts";
import { isFailed, type Signal } from "../analysis/asset-analysis.ts";
import { formatOldMoment } from "./dates-es.ts";
import { escapeText, linkTarget } from "./markdown.ts";
import type { MarketDocument } from "./market-document.ts";
import type { PortfolioDocument } from "./portfolio-document.ts";
import { SAMPLE_NOTICE } from "./report-parts.ts";
import type { ReportAsset } from "./user-report.ts";
import { PRIORITY_MARKS, VERDICT_MARKS } from "./words.ts";

/** Two spaces at the end of a line are a line break. */
const BREAK = "  \n";

/** `portfolio_informe.md` as it was (portfolio.md 12). Ends with one newline. */
export function renderPortfolioReportV1({ report, assets }: PortfolioDocument, timezone: string): string {
  return render({
    title: "# 📊 INFORME DE PORTFOLIO - SISTEMA SVGA",
    section: "## 💼 ANÁLISIS DEL PORTAFOLIO",
    moment: formatOldMoment(report.analysedAt, timezone),
    isSample: report.dataSource === "sample",
    assets: assets.map((asset) =>
      renderAsset(asset, "#### 🚨 Alertas Detectadas:", ({ recommendation, priority, price_current, filters }) => [
        `**Recomendación:** **${recommendation}** (Prioridad: ${priority})`,
        `**Precio Actual:** $${formatOldPrice(price_current)}`,
        `**Régimen de Mercado:** ${filters.market_regime}`,
        `**Tendencia Largo Plazo:** ${filters.long_term_trend}`,
      ]),
    ),
    glossary: [RSI, MACD, ADX, OBV],
  });
}

/** `mercado_informe.md` as it was (portfolio.md 12). Ends with one newline. */
export function renderMarketReportV1({ report, candidates }: MarketDocument, timezone: string): string {
  return render({
    title: "# 🌍 INFORME DE MERCADO - SISTEMA SVGA",
    section: "## 📈 CONTEXTO DE MERCADO GENERAL",
    moment: formatOldMoment(report.analysedAt, timezone),
    isSample: report.dataSource === "sample",
    assets: candidates.map((asset) =>
      renderAsset(asset, "#### 🚨 Alertas:", ({ recommendation, price_current, filters }) => [
        `**Recomendación:** ${recommendation}`,
        `**Tendencia:** ${filters.long_term_trend}`,
        `**Régimen:** ${filters.market_regime}`,
        `**Precio:** $${formatOldPrice(price_current)}`,
      ]),
    ),
    glossary: [RSI, MACD, ADX],
  });
}

interface OldReport {
  title: string;
  section: string;
  moment: string;
  isSample: boolean;
  assets: readonly string[];
  glossary: readonly string[];
}

function render({ title, section, moment, isSample, assets, glossary }: OldReport): string {
  return [
    `${title}\n`,
    `**Fecha y Hora de Análisis:** ${moment}\n`,
    ...(isSample ? [`${SAMPLE_NOTICE}\n`] : []),
    "---\n",
    `${section}\n`,
    ...assets,
    "---\n",
    "## 📊 MÉTRICAS TÉCNICAS CLAVE\n",
    "### Interpretación de Indicadores:\n",
    ...glossary,
    "---\n",
    "## ⚠️ ADVERTENCIA LEGAL\n",
    `${OLD_DISCLAIMER}\n`,
    "---\n",
    `*Generado por AIDA (Artificial Intelligence Data Architect)*${BREAK}*Sistema SVGA v1.0*\n`,
  ].join("\n");
}

type Signals = Extract<ReportAsset["entry"], { signals: unknown }>["signals"];

function renderAsset(
  { symbol, entry }: Pick<ReportAsset, "symbol" | "entry">,
  alertsHeading: string,
  factsOf: (signals: Signals) => string[],
): string {
  const name = escapeText(symbol);
  if (isFailed(entry)) return `### ⚠️ ${name}\n**Error:** ${escapeText(entry.error)}\n`;
  const { signals, chart_file } = entry;
  const target = chart_file === null ? null : linkTarget(chart_file);
  return [
    `### ${VERDICT_MARKS[signals.recommendation]} ${name}\n`,
    `${factsOf(signals).join(BREAK)}\n`,
    `${alertsHeading}\n`,
    `${signals.alerts.map(renderAlert).join("\n")}\n`,
    ...(target === null ? [] : [`📈 [Ver gráfico interactivo](${target})\n`]),
    "---\n",
  ].join("\n");
}

const renderAlert = ({ type, description, priority }: Signal): string =>
  `- ${PRIORITY_MARKS[priority]} **${type}:** ${escapeText(description)}`;

/** Two decimals as the old reports write them: no thousands, exact halves to the even digit. */
const formatOldPrice = (price: number): string =>
  Number.isFinite(price) ? roundHalfEven(price, 2).toFixed(2) : NO_VALUE;

const RSI = `#### RSI (Índice de Fuerza Relativa)
- **> 70:** el precio subió mucho y muy seguido; puede tomarse un respiro
- **< 30:** el precio bajó mucho y muy seguido; puede rebotar
- **Divergencias:** el precio y el RSI se separan, y eso suele verse antes de un giro
`;
const MACD = `#### MACD (Convergencia/Divergencia de Medias Móviles)
- **Histograma > 0:** el impulso empuja hacia arriba
- **Histograma < 0:** el impulso empuja hacia abajo
- **Cruce de línea cero:** el impulso acaba de cambiar de lado
`;
const ADX = `#### ADX (Índice de Movimiento Direccional)
- **> 40:** la tendencia manda; acompañarla suele dar mejor resultado
- **20-40:** hay tendencia, sin ser fuerte
- **< 20:** no hay tendencia; pesan más el RSI y otros osciladores
`;
const OBV = `#### OBV (Volumen Total Acumulativo)
- **Confirmación:** el volumen acompaña al precio y lo respalda
- **Divergencia:** el volumen va hacia el otro lado y pone en duda el movimiento
`;
const OLD_DISCLAIMER =
  "Este informe lo hace un programa a partir de precios y volúmenes pasados. **No es un consejo de inversión.** Invertir " +
  "puede hacer perder dinero, y lo que ocurrió antes no asegura lo que vendrá. Antes de decidir, conviene hablar con un " +
  "profesional habilitado.";
