import type { Database } from "../db/index.ts";
import { type Clock, yieldToEventLoop } from "../kit/clock.ts";
import { type IsoDate, utcDate } from "../kit/dates.ts";
import { hours } from "../kit/duration.ts";
import { toError } from "../kit/errors.ts";
import type { Logger } from "../kit/log.ts";
import { BEGINNING } from "./bars.ts";
import { type BarsCache, createBarsCache } from "./bars-cache.ts";
import { loadBars, loadNewestBars, loadRange, type Series, type StoredRange } from "./bars-store.ts";
import { type InstrumentRow, loadInstrument, loadInstruments } from "./instrument-store.ts";
import type { Market, RefreshRequest, RefreshResult } from "./market.ts";
import { PriceError } from "./price-error.ts";
import type { PriceProvider, ProviderAnswer } from "./provider.ts";
import { type Asked, hasSameBars, isHistoryChanged, planRefresh, sourceFirstDate } from "./refresh-plan.ts";
import { saveAnswer, saveFailure } from "./save-refresh.ts";
import { lastCompleteDate, type SessionRules } from "./session.ts";
import { createSharedCalls } from "./shared-calls.ts";
import { rulesFromSymbol } from "./symbol.ts";

export interface MarketOptions {
  db: Database;
  provider: PriceProvider;
  clock: Clock;
  log: Logger;
}

/** Stored bars read again at each refresh: a dividend or a split shows in them. */
const REREAD_BARS = 5;
/** About a thousand series of two years. */
const CACHE_BYTES = 32 * 1_048_576;
/** Series that this process knows to be complete; all are forgotten beyond it. */
const MAX_SETTLED = 20_000;
/** How long an unknown symbol is not asked for again (concordance 2.2, `http_memory`). */
const UNKNOWN_FOR_MS = hours(24);

/** Prices in the local store, brought up to date from one source. */
export function createMarket(options: MarketOptions): Market {
  const { db, provider, clock } = options;
  const shared = createSharedCalls<RefreshRequest, RefreshResult>({
    covers: (running, wanted) =>
      running.from <= wanted.from &&
      running.now.getTime() >= wanted.now.getTime() &&
      (running.live === true || wanted.live !== true),
    signalOf: (request) => request.signal,
  });
  const cache = createBarsCache({ maxBytes: CACHE_BYTES });
  const refresher = createRefresher(options, cache);
  return {
    source: provider.source,
    refresh: (symbol, wanted) => {
      const series = { symbol, interval: wanted.interval };
      const request = provider.readsWhole ? { ...wanted, from: BEGINNING } : wanted;
      return shared.call(keyOf(series), request, () => refresher.refresh(series, request));
    },
    // Bars after the clock's day exist when the clock was set back (VIGIA_NOW): they are not known yet.
    load: (symbol, interval, { from = BEGINNING, to = utcDate(clock.now()) } = {}) => {
      const series = { symbol, interval };
      return cache.load(series, { from, to }, (range) => loadBars(db, series, provider.source, range));
    },
    replace: (symbol, answer) => refresher.replace(symbol, answer),
    instrument: (symbol) => loadInstrument(db.read, symbol),
    instruments: () => loadInstruments(db.read, provider.source),
    symbols: async () => (await provider.symbols?.()) ?? [],
  };
}

