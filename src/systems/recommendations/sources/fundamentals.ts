import { addDays } from "../../../kit/dates.ts";
import { IMPORT_SOURCE, type Snapshot, type SnapshotStore } from "../../../market/snapshot-store.ts";
import type { Available, FundamentalFacts, Sourced, Ticker, Unavailable } from "../facts.ts";
import { combineUnavailable, missing } from "./failure.ts";
import type { createFmp, FundamentalRequest } from "./fmp.ts";

/** How long stored facts may stand in for a source that does not answer. */
const MAX_STORED_DAYS = 120;
/** Best first; an imported file is the last resort. */
const STORED_SOURCES = ["fmp", "yahoo"];

export const fundamentalsKey = (ticker: string): string => `fundamentals:${ticker}`;

interface Network {
  fmp: ReturnType<typeof createFmp>;
  yahoo: (ticker: Ticker, request: FundamentalRequest) => Promise<Sourced<FundamentalFacts>>;
}

/**
 * FMP, then Yahoo, then the last stored answer, then an imported file. A good answer is stored under the date of the
 * analysis, at which it was known. Without `network` only what is stored counts.
 */
export function createFundamentals(store: SnapshotStore, network?: Network) {
  async function fetchFresh(ticker: Ticker, request: FundamentalRequest, tried: Unavailable[]) {
    if (!network) return undefined;
    const fmp = await network.fmp.fetch(ticker, request);
    if ("facts" in fmp.fundamentals) return fmp.fundamentals;
    tried.push(fmp.fundamentals);
    const yahoo = await network.yahoo(ticker, request);
    if ("facts" in yahoo) return { ...yahoo, facts: { ...yahoo.facts, ...fmp.profile } };
    tried.push(yahoo);
    return undefined;
  }

  async function loadStored(ticker: Ticker, request: FundamentalRequest) {
    const key = fundamentalsKey(ticker.ticker);
    const query = { key, asOf: request.asOf, oldest: addDays(request.asOf, -MAX_STORED_DAYS) };
    const [stored] = await store.load({ ...query, sources: STORED_SOURCES });
    if (stored) return fromSnapshot("stale", stored, request);
    const [imported] = await store.load({ ...query, sources: [IMPORT_SOURCE] });
    return imported && fromSnapshot("embedded", imported, request);
  }

  return async (ticker: Ticker, request: FundamentalRequest): Promise<Sourced<FundamentalFacts>> => {
    const tried: Unavailable[] = [];
    const fresh = await fetchFresh(ticker, request, tried);
    if (fresh) {
      const { source, fetchedAt, facts } = fresh;
      const key = fundamentalsKey(ticker.ticker);
      await store.save([{ source, key, asOf: request.asOf, fetchedAt, payload: facts }]);
      return fresh;
    }
    const stored = await loadStored(ticker, request);
    if (stored) return stored;
    const nothing = missing(null, `no report of ${ticker.ticker} of the last ${MAX_STORED_DAYS} days is stored`);
    return combineUnavailable([...tried, nothing]);
  };
}

function fromSnapshot(
  status: "stale" | "embedded",
  { source, fetchedAt, asOf, payload }: Snapshot,
  { priceCurrency }: FundamentalRequest,
): Available<FundamentalFacts> {
  const facts = payload as FundamentalFacts;
  const comparable = facts.currency !== null && facts.currency === priceCurrency;
  const ratios = comparable ? facts.ratios : { ...facts.ratios, peRatio: null, pbRatio: null };
  return { status, source, fetchedAt, asOf: facts.periodEnd ?? asOf, facts: { ...facts, ratios }, raw: facts };
}
