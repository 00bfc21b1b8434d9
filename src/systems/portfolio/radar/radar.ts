import type { TacticalReading } from "./tactical-metrics.ts";

/** What a radar says of one symbol it lets through. */
export interface RadarHit {
  score: number;
  /** Only radar 5: published with the candidate. */
  ema_crosses?: number;
}

/** Lets a symbol through with a score, or not at all. */
export type Radar = (reading: TacticalReading) => RadarHit | undefined;

/** The five radars of a profile, by number. */
export type RadarSet = Readonly<Record<RadarNumber, Radar>>;

export type RadarNumber = 1 | 2 | 3 | 4 | 5;
