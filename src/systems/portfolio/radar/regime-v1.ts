import { formatMoney, formatNumber } from "../../../kit/numbers-es.ts";
import type { RegimeFacts, RegimeVerdict } from "./regime-facts.ts";

/**
 * Profile v1 (portfolio.md 6): points for every fact on the side of the price against the EMA 200, capped at 100. An ADX
 * below 20 makes any state LATERAL; a price above an EMA 200 that lies above the EMA 50 (or the mirror) keeps its points
 * under that name.
 */
export function judgeRegimeV1(facts: RegimeFacts): RegimeVerdict {
  const { price, ema50, ema200, histogram, adx } = facts;
  const side = Math.sign(price - ema200);
  let regime: RegimeVerdict["regime"] = "LATERAL";
  let confidence = 0;
  if (side !== 0) {
    confidence += 30;
    if (Math.sign(price - ema50) === side) confidence += 20;
    if (Math.sign(ema50 - ema200) === side) {
      confidence += 20;
      regime = side > 0 ? "ALCISTA" : "BAJISTA";
    }
  }
  if (regime !== "LATERAL" && Math.sign(histogram) === side) confidence += 15;
  if (adx < 20) {
    regime = "LATERAL";
    confidence = Math.max(confidence / 2, 40);
  } else if (adx > 25) confidence += 15;
  return { regime, confidence: Math.min(confidence, 100), reasons: describeFacts(facts) };
}

/** What the averages, the MACD and the ADX say, one Spanish sentence each, with figures as the reports write them. */
export function describeFacts({ price, ema50, ema200, histogram, adx }: RegimeFacts): string[] {
  return [
    `El precio (${formatMoney(price)}) está ${place(price, ema200)} la media de 200 sesiones (${formatMoney(ema200)}).`,
    `El precio está ${place(price, ema50)} la media de 50 sesiones (${formatMoney(ema50)}).`,
    `La media de 50 sesiones está ${place(ema50, ema200)} la de 200.`,
    histogram === 0
      ? "El histograma del MACD está en cero: sin impulso."
      : `El histograma del MACD es ${histogram > 0 ? "positivo" : "negativo"}: el impulso es ${histogram > 0 ? "alcista" : "bajista"}.`,
    `ADX ${formatNumber(adx, 1)}: ${adx < 20 ? "no hay una tendencia con fuerza" : adx > 25 ? "la tendencia tiene fuerza" : "la tendencia es moderada"}.`,
  ];
}

const place = (value: number, level: number): string =>
  value > level ? "por encima de" : value < level ? "por debajo de" : "a la altura de";
