import { addDays, type IsoDate } from "../../../kit/dates.ts";
import type { FundamentalFacts, Sourced, Ticker } from "../facts.ts";
import { describeFailure, failed, missing } from "./failure.ts";
import { fetchJson } from "./fetch-json.ts";
import type { FundamentalRequest } from "./fmp.ts";
import { readYahooStatements, STATEMENT_LINES } from "./yahoo-statements.ts";

const SOURCE = "yahoo";
/** Yahoo gives four to five years; older periods never count. */
const HISTORY_DAYS = 6 * 366;

/** Statements from Yahoo's `timeseries`, which asks for neither key nor cookie. Never throws but on abort. */
export async function fetchYahooFundamentals(
  ticker: Ticker,
  request: FundamentalRequest,
): Promise<Sourced<FundamentalFacts>> {
  let body: unknown;
  try {
    // Not the symbol alone as subject: a refusal here says nothing of its prices.
    const subject = `fundamentals:${ticker.quoteSymbol}`;
    const url = timeseriesUrl(ticker.quoteSymbol, request.asOf);
    body = await fetchJson(SOURCE, { url, kind: "fundamentals", subject }, request);
  } catch (thrown) {
    const { status, reason } = describeFailure(thrown, "Yahoo fundamentals", request.signal);
    return status === 404 ? missing(SOURCE, `Yahoo does not know ${ticker.quoteSymbol}`) : failed(SOURCE, reason);
  }
  const reading = readYahooStatements(body, request);
  if (!reading) return missing(SOURCE, `Yahoo has no statement of ${ticker.quoteSymbol} filed by ${request.asOf}`);
  return {
    status: "fresh",
    source: SOURCE,
    fetchedAt: request.now.toISOString(),
    asOf: reading.facts.periodEnd,
    facts: { ...reading.facts, companyName: null, sector: null, marketCap: null },
    raw: reading.raw,
  };
}

function timeseriesUrl(symbol: string, asOf: IsoDate): string {
  const name = encodeURIComponent(symbol);
  const url = new URL(`https://query1.finance.yahoo.com/ws/fundamentals-timeseries/v1/finance/timeseries/${name}`);
  const types = ["annual", "quarterly"].flatMap((prefix) => STATEMENT_LINES.map((line) => `${prefix}${line}`));
  url.searchParams.set("symbol", symbol);
  url.searchParams.set("type", types.join(","));
  url.searchParams.set("period1", String(Date.parse(addDays(asOf, -HISTORY_DAYS)) / 1_000));
  url.searchParams.set("period2", String(Date.parse(addDays(asOf, 1)) / 1_000));
  return url.href;
}
