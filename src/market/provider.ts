import type { DataSource } from "../db/schema/market.ts";
import type { IsoDate } from "../kit/dates.ts";
import type { HttpClient } from "../net/client.ts";
import type { Bar, Interval } from "./bars.ts";

/** Where prices come from. Three implementations, one suite of tests. */
export interface PriceProvider {
  readonly source: DataSource;
  /**
   * Complete bars of `symbol` with `from <= date <= to`, oldest first; the session still open at `now` is left out.
   * Rejects with `PriceError`; one symbol's fault never touches another.
   */
  fetchBars(request: PriceRequest): Promise<ProviderAnswer>;
  /** A fetch costs the same however old `from` is, so a symbol's whole history is stored at once (csv). */
  readonly readsWhole?: boolean;
  /** Asking costs no request, so an unknown symbol is asked for each time: a file may have been added (csv). */
  readonly isLocal?: boolean;
  /** Symbols that it could serve, when it knows them (csv, sample). */
  symbols?(): Promise<readonly string[]>;
  /** How long an answer without the newest session stands (a holiday, a late source). Default: 0, always asked again. */
  readonly recheckAfterMs?: number;
}

export interface PriceRequest {
  symbol: string;
  interval: Interval;
  from: IsoDate;
  to: IsoDate;
  now: Date;
  /** The caller's door to the network; providers without one ignore it. */
  http: HttpClient;
  signal: AbortSignal;
  /** See `HttpRequest.reserve`. */
  reserve?: number;
}

export interface ProviderAnswer {
  bars: Bar[];
  /** The session that is still open at `now`, as far as it has come; absent when none is open or the source does not show it. */
  openBar?: Bar;
  currency: string | null;
  /** Zone of the exchange: bar dates are its calendar dates. */
  timezone: string | null;
  name: string | null;
  /** `equity`, `crypto`, `index`, `currency`, … */
  kind: string | null;
  exchange: string | null;
  /** First date that the source has for the symbol, when it says so. */
  firstDate: IsoDate | null;
  /** Faults that cost single bars, in words for people (`YPF.csv line 12: …`). */
  warnings: string[];
}
