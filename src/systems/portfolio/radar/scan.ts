import type { Bars } from "../../../market/bars.ts";
import type { RadarNumber } from "./radar.ts";
import type { MarketRegime, RadarProfile, RadarScan, ScoredMetrics, TacticalMetrics } from "./radar-scan.ts";
import { findHits, RADAR_LABELS } from "./radars.ts";
import { computeRegime } from "./regime.ts";
import { computeTacticalReading } from "./tactical-metrics.ts";

/** A symbol and its daily bars of the scan's window, oldest first; undefined when there are none. */
export interface ScanMember {
  symbol: string;
  bars: Bars | undefined;
}

export interface ScanOptions {
  /** Bars of two years. */
  benchmark: ScanMember;
  profile: RadarProfile;
  /** Moment of the scan, ISO with `Z`. */
  timestamp: string;
  /** Default: 10. */
  maxCandidates?: number;
}

export const DEFAULT_MAX_CANDIDATES = 10;

/** A scan under way. Nothing of the bars is kept, so a caller may load, add and forget one symbol after the other. */
export interface Scan {
  readonly regime: MarketRegime;
  /** A symbol that was added before is ignored. */
  add(symbol: string, bars: Bars | undefined): void;
  finish(): RadarScan;
}

/** One scan of a list of symbols (portfolio.md 7) in one go: 530 symbols take a few milliseconds. */
export function scanMarket({ members, ...options }: ScanOptions & { members: Iterable<ScanMember> }): RadarScan {
  const scan = createScan(options);
  for (const { symbol, bars } of members) scan.add(symbol, bars);
  return scan.finish();
}

/**
 * The same in pieces, for a caller that yields between symbols. The regime of the benchmark decides at once which radars
 * look; an UNKNOWN one gives metrics but no candidates. A symbol without usable bars is skipped, never an error.
 */
export function createScan({ benchmark, profile, timestamp, maxCandidates }: ScanOptions): Scan {
  const regime = computeRegime({ benchmark: benchmark.symbol, bars: benchmark.bars, profile, timestamp });
  const seen = new Set<string>();
  const metrics: TacticalMetrics[] = [];
  const skipped: string[] = [];
  const best = new Map<string, ScoredMetrics>();
  const used = new Set<RadarNumber>();
  return {
    regime,
    add(symbol, bars) {
      if (seen.has(symbol)) return;
      seen.add(symbol);
      const reading = bars && computeTacticalReading(symbol, bars);
      if (!reading) {
        skipped.push(symbol);
        return;
      }
      metrics.push(reading.metrics);
      for (const { radar, candidate } of findHits(reading, { regime: regime.regime, profile })) {
        used.add(radar);
        const known = best.get(symbol);
        if (!known || candidate.score > known.score) best.set(symbol, candidate);
      }
    },
    finish: () => ({
      regime,
      candidates: [...best.values()].sort(byRank).slice(0, Math.max(0, maxCandidates ?? DEFAULT_MAX_CANDIDATES)),
      radars_used: describeRadars(used),
      metrics,
      skipped,
      as_of: benchmark.bars?.date.at(-1) ?? null,
      profile,
    }),
  };
}

/** Best score first, ties by symbol. */
function byRank(left: ScoredMetrics, right: ScoredMetrics): number {
  return right.score - left.score || (left.ticker < right.ticker ? -1 : 1);
}

function describeRadars(used: ReadonlySet<RadarNumber>): string {
  const names = [...used].sort().map((radar) => `Radar ${radar} (${RADAR_LABELS[radar]})`);
  return names.join(", ") || "NONE";
}
