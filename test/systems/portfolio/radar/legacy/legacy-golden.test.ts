import { describe, expect, test } from "bun:test";
import type { Bars } from "../../../../../src/market/bars.ts";
import {
  computeLegacyMetrics,
  type LegacyMetrics,
} from "../../../../../src/systems/portfolio/radar/legacy/legacy-metrics.ts";
import {
  classifyConfidence,
  computeLegacyScore,
  type LegacyScoreFacts,
  sentimentBoost,
} from "../../../../../src/systems/portfolio/radar/legacy/legacy-score.ts";
import {
  type LegacyCandidate,
  scanLegacyMarket,
} from "../../../../../src/systems/portfolio/radar/legacy/scan-legacy-market.ts";
import type { ScanMember } from "../../../../../src/systems/portfolio/radar/scan.ts";
import { hasShared, readShared } from "../../../../support/shared.ts";
import { expectClose } from "../close-to.ts";
import { GOLDEN, joinOnDates, loadGoldenBars, selectBars } from "../golden.ts";

interface GoldenLegacyScan {
  as_of: string;
  universe: "sp500" | "crypto30";
  period: "3mo" | "6mo" | "2y";
  strategy: string;
  sentiment: { value: number } | null;
  candidates_top10: string[];
  passed_filter_in_filter_score_order: string[];
  scored: LegacyCandidate[];
  /** A text where they are those of another entry. */
  metrics: LegacyMetrics[] | string;
}

interface GoldenBoosts {
  input_row: LegacyScoreFacts;
  results: { universe: string; index_value: number; score_base: number; score: number; confianza: string }[];
}

const scans = hasShared ? await readShared<GoldenLegacyScan[]>(`${GOLDEN}/legacy_market_radar.json`) : [];
const bars = hasShared ? loadGoldenBars() : new Map<string, Bars>();
const MONTHS = { "3mo": 3, "6mo": 6, "2y": 24 } as const;

describe.each(
  scans.map((scan) => [`${scan.universe} ${scan.period} on ${scan.as_of}, ${scan.strategy}`, scan] as const),
)("P18: %s", (_, golden) => {
  const members = membersOf(golden);
  const value = golden.sentiment?.value ?? null;
  const scan = (maxCandidates?: number) =>
    scanLegacyMarket({
      members,
      strategy: golden.strategy,
      market: golden.universe,
      // The index of the other market must not count.
      fearGreed: golden.universe === "sp500" ? { stocks: value, crypto: 99 } : { stocks: 99, crypto: value },
      ...(maxCandidates === undefined ? {} : { maxCandidates }),
    });

  test("metrics of every symbol", () => {
    const recorded = metricsOf(golden);
    // Where they are not recorded, the scored rows below hold them.
    if (recorded.length === 0) return;
    const actual = members.flatMap(({ symbol, bars }) => (bars && computeLegacyMetrics(symbol, bars)) ?? []);
    expectClose(actual, recorded);
  });

  test("filter and its order", () => {
    expect(scan().passed).toEqual(golden.passed_filter_in_filter_score_order);
  });

  test("scores, classes and the ten best", () => {
    const all = scan(Number.POSITIVE_INFINITY).candidates;
    const bySymbol = (rows: LegacyCandidate[]) => rows.toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1));
    expectClose(bySymbol(all), bySymbol(golden.scored));
    expect(scan().candidates.map(({ ticker }) => ticker)).toEqual(golden.candidates_top10);
  });
});

/** Those of the first entry of the same market, day and period that has them. */
function metricsOf({ as_of, universe, period }: GoldenLegacyScan): LegacyMetrics[] {
  const entry = scans.find(
    (scan) =>
      scan.as_of === as_of && scan.universe === universe && scan.period === period && Array.isArray(scan.metrics),
  );
  // The coins' metrics are not recorded: what passed a filter is.
  return (entry?.metrics as LegacyMetrics[] | undefined) ?? [];
}

/** Where all metrics are recorded, these symbols; else every symbol of the market. */
function membersOf(golden: GoldenLegacyScan): ScanMember[] {
  const recorded = metricsOf(golden).map(({ ticker }) => ticker);
  const isCoin = (symbol: string) => symbol.endsWith("-USD");
  const all = [...bars.keys()].filter(
    (symbol) => isCoin(symbol) === (golden.universe === "crypto30") && symbol !== "^GSPC",
  );
  const symbols = recorded.length > 0 ? recorded : all;
  const start = new Date(`${golden.as_of}T00:00:00Z`);
  start.setUTCMonth(start.getUTCMonth() - MONTHS[golden.period]);
  start.setUTCDate(start.getUTCDate() + 1);
  const from = start.toISOString().slice(0, 10);
  return joinOnDates(symbols, (symbol) => selectBars(bars.get(symbol), [from, golden.as_of]));
}

test.skipIf(!hasShared)("P19: the index moves the score by its boost, and the class with it", async () => {
  const { input_row, results } = await readShared<GoldenBoosts>(`${GOLDEN}/sentiment_boost.json`);
  expect(results.length).toBeGreaterThan(0);
  for (const { index_value, score_base, score, confianza } of results) {
    expectClose(computeLegacyScore(input_row, 0), score_base);
    const boosted = computeLegacyScore(input_row, sentimentBoost(index_value));
    expectClose(boosted, score, `index ${index_value}`);
    expect(classifyConfidence(boosted)).toBe(confianza as "BAJA");
  }
});
