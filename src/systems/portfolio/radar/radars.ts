import type { Radar, RadarNumber, RadarSet } from "./radar.ts";
import type { RadarProfile, Regime, ScoredMetrics, TacticalMetrics } from "./radar-scan.ts";
import { RADARS_V1 } from "./radars-v1.ts";
import { RADARS_V2 } from "./radars-v2.ts";
import type { TacticalReading } from "./tactical-metrics.ts";

const RADARS: Readonly<Record<RadarProfile, RadarSet>> = { v1: RADARS_V1, v2: RADARS_V2 };

/** Published with every candidate (portfolio.md 7.3). */
export const RADAR_LABELS: Readonly<Record<RadarNumber, string>> = {
  1: "Reversión Alcista",
  2: "Ignición Momentum",
  3: "Reversión Bajista",
  4: "Ruptura Bajista",
  5: "Mercado Lateral",
};

/**
 * Which radars look for candidates. While a market changes (TRANSICION, profile v2) no direction can be taken for granted, so
 * only ranges are looked for, as v1 does in these states.
 */
const RADARS_OF_REGIME: Readonly<Record<Regime, readonly RadarNumber[]>> = {
  ALCISTA: [1, 2],
  BAJISTA: [3, 4],
  LATERAL: [5],
  TRANSICION: [5],
  UNKNOWN: [],
};

export interface Hit {
  radar: RadarNumber;
  candidate: ScoredMetrics;
}

/** What the radars of a regime say of one symbol: at most one hit each. */
export function findHits(
  reading: TacticalReading,
  { regime, profile }: { regime: Regime; profile: RadarProfile },
): Hit[] {
  const hits: Hit[] = [];
  for (const radar of RADARS_OF_REGIME[regime]) {
    const candidate = judge(reading, RADARS[profile][radar], RADAR_LABELS[radar]);
    if (candidate) hits.push({ radar, candidate });
  }
  return hits;
}

/** The hits of each radar of profile v1, whatever the regime, in the order of `metrics`; no limit. */
export function allRadars(metrics: readonly TacticalMetrics[]): Record<RadarNumber, ScoredMetrics[]> {
  const hitsOf = (radar: RadarNumber) =>
    metrics.flatMap((one) => judge(withoutHistory(one), RADARS_V1[radar], RADAR_LABELS[radar]) ?? []);
  return { 1: hitsOf(1), 2: hitsOf(2), 3: hitsOf(3), 4: hitsOf(4), 5: hitsOf(5) };
}

/** A score that is no number (absurd prices) is no hit. */
function judge(reading: TacticalReading, radar: Radar, label: string): ScoredMetrics | undefined {
  const hit = radar(reading);
  if (!hit || !Number.isFinite(hit.score)) return undefined;
  const { score, ...published } = hit;
  return { ...reading.metrics, ...published, radar: label, score };
}

/** Profile v1 reads nothing else. */
const withoutHistory = (metrics: TacticalMetrics): TacticalReading => ({
  metrics,
  rsiPrevious: Number.NaN,
  adxPrevious: Number.NaN,
  recentCrosses: 0,
});
