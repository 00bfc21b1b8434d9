import { addDays, daysBetween, type IsoDate } from "../../kit/dates.ts";
import { errorCode, toError, VigiaError } from "../../kit/errors.ts";
import type { Bars } from "../../market/bars.ts";
import type { Market } from "../../market/market.ts";
import { lastCompleteDate } from "../../market/session.ts";
import { rulesOf } from "../../market/symbol.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Ticker } from "./facts.ts";

export interface PriceQuery {
  market: Market;
  http: HttpClient;
  signal: AbortSignal;
  /** Present time: decides which session is complete. */
  now: Date;
  /** Nothing after this date is seen. */
  asOf: IsoDate;
  historyDays: number;
  staleBarDays: number;
  reserve?: number;
}

export interface Prices {
  /** Complete bars, at least one. */
  bars: Bars;
  barDate: IsoDate;
  currency: string;
  /** `stale`: the source did not answer, these are the stored ones. */
  status: "fresh" | "stale";
  /** Why the source did not answer. */
  problem?: string;
}

/**
 * Brings the stored bars of a ticker up to date and returns those that an analysis of `asOf` may see. A source that does
 * not answer costs nothing while the stored bars are young enough. Errors: the source's `PriceError` when nothing is
 * stored, `not_offered` when there is no csv file of it, `stale_prices` when the newest bar is too old.
 */
export async function loadPrices(ticker: Ticker, query: PriceQuery): Promise<Prices> {
  const { market, asOf, historyDays, staleBarDays } = query;
  const from = addDays(asOf, -historyDays);
  const failure = await refresh(ticker, from, query);
  const instrument = await market.instrument(ticker.quoteSymbol);
  const complete = lastCompleteDate(rulesOf(ticker.quoteSymbol, instrument), query.now);
  const bars = await market.load(ticker.quoteSymbol, "1d", { from, to: earlierOf(complete, asOf) });
  const barDate = bars.date.at(-1);
  if (barDate === undefined) {
    const last = instrument?.lastBar;
    const isOld = last && last < from && (!failure || errorCode(failure) === "no_source");
    throw isOld ? stalePrices(ticker, last, asOf) : whyNoBars(ticker, market, failure);
  }
  if (daysBetween(barDate, asOf) > staleBarDays) throw stalePrices(ticker, barDate, asOf);
  return {
    bars,
    barDate,
    currency: instrument?.currency ?? ticker.quoteCurrency,
    status: failure ? "stale" : "fresh",
    ...(failure ? { problem: describe(failure) } : {}),
  };
}

const earlierOf = (...dates: [IsoDate, IsoDate]): IsoDate => dates.sort()[0]!;

async function refresh(ticker: Ticker, from: IsoDate, query: PriceQuery): Promise<unknown> {
  const { market, http, signal, now, reserve } = query;
  try {
    await market.refresh(ticker.quoteSymbol, {
      interval: "1d",
      from,
      now,
      http,
      signal,
      ...(reserve === undefined ? {} : { reserve }),
    });
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return thrown;
  }
}

function stalePrices({ ticker }: Ticker, last: IsoDate, asOf: IsoDate): VigiaError {
  const reason = `The newest complete bar of ${ticker} is of ${last}, ${daysBetween(last, asOf)} days before ${asOf}.`;
  return new VigiaError("stale_prices", reason, {
    hint: "See STALE_BAR_DAYS; end the ticker with valid_to; or set VIGIA_NOW to replay the past.",
  });
}

function whyNoBars(ticker: Ticker, market: Market, failure: unknown): Error {
  if (isNotOffered(market.source, errorCode(failure))) {
    const where = errorCode(failure) === "no_source" ? "is unset and no bar of it is stored" : "has none";
    return new VigiaError("not_offered", `There is no file for ${ticker.quoteSymbol}: MARKET_DATA_DIR ${where}.`);
  }
  if (failure !== undefined) return toError(failure);
  return new VigiaError("no_data", `There are no complete bars of ${ticker.quoteSymbol} for this date.`);
}

/** A folder of csv prices need not have every ticker of the list: that is no fault of a run. */
export function isNotOffered(source: Market["source"], code: string | undefined): boolean {
  return source === "csv" && (code === "unknown_symbol" || code === "no_source");
}

/** Only messages of our own errors may be stored: others can hold addresses with keys. */
export function describe(thrown: unknown): string {
  return thrown instanceof VigiaError ? thrown.message : `An unexpected fault (${errorCode(thrown)}).`;
}
