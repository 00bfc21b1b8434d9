import type { Regime } from "./radar-scan.ts";

/** What a profile judges: the benchmark at its last complete bar. */
export interface RegimeFacts {
  price: number;
  ema50: number;
  ema200: number;
  histogram: number;
  adx: number;
  rsi: number;
}

/** Spanish reasons are for end users; confidence is 0 to 100. */
export interface RegimeVerdict {
  regime: Exclude<Regime, "UNKNOWN">;
  confidence: number;
  reasons: string[];
}
