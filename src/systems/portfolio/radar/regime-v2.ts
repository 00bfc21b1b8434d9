import { ramp } from "./ramp.ts";
import type { RegimeFacts, RegimeVerdict } from "./regime-facts.ts";
import { describeFacts } from "./regime-v1.ts";

/** Below it the ADX says that nothing moves in a direction. */
const TREND_ADX = 20;
/** At it a trend is as strong as it needs to be; further out the ADX says nothing more about the direction. */
const STRONG_ADX = 40;
/** At it the ADX says that the market stands still. */
const STILL_ADX = 10;

/**
 * Profile v2 (portfolio.md 17.8). The averages decide the direction: price and EMA 50 both above the EMA 200 are ALCISTA, both
 * below BAJISTA, anything else TRANSICION. A clear direction with an ADX below 20 is LATERAL.
 *
 * Confidence, 0 to 100, is always the percentage of the evidence that speaks for the name given:
 * - ALCISTA, BAJISTA: votes for that side by weight (price/EMA 200 30, EMA 50/EMA 200 20, price/EMA 50 20, MACD histogram 15),
 *   plus 15 that grow with the ADX from 20 to 40;
 * - LATERAL: 70 that grow as the ADX falls from 20 to 10, plus 30 for the share of the votes against the averages' direction;
 * - TRANSICION: how evenly the votes are split, 100 when both sides weigh the same.
 */
export function judgeRegimeV2(facts: RegimeFacts): RegimeVerdict {
  const { price, ema50, ema200, adx } = facts;
  const { up, down } = countVotes(facts);
  const total = up + down;
  const side = Math.sign(price - ema200);
  if (side === 0 || Math.sign(ema50 - ema200) !== side) {
    const confidence = total === 0 ? 100 : 100 * (1 - Math.abs(up - down) / total);
    return verdict(
      "TRANSICION",
      confidence,
      facts,
      "Las medias y el precio se contradicen: el mercado está cambiando.",
    );
  }
  const [agreeing, opposed] = side > 0 ? [up, down] : [down, up];
  if (adx < TREND_ADX) {
    const confidence = 70 * ramp(adx, TREND_ADX, STILL_ADX) + 30 * (opposed / total);
    return verdict(
      "LATERAL",
      confidence,
      facts,
      "Las medias apuntan en una dirección, pero sin fuerza: mercado lateral.",
    );
  }
  const confidence = agreeing + STRENGTH_WEIGHT * ramp(adx, TREND_ADX, STRONG_ADX);
  return side > 0
    ? verdict(
        "ALCISTA",
        confidence,
        facts,
        "El precio y la media de 50 sesiones están sobre la de 200: mercado alcista.",
      )
    : verdict(
        "BAJISTA",
        confidence,
        facts,
        "El precio y la media de 50 sesiones están bajo la de 200: mercado bajista.",
      );
}

const STRENGTH_WEIGHT = 15;

/** Weights of profile v1; with the strength they make 100. */
function countVotes({ price, ema50, ema200, histogram }: RegimeFacts): { up: number; down: number } {
  const votes = [
    [price - ema200, 30],
    [ema50 - ema200, 20],
    [price - ema50, 20],
    [histogram, 15],
  ] as const;
  let up = 0;
  let down = 0;
  for (const [difference, weight] of votes) {
    if (difference > 0) up += weight;
    if (difference < 0) down += weight;
  }
  return { up, down };
}

function verdict(
  regime: RegimeVerdict["regime"],
  confidence: number,
  facts: RegimeFacts,
  conclusion: string,
): RegimeVerdict {
  return { regime, confidence, reasons: [conclusion, ...describeFacts(facts)] };
}
