import type { Settings } from "../../../settings.ts";
import type { FundamentalFacts, Sourced, SourceRequest, Ticker } from "../facts.ts";
import { describeFailure, failed, missing } from "./failure.ts";
import { fetchJson } from "./fetch-json.ts";
import { type CompanyProfile, type FmpBodies, readFmpFundamentals, readFmpProfile } from "./fmp-reader.ts";
import { objectsOf } from "./reading.ts";

/** Financial years asked for: the newest may not have been filed by `asOf`. The free plan refuses more than 5. */
const YEARS = 5;
const SOURCE = "fmp";

export interface FmpAnswer {
  fundamentals: Sourced<FundamentalFacts>;
  /** May be known although the ratios are outside the plan. */
  profile: CompanyProfile | null;
}

export type FundamentalRequest = SourceRequest & { priceCurrency: string | null; price?: number | null };

/**
 * Financial Modeling Prep: ratios (and in `stable` key-metrics) of one fiscal year, and the profile. 401 and 403 are about
 * the key, so nothing more is asked; 402 is about the symbol, whose profile may still answer. Never throws but on abort.
 */
export function createFmp(settings: Pick<Settings, "fmpApiKey" | "fmpBaseUrl" | "fmpSupportedTickers">) {
  const legacy = settings.fmpBaseUrl.endsWith("/api/v3");

  async function fetchBody(endpoint: string, ticker: Ticker, request: FundamentalRequest): Promise<unknown> {
    const profile = endpoint === "profile";
    const url = new URL(`${settings.fmpBaseUrl}/${endpoint}${legacy ? `/${encodeURIComponent(ticker.ticker)}` : ""}`);
    if (!legacy) url.searchParams.set("symbol", ticker.ticker);
    if (!profile) {
      url.searchParams.set("period", "annual");
      url.searchParams.set("limit", String(YEARS));
    }
    url.searchParams.set("apikey", settings.fmpApiKey!);
    // A refusal of the ratios is remembered for the symbol; the profile must not fall under it.
    const subject = `${profile ? "profile" : "ratios"}:${ticker.ticker}`;
    return fetchJson(SOURCE, { url: url.href, kind: endpoint, subject }, request);
  }

  async function fetchRatios(ticker: Ticker, request: FundamentalRequest): Promise<FmpBodies> {
    const ratios = await fetchBody("ratios", ticker, request);
    if (legacy || objectsOf(ratios).length === 0) return { ratios };
    return { ratios, keyMetrics: await fetchBody("key-metrics", ticker, request) };
  }

  async function fetchProfile(ticker: Ticker, request: FundamentalRequest): Promise<CompanyProfile | null> {
    try {
      return readFmpProfile(await fetchBody("profile", ticker, request), request.asOf, request.now);
    } catch (thrown) {
      // A name and a sector are no reason to lose the ratios.
      describeFailure(thrown, SOURCE, request.signal);
      return null;
    }
  }

  return {
    async fetch(ticker: Ticker, request: FundamentalRequest): Promise<FmpAnswer> {
      const nothing = (fundamentals: Sourced<FundamentalFacts>) => ({ fundamentals, profile: null });
      if (!settings.fmpApiKey) return nothing(missing(SOURCE, "FMP has no key"));
      const supported = settings.fmpSupportedTickers;
      if (supported.length > 0 && !supported.includes(ticker.ticker))
        return nothing(missing(SOURCE, `FMP is not asked about ${ticker.ticker} (FMP_SUPPORTED_TICKERS)`));
      let bodies: FmpBodies;
      try {
        bodies = await fetchRatios(ticker, request);
      } catch (thrown) {
        const { status, reason } = describeFailure(thrown, "FMP", request.signal);
        if (status !== 402) return nothing(failed(SOURCE, reason));
        const outside = missing(SOURCE, `FMP: ${ticker.ticker} is outside the plan`);
        return { fundamentals: outside, profile: await fetchProfile(ticker, request) };
      }
      if (objectsOf(bodies.ratios).length === 0) return nothing(missing(SOURCE, `FMP does not know ${ticker.ticker}`));
      const read = readFmpFundamentals(bodies, request);
      const profile = await fetchProfile(ticker, request);
      if (!read) return { fundamentals: missing(SOURCE, `FMP has no report filed by ${request.asOf}`), profile };
      const facts = { ...read, companyName: null, sector: null, marketCap: null, ...profile };
      return { fundamentals: available(facts, request), profile };
    },
  };
}

function available(facts: FundamentalFacts, request: FundamentalRequest): Sourced<FundamentalFacts> {
  return {
    status: "fresh",
    source: SOURCE,
    fetchedAt: request.now.toISOString(),
    asOf: facts.periodEnd,
    facts,
    raw: facts,
  };
}
