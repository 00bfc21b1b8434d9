import { yieldToEventLoop } from "../../../kit/clock.ts";
import { addDays, type IsoDate } from "../../../kit/dates.ts";
import { forEachConcurrent } from "../../../kit/for-each-concurrent.ts";
import { appendBar, type Bar, type Bars } from "../../../market/bars.ts";
import type { Instrument, Market } from "../../../market/market.ts";
import { lastCompleteDate } from "../../../market/session.ts";
import { isSymbol, rulesOf } from "../../../market/symbol.ts";
import type { HttpClient } from "../../../net/client.ts";
import { type PriceFailure, priceFailure } from "./price-failure.ts";

export interface PriceSeriesOptions {
  market: Market;
  http: HttpClient;
  signal: AbortSignal;
  now: Date;
  /** Oldest date that any analysis of this cycle looks at. */
  from: IsoDate;
}

export interface LoadedBars {
  /** Oldest first; empty where there are none. */
  bars: Bars;
  /** The last bar is of a session that is still open. */
  isLastOpen: boolean;
}

/** The daily bars of one cycle: each symbol is brought up to date once, whoever wants it and however often. */
export interface PriceSeries {
  /**
   * Brings the symbols up to date, with `live` also their sessions still open. `onDone` hears of each. Rejects only when
   * the cycle is aborted.
   */
  refresh(symbols: readonly string[], options?: { live?: boolean; onDone?: (symbol: string) => void }): Promise<void>;
  /** Bars from `from` on: the complete ones, and the running one of a symbol that was refreshed live. */
  load(symbol: string, from: IsoDate): Promise<LoadedBars>;
  instrument(symbol: string): Instrument | undefined;
  /** Why the last refresh of the symbol failed; stored bars may serve all the same. */
  failure(symbol: string): PriceFailure | undefined;
}

/**
 * So many failures in a row, and no answer between them: the network's source is down, and asking on would only use up
 * its budget. Files have no budget, and one that cannot be read says nothing of the next.
 */
const FAILURES_UNTIL_DOWN = 5;
/** Refreshes under way at once; the door holds back what a source does not like. */
const REFRESHES_AT_ONCE = 4;

export function createPriceSeries({ market, http, signal, now, from }: PriceSeriesOptions): PriceSeries {
  const refreshed = new Set<string>();
  const failures = new Map<string, PriceFailure>();
  const openBars = new Map<string, Bar>();
  let failuresInARow = 0;
  let instruments: ReadonlyMap<string, Instrument> = new Map();

  async function refreshOne(symbol: string, live: boolean): Promise<void> {
    if (!isSymbol(symbol)) {
      failures.set(symbol, { code: "bad_symbol", temporary: false });
      return;
    }
    if (market.source === "yahoo" && failuresInARow >= FAILURES_UNTIL_DOWN) {
      failures.set(symbol, { code: "source_unavailable", temporary: true });
      return;
    }
    try {
      const { openBar } = await market.refresh(symbol, { interval: "1d", from, now, http, signal, live });
      failuresInARow = 0;
      if (live && openBar) openBars.set(symbol, openBar);
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = priceFailure(thrown);
      failures.set(symbol, failure);
      failuresInARow = failure.temporary ? failuresInARow + 1 : 0;
    }
  }

  return {
    async refresh(symbols, { live = false, onDone } = {}) {
      const wanted = [...new Set(symbols)].filter((symbol) => !refreshed.has(symbol));
      await forEachConcurrent(wanted, REFRESHES_AT_ONCE, async (symbol) => {
        signal.throwIfAborted();
        refreshed.add(symbol);
        await refreshOne(symbol, live);
        onDone?.(symbol);
        await yieldToEventLoop();
      });
      instruments = await market.instruments();
    },
    async load(symbol, oldest) {
      const to = lastCompleteDate(rulesOf(symbol, instruments.get(symbol)), now);
      const bars = await market.load(symbol, "1d", { from: oldest, to });
      const open = openBars.get(symbol);
      const isLastOpen = open !== undefined && open.date > (bars.date.at(-1) ?? "");
      return { bars: isLastOpen ? appendBar(bars, open) : bars, isLastOpen };
    },
    instrument: (symbol) => instruments.get(symbol),
    failure: (symbol) => failures.get(symbol),
  };
}

/** How far back a cycle reads: two years for the weekly bars of candidates, and the days that a window may need before. */
export const historyStart = (tradingDate: IsoDate): IsoDate => addDays(tradingDate, -2 * 366 - 7);
