import { addDays, type IsoDate, weekdayOf } from "../../../../src/kit/dates.ts";
import { seededRandom } from "../../../../src/kit/random.ts";
import type { Bar } from "../../../../src/market/bars.ts";
import { PriceError, type PriceErrorCode } from "../../../../src/market/price-error.ts";
import type { PriceProvider } from "../../../../src/market/provider.ts";
import { isBarComplete, openSessionDate } from "../../../../src/market/session.ts";
import { rulesFromSymbol } from "../../../../src/market/symbol.ts";

/** Prices in memory as a source: what it is given it knows, everything else is unknown to it. */
export interface PriceTable {
  readonly provider: PriceProvider;
  /** Symbols in the order in which they were asked for. */
  readonly asked: string[];
  /** Bars of a symbol from now on, oldest first; the one of a session still open is its running bar. */
  give(symbol: string, bars: readonly Bar[]): void;
  bars(symbol: string): readonly Bar[];
  /** The symbol (`*` = every one) fails with this from now on; null heals it. */
  fail(symbol: string, code: PriceErrorCode | null): void;
}

export function createPriceTable(): PriceTable {
  const given = new Map<string, readonly Bar[]>();
  const faults = new Map<string, PriceErrorCode>();
  const asked: string[] = [];
  const provider: PriceProvider = {
    source: "csv",
    isLocal: true,
    readsWhole: true,
    symbols: async () => [...given.keys()].sort(),
    async fetchBars({ symbol, interval, from, to, now, signal }) {
      signal.throwIfAborted();
      asked.push(symbol);
      const fault = faults.get("*") ?? faults.get(symbol);
      if (fault) throw new PriceError(fault, symbol, `${symbol}: ${fault} by the table.`);
      const bars = given.get(symbol);
      if (!bars) throw new PriceError("unknown_symbol", symbol, `The table has no ${symbol}.`);
      const rules = rulesFromSymbol(symbol);
      const openDate = openSessionDate(rules, now);
      const openBar = bars.find(({ date }) => date === openDate && date <= to);
      return {
        bars: bars.filter(({ date }) => date >= from && date <= to && isBarComplete(date, rules, now, interval)),
        ...(openBar ? { openBar } : {}),
        currency: "USD",
        timezone: rules.timezone,
        name: null,
        kind: rules.kind,
        exchange: null,
        firstDate: bars[0]?.date ?? null,
        warnings: [],
      };
    },
  };
  return {
    provider,
    asked,
    give: (symbol, bars) => void given.set(symbol, bars),
    bars: (symbol) => given.get(symbol) ?? [],
    fail: (symbol, code) => void (code ? faults.set(symbol, code) : faults.delete(symbol)),
  };
}

export interface WalkOptions {
  until: IsoDate;
  count?: number;
  start?: number;
  /** Bars at weekends too. */
  allWeek?: boolean;
}

/** A seeded walk of daily bars that ends on `until`. */
export function walk(seed: number, { until, count = 300, start = 100, allWeek = false }: WalkOptions): Bar[] {
  const random = seededRandom(seed);
  const dates: IsoDate[] = [];
  for (let date = until; dates.length < count; date = addDays(date, -1))
    if (allWeek || weekdayOf(date) % 6 !== 0) dates.unshift(date);
  let close = start;
  return dates.map((date) => {
    const open = close;
    close *= 1 + (random() - 0.5) * 0.03;
    const [high, low] = [Math.max(open, close) * 1.004, Math.min(open, close) * 0.996];
    return { date, open, high, low, close, adjClose: close, volume: Math.round(1e6 * (0.5 + random())) };
  });
}

/** The bars with a last one that leaps out of its bands on ten times the volume: a high-priority signal. */
export function leaping(bars: readonly Bar[], factor = 1.3): Bar[] {
  const last = bars.at(-1)!;
  const close = bars.at(-2)!.close * factor;
  const leap = { ...last, close, adjClose: close, volume: 1e7 };
  return [...bars.slice(0, -1), { ...leap, high: Math.max(leap.open, close), low: Math.min(leap.open, close) }];
}

/** Every price times `factor`, every volume divided by it: as a split restates history. */
export const restated = (bars: readonly Bar[], factor: number): Bar[] =>
  bars.map(({ date, open, high, low, close, adjClose, volume }) => ({
    date,
    open: open * factor,
    high: high * factor,
    low: low * factor,
    close: close * factor,
    adjClose: adjClose * factor,
    volume: volume / factor,
  }));
