import type { Random } from "../../kit/random.ts";

interface Regime {
  /** Drift a day as a share of the quiet day's volatility. */
  drift: number;
  volatility: number;
}

const REGIMES: readonly Regime[] = [
  { drift: 0.09, volatility: 0.8 }, // bull
  { drift: -0.1, volatility: 1.4 }, // bear
  { drift: 0, volatility: 0.7 }, // sideways
];
/** A regime lasts some 55 days on average. */
const REGIME_CHANGE = 1 / 55;
/** Memory of the day's variance: yesterday's shock raises today's (volatility clustering). */
const VARIANCE_MEMORY = { keep: 0.88, shock: 0.1, base: 0.02 };
const JUMP_CHANCE = 0.008;
const JUMP_SIZE = 4;

/** Daily returns with regimes, clustering and rare jumps. */
export function createReturnWalk(random: Random, volatility: number): () => number {
  let regime = REGIMES[Math.floor(random() * REGIMES.length)]!;
  let variance = 1;
  return () => {
    if (random() < REGIME_CHANGE) regime = REGIMES[Math.floor(random() * REGIMES.length)]!;
    const jump = random() < JUMP_CHANCE ? JUMP_SIZE : 1;
    const shock = drawNormal(random);
    const scale = volatility * regime.volatility * Math.sqrt(variance);
    variance = VARIANCE_MEMORY.base + VARIANCE_MEMORY.keep * variance + VARIANCE_MEMORY.shock * shock * shock * jump;
    return volatility * regime.drift + scale * shock * jump;
  };
}

/** Nearly normal with variance 1: the sum of four uniforms, scaled. */
export function drawNormal(random: Random): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3);
}
