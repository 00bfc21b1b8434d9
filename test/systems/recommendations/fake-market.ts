import { type Bar, type Bars, cutBarsAt, toBars } from "../../../src/market/bars.ts";
import type { Market } from "../../../src/market/market.ts";
import { PriceError } from "../../../src/market/price-error.ts";
import { sharedPath } from "../../support/shared.ts";

export interface FakeMarket extends Market {
  /** What the source would answer; `refresh` copies it to the stored bars. */
  offered: Map<string, Bars>;
  stored: Map<string, Bars>;
  /** Faults by symbol; `*` for all. */
  faults: Map<string, Error>;
  /** Called at the start of each refresh; may wait. */
  onRefresh: ((symbol: string, signal: AbortSignal) => Promise<void> | void) | undefined;
  refreshed: string[];
}

/** A market in memory with the contract of the real one. */
export function createFakeMarket(bars: Record<string, Bars> = {}, source: Market["source"] = "csv"): FakeMarket {
  const fake: FakeMarket = {
    source,
    offered: new Map(Object.entries(bars)),
    stored: new Map(),
    faults: new Map(),
    onRefresh: undefined,
    refreshed: [],
    async refresh(symbol, { signal, now }) {
      fake.refreshed.push(symbol);
      await fake.onRefresh?.(symbol, signal);
      const fault = fake.faults.get(symbol) ?? fake.faults.get("*");
      if (fault) throw fault;
      const answer = fake.offered.get(symbol);
      if (!answer) throw new PriceError("unknown_symbol", symbol, `${symbol} is unknown.`);
      fake.stored.set(symbol, cutBarsAt(answer, now.toISOString().slice(0, 10)));
      return { added: 1, rewritten: false, warnings: [] };
    },
    async replace(symbol, { bars }) {
      fake.stored.set(symbol, toBars(bars));
    },
    async load(symbol, _interval, { from = "", to = "9999-12-31" } = {}) {
      const all = cutBarsAt(fake.stored.get(symbol) ?? toBars([]), to);
      const start = all.date.findIndex((date) => date >= from);
      return start < 0 ? toBars([]) : toBars(rowsOf(all).slice(start));
    },
    async instrument(symbol) {
      const stored = fake.stored.get(symbol);
      if (!stored) return undefined;
      return {
        symbol,
        name: symbol,
        kind: "equity",
        currency: "USD",
        exchange: null,
        timezone: "America/New_York",
        source,
        firstBar: stored.date[0] ?? null,
        lastBar: stored.date.at(-1) ?? null,
        state: "active",
        problem: null,
      };
    },
    instruments: async () => new Map(),
    symbols: async () => [...fake.offered.keys()],
  };
  return fake;
}

export function rowsOf(bars: Bars): Bar[] {
  return bars.date.map((date, index) => ({
    date,
    open: bars.open[index]!,
    high: bars.high[index]!,
    low: bars.low[index]!,
    close: bars.close[index]!,
    adjClose: bars.adjClose[index]!,
    volume: bars.volume[index]!,
  }));
}

/** Weekdays up to `end` with the given closes, oldest first. */
export function barsUpTo(end: string, closes: readonly number[]): Bars {
  const dates: string[] = [];
  for (let ms = Date.parse(`${end}T00:00:00Z`); dates.length < closes.length; ms -= 86_400_000) {
    const day = new Date(ms);
    if (day.getUTCDay() % 6 !== 0) dates.unshift(day.toISOString().slice(0, 10));
  }
  return toBars(dates.map((date, index) => barOf(date, closes[index]!)));
}

export const barOf = (date: string, close: number): Bar => ({
  date,
  open: close,
  high: close,
  low: close,
  close,
  adjClose: close,
  volume: 1_000,
});

/** A price series that moves: seeded by its phase. */
export function wavyCloses(length: number, phase = 0): number[] {
  return Array.from(
    { length },
    (_, index) => 20 + 0.02 * index + 2 * Math.sin((index + phase) / 9) + Math.sin(index * 1.7),
  );
}

/** A price file of the shared data. */
export async function readSharedBars(folder: string, symbol: string): Promise<Bars> {
  const text = await Bun.file(sharedPath(`data/prices/${folder}/${symbol}.csv`)).text();
  const rows = text.trim().split("\n").slice(1);
  return toBars(
    rows.map((line) => {
      const [date, open, high, low, close, volume] = line.split(",");
      return {
        date: date!,
        open: Number(open),
        high: Number(high),
        low: Number(low),
        close: Number(close),
        adjClose: Number(close),
        volume: Number(volume),
      };
    }),
  );
}

export const ADR_SYMBOLS = "YPF GGAL PAM TEO TGS CEPU BMA SUPV CRESY LOMA VIST MELI GLOB DESP".split(" ");

export async function readAdrBars(): Promise<Record<string, Bars>> {
  const entries = ADR_SYMBOLS.map(async (symbol) => [symbol, await readSharedBars("adr", symbol)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
