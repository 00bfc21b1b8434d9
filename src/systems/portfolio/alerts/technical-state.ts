import type { LongTermTrend, Verdict } from "../analysis/asset-analysis.ts";
import type { Subject } from "./advanced-alert.ts";
import type { AlertMetrics } from "./metrics.ts";

/** One asset in figures. Where an indicator is missing its figure is null and its word `INDEFINIDO`. */
export interface TechnicalState {
  precio: number;
  senal: Verdict;
  tendencia: LongTermTrend;
  momentum: "POSITIVO" | "NEGATIVO" | "INDEFINIDO";
  fuerza_tendencia: "FUERTE" | "MODERADA" | "DÉBIL" | "INDEFINIDO";
  adx: number | null;
  rsi: number | null;
  estado_rsi: "SOBRECOMPRA" | "SOBREVENTA" | "NEUTRAL" | "INDEFINIDO";
  macd_histogram: number | null;
}

/** The original wrote 0 or 50 for a missing indicator and drew words from that. */
export function summarizeAsset({ asset, metrics }: Subject): TechnicalState {
  const { adx, rsi, histogram } = metrics;
  return {
    precio: asset.signals.price_current,
    senal: asset.signals.recommendation,
    tendencia: trendOf(metrics),
    momentum: histogram === null ? "INDEFINIDO" : histogram > 0 ? "POSITIVO" : "NEGATIVO",
    fuerza_tendencia: strengthOf(adx),
    adx,
    rsi,
    estado_rsi: rsiStateOf(rsi),
    macd_histogram: histogram,
  };
}

function trendOf({ emaSide }: AlertMetrics): LongTermTrend {
  if (emaSide === null) return "INDEFINIDO";
  return emaSide === "above" ? "ALCISTA" : "BAJISTA";
}

function strengthOf(adx: number | null): TechnicalState["fuerza_tendencia"] {
  if (adx === null) return "INDEFINIDO";
  if (adx > 40) return "FUERTE";
  return adx > 25 ? "MODERADA" : "DÉBIL";
}

function rsiStateOf(rsi: number | null): TechnicalState["estado_rsi"] {
  if (rsi === null) return "INDEFINIDO";
  if (rsi > 70) return "SOBRECOMPRA";
  return rsi < 30 ? "SOBREVENTA" : "NEUTRAL";
}
