import type { AdvancedAlert, Subject } from "./advanced-alert.ts";
import type { AlertMetrics } from "./metrics.ts";

const ENOUGH_POINTS = 60;
const MANY_POINTS = 75;
/** How the original estimated the number of indicators that agree: it did not count them. */
const POINTS_AN_INDICATOR = 15;

/** At least 60 of 100 points for one side (portfolio.md 10.1); the bullish side is tested first. */
export function findPattern({ ticker, asset, metrics }: Subject): AdvancedAlert[] {
  const { bullish, bearish } = computePoints(metrics);
  const isBullish = bullish >= ENOUGH_POINTS;
  if (!isBullish && bearish < ENOUGH_POINTS) return [];
  const points = isBullish ? bullish : bearish;
  return [
    {
      tipo: isBullish ? "PATRON_ALCISTA" : "PATRON_BAJISTA",
      ticker,
      titulo: isBullish ? "💡 Oportunidad Potencial" : "⚠️ Oportunidad Potencial (Venta)",
      descripcion: `Los indicadores de ${ticker} suman ${points} de 100 puntos a favor de una ${isBullish ? "suba" : "baja"}.`,
      severidad: points >= MANY_POINTS ? "ALTA" : "MEDIA",
      metricas: {
        probabilidad: `${points}%`,
        indicadores_convergentes: Math.floor(points / POINTS_AN_INDICATOR),
        recomendacion: asset.signals.recommendation,
      },
    },
  ];
}

/** A missing figure gives no points to either side. A histogram of exactly 0 counts as bearish, as in the original. */
function computePoints({ emaSide, rsi, histogram, adx, relativeVolume, stochasticK }: AlertMetrics) {
  const sides = { bullish: 0, bearish: 0 };
  const give = (points: number, up: boolean, down: boolean) => {
    if (up) sides.bullish += points;
    else if (down) sides.bearish += points;
  };
  give(20, emaSide === "above", emaSide === "below");
  if (rsi !== null) give(15, rsi > 55, rsi < 45);
  if (histogram !== null) give(25, histogram > 0, true);
  if (adx !== null && adx > 25) give(15, emaSide === "above", emaSide === "below");
  const { bullish, bearish } = sides;
  if (relativeVolume !== null && relativeVolume > 1.2) give(15, bullish > bearish, bearish > bullish);
  if (stochasticK !== null) give(10, stochasticK > 60, stochasticK < 40);
  return sides;
}

/** Every divergence among the signals of the last bar. They are of the RSI; the original called all of them MACD. */
export function findDivergences({ ticker, asset }: Subject): AdvancedAlert[] {
  return asset.signals.alerts
    .filter(({ type }) => type.includes("DIVERGENCIA"))
    .map(({ type, description, priority }) => {
      const isBullish = type === "DIVERGENCIA_ALCISTA";
      return {
        tipo: "DIVERGENCIA_DETECTADA",
        ticker,
        titulo: `💡 Oportunidad: Divergencia ${isBullish ? "Alcista" : "Bajista"}`,
        descripcion: `El precio y el RSI de ${ticker} se contradicen: divergencia ${isBullish ? "alcista" : "bajista"}.`,
        severidad: priority,
        metricas: { tipo_divergencia: type, descripcion_tecnica: description },
      };
    });
}
