import { describe, expect, test } from "bun:test";
import type { Bars } from "../../../../src/market/bars.ts";
import type { ScoredMetrics } from "../../../../src/systems/portfolio/radar/radar-scan.ts";
import { allRadars } from "../../../../src/systems/portfolio/radar/radars.ts";
import { computeRegime } from "../../../../src/systems/portfolio/radar/regime.ts";
import { scanMarket } from "../../../../src/systems/portfolio/radar/scan.ts";
import { computeTacticalMetrics } from "../../../../src/systems/portfolio/radar/tactical-metrics.ts";
import { hasShared, readShared } from "../../../support/shared.ts";
import { expectClose } from "./close-to.ts";
import { GOLDEN, type GoldenScan, joinOnDates, loadGoldenBars, selectBars } from "./golden.ts";

const scans = hasShared ? await readShared<GoldenScan[]>(`${GOLDEN}/tactical.json`) : [];
const bars = hasShared ? loadGoldenBars() : new Map<string, Bars>();

describe.each(scans.map((golden) => [`${golden.universe} on ${golden.as_of}`, golden] as const))("%s", (_, golden) => {
  const timestamp = `${golden.as_of}T21:00:00.000Z`;
  const members = joinOnDates(golden.universe_requested, (symbol) => selectBars(bars.get(symbol), golden.scan_window));
  const benchmark = {
    symbol: golden.benchmark,
    bars: selectBars(bars.get(golden.benchmark), golden.benchmark_window),
  };
  const scan = scanMarket({ benchmark, members, profile: "v1", timestamp });

  test("P12: regime, confidence and figures of the benchmark", () => {
    const { reasons, timestamp: _, ...expected } = golden.regime_info;
    const { reasons: ours, timestamp: moment, ...actual } = scan.regime;
    expectClose(actual, expected);
    expect(moment).toBe(timestamp);
    expect(ours.length).toBeGreaterThan(0);
    expect(Object.keys(scan.regime)).toEqual(Object.keys(golden.regime_info));
  });

  test("P12: below 201 bars the regime is UNKNOWN, and the scan has metrics but no candidates", () => {
    const short = selectBars(benchmark.bars, [benchmark.bars!.date.at(-200)!, golden.as_of])!;
    const regime = computeRegime({ benchmark: golden.benchmark, bars: short, profile: "v1", timestamp });
    expect(regime).toMatchObject({ regime: "UNKNOWN", confidence: 0, error: expect.stringContaining("200") });
    const blind = scanMarket({ benchmark: { ...benchmark, bars: short }, members, profile: "v1", timestamp });
    expect(blind).toMatchObject({ candidates: [], radars_used: "NONE", metrics: scan.metrics });
  });

  test("P13: metrics of every symbol, and which are skipped", () => {
    expectClose(scan.metrics, golden.metrics);
    expect(scan.skipped).toEqual(golden.skipped);
    for (const { symbol, bars } of members)
      expect(bars && computeTacticalMetrics(symbol, bars)).toEqual(
        scan.metrics.find(({ ticker }) => ticker === symbol),
      );
  });

  test("P14: hits and scores of all five radars, whatever the regime", () => {
    const bySymbol = (hits: ScoredMetrics[]) => hits.toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1));
    const expected = Object.entries(golden.all_radars_unlimited);
    expect(expected.length).toBeGreaterThan(0);
    const hits = allRadars(scan.metrics);
    for (const [name, rows] of expected) {
      const radar = Number(name.split("_")[1]) as keyof typeof hits;
      expectClose(bySymbol(hits[radar]), bySymbol(rows), name);
    }
  });

  test("P15: candidates in their order and the radars used", () => {
    expect(scan.candidates.map(({ ticker }) => ticker)).toEqual(golden.candidates);
    expectClose(scan.candidates, golden.top_rows);
    expect(scan.radars_used).toBe(golden.radars_used);
    expect(scan.as_of).toBe(golden.benchmark_window[1]);
  });
});
