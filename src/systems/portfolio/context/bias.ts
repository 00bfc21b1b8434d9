import type { FearGreedClass, MacroRegime, MarketContext, RiskLevel } from "./market-context.ts";

type Bias = MarketContext["bias"];

interface Stance {
  strategy: string;
  sectors: readonly string[];
  adjustment: number;
  reason?: string;
}

/** Source: portfolio.md 9. */
const STANCES: Record<MacroRegime, Stance> = {
  expansión: {
    strategy: "growth",
    sectors: ["Technology", "Consumer Discretionary", "Industrials"],
    adjustment: 1,
    reason: "La economía está en expansión: favorece a las empresas de crecimiento.",
  },
  recesión: {
    strategy: "defensive",
    sectors: ["Utilities", "Consumer Staples", "Healthcare"],
    adjustment: -1,
    reason: "La economía muestra señales de recesión: conviene refugiarse en sectores defensivos.",
  },
  transición: {
    strategy: "cautious",
    sectors: ["Healthcare", "Consumer Staples", "Technology"],
    adjustment: 0,
    reason: "La economía está en transición: conviene avanzar con cautela y diversificar.",
  },
  unknown: { strategy: "balanced", sectors: [], adjustment: 0 },
};

/** What regime, risk and mood suggest together; `overall` null (an index is missing) adds nothing. Pure. */
export function computeBias(regime: MacroRegime, risk: RiskLevel, overall: FearGreedClass | null): Bias {
  const { strategy, sectors, adjustment, reason } = STANCES[regime];
  const reasoning = reason === undefined ? [] : [reason];
  let points = adjustment;
  if (risk === "high") {
    points--;
    reasoning.push("El riesgo macroeconómico es alto: se aconseja una exposición menor.");
  }
  if (overall === "extreme_fear") {
    points++;
    reasoning.push("El miedo es extremo: para quien va contra la corriente puede ser una oportunidad.");
  }
  if (overall === "extreme_greed") {
    points--;
    reasoning.push("La codicia es extrema: el mercado puede estar cerca de un techo y conviene reducir riesgo.");
  }
  return {
    recommended_strategy: strategy,
    sector_preference: [...sectors],
    risk_adjustment: Math.max(-1, Math.min(1, points)),
    reasoning,
  };
}
