import type { DataSource } from "../../../db/schema/market.ts";
import type { SignalPriority } from "../../../db/schema/portfolio.ts";
import type { LongTermTrend, SignalType, TrendStrength, Verdict } from "../analysis/asset-analysis.ts";
import type { FearGreedClass, MacroRegime, RiskLevel } from "../context/market-context.ts";
import type { Regime } from "../radar/radar-scan.ts";
import type { FileMarket } from "./market-document.ts";

/** Spanish words of the data's own names, for people. */

export const VERDICT_MARKS: Readonly<Record<Verdict, string>> = { COMPRAR: "🟢", VENDER: "🔴", MANTENER: "🟡" };
export const PRIORITY_MARKS: Readonly<Record<SignalPriority, string>> = { HIGH: "🔴", MEDIUM: "🟡", LOW: "⚪" };
export const PRIORITY_WORDS: Readonly<Record<SignalPriority, string>> = { HIGH: "alta", MEDIUM: "media", LOW: "baja" };

export const TREND_WORDS: Readonly<Record<LongTermTrend, string>> = {
  ALCISTA: "alcista",
  BAJISTA: "bajista",
  INDEFINIDO: "sin definir",
};

export const STRENGTH_WORDS: Readonly<Record<TrendStrength, string>> = {
  TENDENCIA_FUERTE: "tendencia fuerte",
  TENDENCIA_MODERADA: "tendencia moderada",
  TENDENCIA_DÉBIL: "tendencia débil",
  LATERAL: "mercado lateral",
  INDEFINIDO: "fuerza sin definir",
};

export const SIGNAL_WORDS: Readonly<Record<SignalType, string>> = {
  DIVERGENCIA_BAJISTA: "Divergencia bajista",
  SOBRECOMPRA: "Sobrecompra",
  DIVERGENCIA_ALCISTA: "Divergencia alcista",
  SOBREVENTA: "Sobreventa",
  RUPTURA_ALCISTA_CONFIRMADA: "Ruptura alcista confirmada",
  RUPTURA_BAJISTA_CONFIRMADA: "Ruptura bajista confirmada",
  MACD_CRUCE_ALCISTA: "Cruce alcista del MACD",
  MACD_CRUCE_BAJISTA: "Cruce bajista del MACD",
  MERCADO_LATERAL: "Mercado lateral",
  ALERTA_CONTRA_TENDENCIA: "Señal contra la tendencia",
  SIN_SEÑALES: "Sin señales",
};

export const MARKET_WORDS: Readonly<Record<FileMarket, string>> = {
  sp500: "Acciones de EE. UU. (S&P 500)",
  crypto: "Criptomonedas",
};

export const REGIME_WORDS: Readonly<Record<Regime, string>> = {
  ALCISTA: "en tendencia alcista",
  BAJISTA: "en tendencia bajista",
  LATERAL: "lateral, sin una dirección clara",
  TRANSICION: "en transición: las medias y el precio no coinciden",
  UNKNOWN: "sin diagnóstico",
};

/** Why a radar lists a symbol, by the name that the scan gives (portfolio.md 7.3). */
const RADAR_REASONS: Readonly<Record<string, string>> = {
  "Reversión Alcista": "retroceso con RSI bajo dentro de una tendencia alcista; se busca el rebote",
  "Ignición Momentum": "el impulso acaba de pasar a positivo con fuerza de tendencia; se busca la continuación al alza",
  "Reversión Bajista": "rebote con RSI alto dentro de una tendencia bajista; se busca que vuelva a caer",
  "Ruptura Bajista": "el impulso acaba de pasar a negativo con fuerza de tendencia; se busca la continuación a la baja",
  "Mercado Lateral": "se mueve sin tendencia y con RSI intermedio, como el mercado; se vigila la salida del rango",
};

/** Null for a radar that this page does not know. */
export const radarReason = (radar: string): string | null =>
  Object.hasOwn(RADAR_REASONS, radar) ? RADAR_REASONS[radar]! : null;

export const SOURCE_WORDS: Readonly<Record<DataSource, string>> = {
  sample: "datos de muestra generados por el programa",
  csv: "archivos CSV propios",
  yahoo: "Yahoo Finance",
};

export const MOOD_WORDS: Readonly<Record<FearGreedClass, string>> = {
  extreme_fear: "miedo extremo",
  fear: "miedo",
  neutral: "neutral",
  greed: "codicia",
  extreme_greed: "codicia extrema",
};

/** The class as a source spells it (`Extreme Fear`); other spellings stay as they are. */
export function moodWord(classification: string): string {
  const name = classification.trim().toLowerCase().replaceAll(" ", "_");
  return Object.hasOwn(MOOD_WORDS, name) ? MOOD_WORDS[name as FearGreedClass] : classification;
}

export const MACRO_WORDS: Readonly<Record<MacroRegime, string>> = {
  recesión: "recesión",
  transición: "transición",
  expansión: "expansión",
  unknown: "sin datos suficientes",
};

export const RISK_WORDS: Readonly<Record<RiskLevel, string>> = { high: "alto", medium: "medio", low: "bajo" };

const SECTOR_WORDS: Readonly<Record<string, string>> = {
  Technology: "tecnología",
  "Consumer Discretionary": "consumo discrecional",
  Industrials: "industria",
  Healthcare: "salud",
  "Consumer Staples": "consumo básico",
  Utilities: "servicios públicos",
};

export const sectorWord = (sector: string): string =>
  Object.hasOwn(SECTOR_WORDS, sector) ? SECTOR_WORDS[sector]! : sector;
