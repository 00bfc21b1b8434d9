import { expect, test } from "bun:test";
import fc from "fast-check";
import { addDays } from "../../src/kit/dates.ts";
import { hours } from "../../src/kit/duration.ts";
import type { Bar } from "../../src/market/bars.ts";
import { PriceError } from "../../src/market/price-error.ts";
import { computeSampleBars } from "../../src/market/sample/sample-series.ts";
import { isBarComplete } from "../../src/market/session.ts";
import { rulesFromSymbol } from "../../src/market/symbol.ts";
import { soakTimes } from "../support/soak.ts";
import { openMarketBench, requestAt } from "./bench.ts";

const ALL = new Map(
  ["YPF", "BTC-USD"].map((symbol) => [symbol, computeSampleBars(symbol, "2023-01-02", "2025-06-30")]),
);

interface Step {
  waitHours: number;
  /** Days before the first date wanted so far (positive) or after it. */
  olderByDays: number;
  event: "none" | "dividend" | "split" | "outage" | "restart" | "correction";
}

const step: fc.Arbitrary<Step> = fc.record({
  waitHours: fc.integer({ min: 0, max: 200 }),
  olderByDays: fc.integer({ min: -60, max: 40 }),
  event: fc.constantFrom("none", "none", "none", "dividend", "split", "outage", "restart", "correction"),
});

test(
  "refreshing in any steps gives what one whole read gives",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("YPF", "BTC-USD"),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        async (symbol, steps) => {
          await using bench = await openMarketBench("2024-02-01T12:00:00.000Z");
          bench.source.bars.set(symbol, ALL.get(symbol)!);
          let market = bench.market;
          let from = "2023-11-01";
          let oldest = "9999-12-31";
          const last: Step = { waitHours: 24 * 4, olderByDays: 0, event: "none" };
          for (const { waitHours, olderByDays, event } of [...steps, last]) {
            bench.clock.jump(hours(waitHours));
            if (event === "restart") market = bench.reopen();
            bench.source.bars.set(symbol, adjusted(bench.source.bars.get(symbol)!, event, bench.clock.now()));
            bench.source.before = () => {
              if (event === "outage") throw new PriceError("source_unavailable", symbol, "down");
            };
            const wanted = addDays(from, -olderByDays);
            const refreshed = await market.refresh(symbol, requestAt(bench.clock, wanted)).catch(() => undefined);
            if (!refreshed) continue;
            if (wanted < oldest) oldest = wanted;
            if (wanted < from) from = wanted;
          }
          const stored = await market.load(symbol, "1d");
          const whole = wholeRead(symbol, bench.source.bars.get(symbol)!, oldest, bench.clock.now());
          expect(stored.date).toEqual(whole.map(({ date }) => date));
          for (const column of ["open", "high", "low", "close", "adjClose", "volume"] as const)
            expect([...stored[column]]).toEqual(whole.map((bar) => bar[column]));
        },
      ),
      { numRuns: soakTimes(25, 300) },
    );
  },
  soakTimes(30_000, 300_000),
);

function wholeRead(symbol: string, bars: readonly Bar[], from: string, now: Date): Bar[] {
  return bars.filter(({ date }) => date >= from && isBarComplete(date, rulesFromSymbol(symbol), now));
}

/** What happens to the past at the source. */
function adjusted(bars: Bar[], event: Step["event"], now: Date): Bar[] {
  const past = bars.filter(({ date }) => date < now.toISOString().slice(0, 10));
  const future = bars.slice(past.length);
  if (event === "dividend") return [...past.map((bar) => ({ ...bar, adjClose: bar.adjClose * 0.99 })), ...future];
  if (event === "split") return [...past.map(halved), ...future.map(halved)];
  // The last session's figures are corrected afterwards.
  if (event === "correction")
    return [...past.slice(0, -1), ...past.slice(-1).map((bar) => ({ ...bar, volume: 7 })), ...future];
  return bars;
}

function halved(bar: Bar): Bar {
  const { date, open, high, low, close, adjClose, volume } = bar;
  return {
    date,
    open: open / 2,
    high: high / 2,
    low: low / 2,
    close: close / 2,
    adjClose: adjClose / 2,
    volume: 2 * volume,
  };
}
