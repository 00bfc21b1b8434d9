import type { IsoDate } from "../../../kit/dates.ts";
import type { AssetSignals, LongTermTrend, Signal, SignalType, TrendStrength, Verdict } from "./asset-analysis.ts";
import type { Readings } from "./readings.ts";
import { describeSignal } from "./signal-texts.ts";

const OVERBOUGHT_RSI = 70;
const OVERSOLD_RSI = 30;

const PRIORITIES: Readonly<Record<SignalType, Signal["priority"]>> = {
  DIVERGENCIA_BAJISTA: "HIGH",
  SOBRECOMPRA: "MEDIUM",
  DIVERGENCIA_ALCISTA: "HIGH",
  SOBREVENTA: "MEDIUM",
  RUPTURA_ALCISTA_CONFIRMADA: "HIGH",
  RUPTURA_BAJISTA_CONFIRMADA: "HIGH",
  MACD_CRUCE_ALCISTA: "MEDIUM",
  MACD_CRUCE_BAJISTA: "MEDIUM",
  MERCADO_LATERAL: "LOW",
  ALERTA_CONTRA_TENDENCIA: "MEDIUM",
  SIN_SEÑALES: "LOW",
};

const VERDICTS: Readonly<Record<AssetSignals["signal"], Verdict>> = { "1": "COMPRAR", "0": "MANTENER", "-1": "VENDER" };

/**
 * The rules of portfolio.md 5, variant *intended*: what the first of them says is kept, later ones only fill a silence.
 * `expectedDate` is the session that the reader expects, whatever the date of the bar.
 */
export function computeSignals(ticker: string, readings: Readings, expectedDate: IsoDate): AssetSignals {
  const trend = classifyTrend(readings);
  const regime = classifyStrength(readings.adx);
  const types: SignalType[] = [];
  const { signal, isStrong } = applyRules(readings, regime, types);
  if (regime === "LATERAL") types.push("MERCADO_LATERAL");
  if ((trend === "BAJISTA" && signal === 1) || (trend === "ALCISTA" && signal === -1))
    types.push("ALERTA_CONTRA_TENDENCIA");
  if (types.length === 0) types.push("SIN_SEÑALES");
  const { adx, rsi, histogram } = readings;
  return {
    ticker,
    timestamp: `${expectedDate} 00:00:00`,
    price_current: readings.close,
    filters: { long_term_trend: trend, market_regime: regime, ...(Number.isNaN(adx) ? {} : { adx_value: adx }) },
    alerts: types.map((type) => ({
      type,
      description: describeSignal(type, readings, signal),
      priority: PRIORITIES[type],
    })),
    signal,
    priority: isStrong ? "HIGH" : "LOW",
    ...(Number.isNaN(rsi) ? {} : { rsi_value: rsi }),
    ...(Number.isNaN(histogram) ? {} : { macd_histogram: histogram }),
    recommendation: VERDICTS[signal],
  };
}

/** The three rules that may give a signal, in their order; the types they find are appended to `types`. */
function applyRules(readings: Readings, regime: TrendStrength, types: SignalType[]) {
  const extreme = findExtreme(readings);
  if (extreme) types.push(extreme);
  const breakout = findBreakout(readings);
  if (breakout) types.push(breakout);
  const cross = findMacdCross(readings);
  if (cross) types.push(cross);

  if (extreme === "DIVERGENCIA_BAJISTA") return { signal: -1, isStrong: true } as const;
  if (extreme === "DIVERGENCIA_ALCISTA") return { signal: 1, isStrong: true } as const;
  if (breakout) return { signal: breakout === "RUPTURA_ALCISTA_CONFIRMADA" ? 1 : -1, isStrong: true } as const;
  if (cross && regime !== "LATERAL")
    return { signal: cross === "MACD_CRUCE_ALCISTA" ? 1 : -1, isStrong: false } as const;
  return { signal: 0, isStrong: false } as const;
}

function classifyTrend({ ema50, ema200 }: Readings): LongTermTrend {
  if (Number.isNaN(ema50) || Number.isNaN(ema200)) return "INDEFINIDO";
  return ema50 > ema200 ? "ALCISTA" : "BAJISTA";
}

function classifyStrength(adx: number): TrendStrength {
  if (Number.isNaN(adx)) return "INDEFINIDO";
  if (adx > 40) return "TENDENCIA_FUERTE";
  if (adx > 25) return "TENDENCIA_MODERADA";
  return adx > 20 ? "TENDENCIA_DÉBIL" : "LATERAL";
}

function findExtreme({ rsi, rsiMean, close, closeMean }: Readings): SignalType | undefined {
  if (rsi > OVERBOUGHT_RSI)
    return isAbove(close, closeMean) && isAbove(rsiMean, rsi) ? "DIVERGENCIA_BAJISTA" : "SOBRECOMPRA";
  if (rsi < OVERSOLD_RSI)
    return isAbove(closeMean, close) && isAbove(rsi, rsiMean) ? "DIVERGENCIA_ALCISTA" : "SOBREVENTA";
  return undefined;
}

function findBreakout(readings: Readings): SignalType | undefined {
  const { close, closePrevious, upperBand, upperBandPrevious, lowerBand, lowerBandPrevious, obv, obvMean } = readings;
  if (isAbove(close, upperBand) && closePrevious <= upperBandPrevious && isAbove(obv, obvMean))
    return "RUPTURA_ALCISTA_CONFIRMADA";
  if (isAbove(lowerBand, close) && closePrevious >= lowerBandPrevious && isAbove(obvMean, obv))
    return "RUPTURA_BAJISTA_CONFIRMADA";
  return undefined;
}

function findMacdCross({ histogram, histogramPrevious, close }: Readings): SignalType | undefined {
  const now = signOf(histogram, close);
  const before = signOf(histogramPrevious, close);
  if (now > 0 && before <= 0) return "MACD_CRUCE_ALCISTA";
  if (now < 0 && before >= 0) return "MACD_CRUCE_BAJISTA";
  return undefined;
}

/** Below this share a difference is rounding: without it, a price that has stopped moving gives signals. */
const ROUNDING = 1e-12;

const isAbove = (value: number, reference: number): boolean => value - reference > ROUNDING * Math.abs(reference);

/** NaN stays NaN and fails every comparison. */
const signOf = (histogram: number, price: number): number =>
  Math.abs(histogram) <= ROUNDING * Math.abs(price) ? 0 : histogram;
