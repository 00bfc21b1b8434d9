import type { DataSource } from "../../src/db/schema/market.ts";
import { silentLogger } from "../../src/kit/log.ts";
import type { Bar } from "../../src/market/bars.ts";
import { createMarket } from "../../src/market/create-market.ts";
import type { Market, RefreshRequest } from "../../src/market/market.ts";
import { PriceError } from "../../src/market/price-error.ts";
import type { PriceProvider, PriceRequest } from "../../src/market/provider.ts";
import { isBarComplete } from "../../src/market/session.ts";
import { rulesFromSymbol } from "../../src/market/symbol.ts";
import { createFakeClock, type FakeClock } from "../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { createPlainClient } from "../support/market.ts";

/** A source whose bars the test holds in its hand. */
export interface TestSource extends PriceProvider {
  bars: Map<string, Bar[]>;
  requests: PriceRequest[];
  /** Runs before each answer; what it throws is the answer. */
  before?: ((request: PriceRequest) => Promise<void> | void) | undefined;
  firstDate: string | null;
  recheckAfterMs?: number;
}

export function createTestSource(source: DataSource = "yahoo"): TestSource {
  const self: TestSource = {
    source,
    bars: new Map(),
    requests: [],
    firstDate: null,
    async fetchBars(request) {
      self.requests.push(request);
      await self.before?.(request);
      const { symbol, from, to, now } = request;
      const all = self.bars.get(symbol);
      if (!all) throw new PriceError("unknown_symbol", symbol, `No ${symbol}.`);
      const rules = rulesFromSymbol(symbol);
      const bars = all.filter(({ date }) => date >= from && date <= to && isBarComplete(date, rules, now));
      if (bars.length === 0) throw new PriceError("no_data", symbol, `Nothing of ${symbol}.`);
      const { firstDate } = self;
      return { ...rules, bars, currency: "USD", name: symbol, exchange: "TEST", firstDate, warnings: [] };
    },
  };
  return self;
}

export interface MarketBench extends AsyncDisposable {
  store: TestDatabase;
  source: TestSource;
  clock: FakeClock;
  market: Market;
  /** Refreshes at the clock's time. */
  refresh(symbol?: string, changes?: Partial<RefreshRequest>): ReturnType<Market["refresh"]>;
  /** Closes as stored, by date. */
  closes(symbol?: string): Promise<Record<string, number>>;
  /** Another market on the same database: after a restart, or with another source. */
  reopen(source?: TestSource): Market;
}

export async function openMarketBench(now: string, source = createTestSource()): Promise<MarketBench> {
  const store = await openTestDatabase();
  const clock = createFakeClock(now);
  const open = (provider: TestSource) => createMarket({ db: store.db, provider, clock, log: silentLogger });
  const bench: MarketBench = {
    ...{ store, source, clock },
    market: open(source),
    refresh: (symbol = "YPF", changes = {}) => bench.market.refresh(symbol, { ...requestAt(clock), ...changes }),
    async closes(symbol = "YPF") {
      const { date, close } = await bench.market.load(symbol, "1d");
      return Object.fromEntries(date.map((day, index) => [day, close[index]!]));
    },
    reopen: (other = source) => open(other),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
  return bench;
}

export function requestAt(clock: FakeClock, from = "2024-01-01"): RefreshRequest {
  const http = createPlainClient(async () => new Response("", { status: 500 }));
  return { interval: "1d", from, now: clock.now(), http, signal: new AbortController().signal };
}
