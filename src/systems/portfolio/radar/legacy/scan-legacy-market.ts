import type { MarketName } from "../../../../db/schema/market.ts";
import { DEFAULT_MAX_CANDIDATES, type ScanMember } from "../scan.ts";
import { computeLegacyMetrics, type LegacyMetrics } from "./legacy-metrics.ts";
import {
  classifyConfidence,
  computeLegacyScore,
  type LegacyConfidence,
  scoreFilterOrder,
  sentimentBoost,
} from "./legacy-score.ts";
import { LEGACY_FILTERS, type LegacyStrategy, legacyStrategyOf } from "./legacy-strategies.ts";

export type LegacyCandidate = LegacyMetrics & { score: number; confianza: LegacyConfidence };

export interface LegacyScanOptions {
  /** Daily bars, oldest first. Below 201 of them no SMA 200 can be crossed, so two years are a good choice. */
  members: Iterable<ScanMember>;
  /** One of `LEGACY_STRATEGIES`; any other name is `mixed`. */
  strategy: string;
  /** Decides which index counts: coins have their own. */
  market: MarketName;
  /** Fear and greed, 0 to 100; null where it is not known, which gives no boost. */
  fearGreed: { stocks: number | null; crypto: number | null };
  /** Default: 10. */
  maxCandidates?: number;
}

export interface LegacyScan {
  market: MarketName;
  strategy: LegacyStrategy;
  sentiment: { value: number | null; boost: number };
  /** Best final score first, ties by symbol. */
  candidates: LegacyCandidate[];
  /** Every symbol that the strategy lets through, in the order of the filter's own score. */
  passed: string[];
  scanned: number;
  /** How many of the scanned had too few bars for a cross of the SMA 200. */
  short_history: number;
  /** Symbols without enough bars. */
  skipped: string[];
}

/** The market radar before the tactical one (portfolio.md 8): metrics, one strategy's filter, score and class. */
export function scanLegacyMarket(options: LegacyScanOptions): LegacyScan {
  const { market, fearGreed, maxCandidates = DEFAULT_MAX_CANDIDATES } = options;
  const strategy = legacyStrategyOf(options.strategy);
  const value = market === "crypto30" ? fearGreed.crypto : fearGreed.stocks;
  const boost = sentimentBoost(value);
  const { metrics, skipped, shortHistory } = readMembers(options.members);
  const passed = metrics.filter(LEGACY_FILTERS[strategy]);
  return {
    market,
    strategy,
    sentiment: { value, boost },
    candidates: rank(
      passed.map((one) => withScore(one, boost)),
      ({ score }) => score,
    ).slice(0, Math.max(0, maxCandidates)),
    passed: rank(passed, scoreFilterOrder).map(({ ticker }) => ticker),
    scanned: metrics.length,
    short_history: shortHistory,
    skipped,
  };
}

/** Bars that a cross of the SMA 200 needs. */
const CROSS_ROWS = 201;

/** A symbol that is listed twice counts once. */
function readMembers(members: Iterable<ScanMember>) {
  const seen = new Set<string>();
  const metrics: LegacyMetrics[] = [];
  const skipped: string[] = [];
  let shortHistory = 0;
  for (const { symbol, bars } of members) {
    if (seen.has(symbol)) continue;
    seen.add(symbol);
    const one = bars && computeLegacyMetrics(symbol, bars);
    if (!one) skipped.push(symbol);
    else metrics.push(one);
    if (one && bars.length < CROSS_ROWS) shortHistory++;
  }
  return { metrics, skipped, shortHistory };
}

function withScore(metrics: LegacyMetrics, boost: number): LegacyCandidate {
  const score = computeLegacyScore(metrics, boost);
  return { ...metrics, score, confianza: classifyConfidence(score) };
}

/** Highest first, ties by symbol. */
function rank<One extends LegacyMetrics>(rows: readonly One[], scoreOf: (row: One) => number): One[] {
  return rows.toSorted((left, right) => scoreOf(right) - scoreOf(left) || (left.ticker < right.ticker ? -1 : 1));
}
