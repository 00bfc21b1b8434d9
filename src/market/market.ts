import type { DataSource } from "../db/schema/market.ts";
import type { IsoDate } from "../kit/dates.ts";
import type { HttpClient } from "../net/client.ts";
import type { Bar, Bars, Interval } from "./bars.ts";
import type { ProviderAnswer } from "./provider.ts";

/** Prices as the systems see them: stored bars, brought up to date on demand. */
export interface Market {
  readonly source: DataSource;
  /**
   * Extends the stored bars of `symbol` to `now`, re-reading the last five to notice adjustments; a changed old close
   * re-fetches the whole symbol. Rejects with `PriceError`; stored bars stay. Two calls for one symbol share one fetch.
   */
  refresh(symbol: string, request: RefreshRequest): Promise<RefreshResult>;
  /**
   * Stored bars of this source with `from <= date <= to`, oldest first; empty when there are none. `to` is today by the
   * clock unless given.
   */
  load(symbol: string, interval: Interval, range?: { from?: IsoDate; to?: IsoDate }): Promise<Bars>;
  /** Daily bars from elsewhere (an import) take the place of all that is stored of the symbol, as if the source had said so. */
  replace(symbol: string, answer: ProviderAnswer): Promise<void>;
  instrument(symbol: string): Promise<Instrument | undefined>;
  /** All instruments of this source by symbol, in one query. */
  instruments(): Promise<ReadonlyMap<string, Instrument>>;
  /** Symbols that the source offers by itself (csv folder, sample set). */
  symbols(): Promise<readonly string[]>;
}

export interface RefreshRequest {
  interval: Interval;
  /** Oldest date wanted. */
  from: IsoDate;
  now: Date;
  http: HttpClient;
  signal: AbortSignal;
  reserve?: number;
  /** Asks even when every complete bar is stored, for the session that is still open. Default: false. */
  live?: boolean;
}

export interface RefreshResult {
  added: number;
  /** The session still open, as the source showed it just now; never stored. */
  openBar?: Bar;
  /** The source changed old bars, so all were read again. */
  rewritten: boolean;
  warnings: string[];
}

export interface Instrument {
  symbol: string;
  name: string | null;
  kind: string | null;
  currency: string | null;
  exchange: string | null;
  timezone: string | null;
  source: DataSource;
  /** First date that the source has, when known; stored bars may start later. */
  firstBar: IsoDate | null;
  /** Newest stored daily bar. */
  lastBar: IsoDate | null;
  state: "active" | "unknown" | "error";
  problem: string | null;
}