function createRefresher({ db, provider, clock, log }: MarketOptions, cache: BarsCache) {
  /** What this process has asked with success, by series: spares repeated calls around holidays. */
  const asked = new Map<string, Asked>();
  /** Series found complete: asking again costs no query until a new session has ended. */
  const settled = new Map<string, { from: IsoDate; last: IsoDate; rules: SessionRules }>();

  const isSettled = (series: Series, { from, now }: RefreshRequest): boolean => {
    const known = settled.get(keyOf(series));
    return (
      known !== undefined && known.from <= from && known.last >= lastCompleteDate(known.rules, now, series.interval)
    );
  };
  const settle = (series: Series, { from }: RefreshRequest, { last }: StoredRange, rules: SessionRules): void => {
    if (settled.size >= MAX_SETTLED) settled.clear();
    settled.set(keyOf(series), { from, last, rules });
  };

  async function refresh(series: Series, request: RefreshRequest): Promise<RefreshResult> {
    if (!request.live && isSettled(series, request)) return { added: 0, rewritten: false, warnings: [] };
    const row = await loadInstrument(db.read, series.symbol);
    const instrument = row?.source === provider.source ? row : undefined;
    if (instrument && !provider.isLocal) rejectRemembered(instrument, clock.now());
    const stored = instrument && (await loadRange(db, series));
    const needed = planRefresh(
      {
        stored,
        sourceFirst: instrument?.firstBar ?? null,
        asked: asked.get(keyOf(series)),
        rules: instrument ?? rulesFromSymbol(series.symbol),
      },
      { ...request, interval: series.interval, clockNow: clock.now(), recheckAfterMs: provider.recheckAfterMs ?? 0 },
    );
    const plan = needed === "nothing" && request.live && stored ? "tail" : needed;
    if (plan === "nothing") {
      if (stored) settle(series, request, stored, instrument ?? rulesFromSymbol(series.symbol));
      return { added: 0, rewritten: false, warnings: [] };
    }
    try {
      return plan === "tail" && stored && instrument
        ? await refreshTail(series, request, { stored, instrument })
        : await refreshWhole(series, request, { stored, rewritten: false });
    } catch (thrown) {
      if (!request.signal.aborted) await recordFailure(series.symbol, thrown);
      throw thrown;
    }
  }

  async function refreshTail(
    series: Series,
    request: RefreshRequest,
    { stored, instrument }: { stored: StoredRange; instrument: InstrumentRow },
  ): Promise<RefreshResult> {
    const newest = await loadNewestBars(db, series, REREAD_BARS);
    const answer = await ask(series, { ...request, from: newest[0]!.date });
    if (isHistoryChanged(newest, answer.bars)) {
      log.info("market.history_changed", `${series.symbol}: old prices changed at the source; all are read again`, {
        symbol: series.symbol,
        source: provider.source,
      });
      return refreshWhole(series, request, { stored, rewritten: true });
    }
    // Nothing new and no problem to clear: a quiet source costs no write.
    if (instrument.state !== "active" || !hasSameBars(newest, answer.bars))
      await save(series, answer, { firstBar: answer.firstDate, part: "tail" });
    remember(series, request, asked.get(keyOf(series))?.from ?? stored.first, answer);
    const added = answer.bars.filter(({ date }) => date > stored.last).length;
    return { added, rewritten: false, warnings: answer.warnings, ...openBarOf(answer) };
  }

  async function refreshWhole(
    series: Series,
    request: RefreshRequest,
    { stored, rewritten }: { stored: StoredRange | undefined; rewritten: boolean },
  ): Promise<RefreshResult> {
    const from = stored && stored.first < request.from ? stored.first : request.from;
    // A run that looks back (`as_of`) must not take newer bars away.
    const now = stored && clock.now() > request.now ? clock.now() : request.now;
    const answer = await ask(series, { ...request, from, now });
    const firstBar =
      series.interval === "1d" ? sourceFirstDate(from, answer.bars[0]!.date, answer.firstDate) : answer.firstDate;
    await save(series, answer, { firstBar, part: "whole" });
    remember(series, { ...request, now }, from, answer);
    const added = Math.max(0, answer.bars.length - (stored?.count ?? 0));
    return { added, rewritten, warnings: answer.warnings, ...openBarOf(answer) };
  }

  async function save(
    series: Series,
    answer: ProviderAnswer,
    how: { firstBar: IsoDate | null; part: "whole" | "tail" },
  ): Promise<void> {
    try {
      await saveAnswer(db, { series, source: provider.source, answer, ...how }, clock);
    } finally {
      cache.forget(series.symbol);
      settled.delete(keyOf(series));
    }
  }

  async function replace(symbol: string, answer: ProviderAnswer): Promise<void> {
    const series = { symbol, interval: "1d" } as const;
    await save(series, answer, { firstBar: answer.firstDate, part: "whole" });
    asked.delete(keyOf(series));
  }

  async function ask({ symbol, interval }: Series, request: RefreshRequest): Promise<ProviderAnswer> {
    const answer = await provider.fetchBars({ ...request, symbol, interval, to: utcDate(request.now) });
    // Files and the generator answer without waiting: readers of the API get their turn before the bars are stored.
    await yieldToEventLoop();
    request.signal.throwIfAborted();
    if (answer.bars.length > 0) return answer;
    throw new PriceError("no_data", symbol, `The source has no bar of ${symbol} since ${request.from}.`);
  }

  function remember(series: Series, { now }: RefreshRequest, from: IsoDate, rules: ProviderAnswer): void {
    const through = lastCompleteDate(rules, now, series.interval);
    asked.set(keyOf(series), { from, through, at: clock.now() });
  }

  async function recordFailure(symbol: string, thrown: unknown): Promise<void> {
    const { message } = toError(thrown);
    const state = thrown instanceof PriceError && thrown.code === "unknown_symbol" ? "unknown" : "error";
    log.warn("market.refresh_failed", `${symbol}: ${message}`, { symbol, source: provider.source });
    await saveFailure(db, { symbol, source: provider.source, state, problem: message }, clock);
    cache.forget(symbol);
  }

  return { refresh, replace };
}

function rejectRemembered({ symbol, state, problem, checkedAt }: InstrumentRow, now: Date): void {
  const ageMs = now.getTime() - Date.parse(checkedAt);
  if (state === "unknown" && ageMs >= 0 && ageMs < UNKNOWN_FOR_MS)
    throw new PriceError("unknown_symbol", symbol, problem ?? `${symbol} is unknown to the source.`, {
      hint: "It is asked for again a day after the last try.",
    });
}

const openBarOf = ({ openBar }: ProviderAnswer): Pick<RefreshResult, "openBar"> => (openBar ? { openBar } : {});

const keyOf = ({ symbol, interval }: Series): string => `${symbol}|${interval}`;
