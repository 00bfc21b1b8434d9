import { formatNumber, formatPercent } from "../../../kit/numbers-es.ts";
import type { MarketContext, Sourced } from "../context/market-context.ts";
import { dateOfTimestamp, formatShortDate } from "./dates-es.ts";
import { bullets, escapeText, paragraphs } from "./markdown.ts";
import { sentenceText } from "./report-parts.ts";
import { MACRO_WORDS, MOOD_WORDS, moodWord, RISK_WORDS, sectorWord } from "./words.ts";

/** Mood and economy around the market, each reading with its date, and marked where it is missing or old. */
export function renderContext({ fear_greed, macro, bias }: MarketContext): string {
  const dated = (reading: Sourced<number>, write: (value: number) => string) => readingText(reading, write);
  const mood = (index: MarketContext["fear_greed"]["stocks"]) =>
    dated(index, (value) => {
      const word = index.classification === null ? "" : ` (${escapeText(moodWord(index.classification))})`;
      return `${formatNumber(value, 0)}${word}`;
    });
  const overall = fear_greed.overall === null ? "falta uno de los dos índices" : MOOD_WORDS[fear_greed.overall];
  const points = (value: number) => `${formatNumber(value, 2)} puntos`;
  return paragraphs([
    "## 🌡️ Contexto",
    bullets([
      `**Miedo y codicia**, de cero a cien. Acciones: ${mood(fear_greed.stocks)}. Criptomonedas: ${mood(fear_greed.crypto)}. En conjunto: ${overall}.`,
      `**Economía de EE. UU.:** ${MACRO_WORDS[macro.regime]}; riesgo ${RISK_WORDS[macro.risk_level]}.`,
      `Tasa de la Reserva Federal: ${dated(macro.fed_funds, formatPercent)}. Inflación interanual: ${dated(macro.inflation_yoy, formatPercent)}.`,
      `Desempleo: ${dated(macro.unemployment, formatPercent)}. Bonos de diez años menos los de dos: ${dated(macro.yield_curve_10y2y, points)}.`,
      ...bias.reasoning.map(sentenceText),
      ...(bias.sector_preference.length === 0
        ? []
        : [
            `Sectores que suelen ir mejor en este contexto: ${bias.sector_preference.map((sector) => escapeText(sectorWord(sector))).join(", ")}.`,
          ]),
    ]),
  ]);
}

/** Sources speak of days without a zone and write them as midnights of UTC. */
const SOURCE_ZONE = "UTC";

function readingText({ value, timestamp, fallback }: Sourced<number>, write: (value: number) => string): string {
  if (value === null || !Number.isFinite(value)) return "sin dato";
  const date = formatShortDate(dateOfTimestamp(timestamp, SOURCE_ZONE));
  return `${write(value)}, ${date}${fallback ? " 🕒 dato viejo" : ""}`;
}
