import type { MarketName } from "../../../db/schema/market.ts";
import { yieldToEventLoop } from "../../../kit/clock.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import { type Bars, toBars } from "../../../market/bars.ts";
import type { Universe } from "../../../market/universe/load-universe.ts";
import { selectWindow, windowStart } from "../analysis/periods.ts";
import type { RadarProfile, RadarScan } from "../radar/radar-scan.ts";
import { createScan } from "../radar/scan.ts";

/** What is scanned, over which window (portfolio.md 3.1), against which benchmark. */
export interface ScanPlan {
  market: MarketName;
  /** Tried in order: the second one tracks the same index where the first has no prices. */
  benchmarks: readonly string[];
  period: "6mo" | "3mo";
}

export const SCAN_PLANS: readonly ScanPlan[] = [
  { market: "sp500", benchmarks: ["^GSPC", "SPY"], period: "6mo" },
  { market: "crypto30", benchmarks: ["BTC-USD"], period: "3mo" },
];

export interface ScanDeps {
  /** Complete daily bars of a symbol from a date on; empty where there are none. */
  load(symbol: string, from: IsoDate): Promise<Bars>;
  /** Brings a benchmark up to date that nobody has asked for yet, because those before it have no bars. Default: nothing. */
  refreshSpare?(symbol: string): Promise<void>;
  /** Date of the moment that is looked at. */
  tradingDate: IsoDate;
  profile: RadarProfile;
  signal: AbortSignal;
}

/**
 * One scan of a list of symbols: the benchmark's regime over two years, the members' figures over the plan's window. It ends
 * with the benchmark's last bar, so unchanged bars give an unchanged scan. Without a benchmark the regime is UNKNOWN.
 */
export async function scanSymbols(
  symbols: readonly string[],
  { benchmarks, period }: Pick<ScanPlan, "benchmarks" | "period">,
  deps: ScanDeps,
): Promise<RadarScan> {
  const benchmark = await loadBenchmark(benchmarks, deps);
  const asOf = benchmark.bars.date.at(-1) ?? deps.tradingDate;
  const scan = createScan({
    benchmark: {
      symbol: benchmark.symbol,
      bars: selectWindow(benchmark.bars, { asOf, period: "2y", interval: "1d" }),
    },
    profile: deps.profile,
    timestamp: `${asOf}T00:00:00.000Z`,
  });
  for (const symbol of symbols) {
    deps.signal.throwIfAborted();
    const bars = await deps.load(symbol, windowStart(asOf, period));
    scan.add(symbol, selectWindow(bars, { asOf, period, interval: "1d" }));
    await yieldToEventLoop();
  }
  return scan.finish();
}

/** The first benchmark that has bars in the last two years; the first of all when none has. */
async function loadBenchmark(
  benchmarks: readonly string[],
  { load, refreshSpare, tradingDate }: Pick<ScanDeps, "load" | "refreshSpare" | "tradingDate">,
): Promise<{ symbol: string; bars: Bars }> {
  const from = windowStart(tradingDate, "2y");
  for (const [index, symbol] of benchmarks.entries()) {
    if (index > 0) await refreshSpare?.(symbol);
    const bars = await load(symbol, from);
    if (bars.length > 0) return { symbol, bars };
  }
  return { symbol: benchmarks[0]!, bars: toBars([]) };
}

export interface ScannedMarket {
  plan: ScanPlan;
  universe: Universe;
  scan: RadarScan;
}
