import { addDays } from "../../kit/dates.ts";
import { minutes } from "../../kit/duration.ts";
import { toError, VigiaError } from "../../kit/errors.ts";
import type { HttpAnswer } from "../../net/client.ts";
import { HttpCallError } from "../../net/http-call-error.ts";
import { PriceError } from "../price-error.ts";
import type { PriceProvider, PriceRequest } from "../provider.ts";
import { parseYahooChart, type YahooChart } from "./yahoo-chart.ts";
import { YAHOO_HOSTS } from "./yahoo-peer.ts";

/** Yahoo answers these with its JSON error body: an unknown symbol, dates that it does not have. */
const ANSWERED_REFUSALS = [400, 404, 422];
/** The day's bar can come late after the close: how long "nothing newer" is believed. */
const RECHECK_MS = minutes(15);

/** Daily and weekly prices from Yahoo's chart, through the caller's own door (recommendations.md 14.1). */
export function createYahooProvider(): PriceProvider {
  return {
    source: "yahoo",
    recheckAfterMs: RECHECK_MS,
    async fetchBars(request) {
      const { symbol, from, to, signal } = request;
      signal.throwIfAborted();
      const answer = await fetchChart(request).catch((thrown) => {
        signal.throwIfAborted();
        throw callError(symbol, thrown);
      });
      const chart = readChart(request, answer);
      const bars = chart.bars.filter(({ date }) => date >= from && date <= to);
      if (bars.length === 0)
        throw new PriceError("no_data", symbol, `Yahoo has no complete bar of ${symbol} from ${from} to ${to}.`);
      return { ...chart, bars };
    },
  };
}

/** One GET; when the host cannot be reached at all, one more to the spare host. */
async function fetchChart(request: PriceRequest): Promise<HttpAnswer> {
  const [host, spare] = YAHOO_HOSTS;
  try {
    return await callChart(host, request);
  } catch (thrown) {
    const unreachable = thrown instanceof HttpCallError && thrown.code === "network";
    if (!unreachable || request.signal.aborted) throw thrown;
    return callChart(spare, request);
  }
}

function callChart(host: string, { symbol, interval, from, to, http, signal, reserve }: PriceRequest) {
  const query = new URLSearchParams({
    interval,
    // Session opens east of UTC lie on the day before in UTC, and period2 is exclusive: a day more on both sides.
    period1: String(unixSeconds(addDays(from, -1))),
    period2: String(unixSeconds(addDays(to, 2))),
    events: "div|split",
  });
  return http.call("yahoo", {
    url: `https://${host}/v8/finance/chart/${encodeURIComponent(symbol)}?${query}`,
    kind: "chart",
    subject: symbol,
    accept: ANSWERED_REFUSALS,
    signal,
    ...(reserve === undefined ? {} : { reserve }),
  });
}

function readChart({ symbol, interval, now }: PriceRequest, answer: HttpAnswer): YahooChart {
  const chart = parseBody(symbol, answer, () => parseYahooChart(answer.json(), interval, now));
  if (!("code" in chart)) return chart;
  if (answer.status === 404 || chart.code === "Not Found")
    throw new PriceError("unknown_symbol", symbol, `Yahoo does not know ${symbol}: ${chart.description}`, {
      hint: "Check the spelling (class shares are written BRK-B), or take the symbol off the list.",
    });
  throw new PriceError("no_data", symbol, `Yahoo has no prices of ${symbol}: ${chart.description}`);
}

function parseBody<T>(symbol: string, { status }: HttpAnswer, parse: () => T): T {
  try {
    return parse();
  } catch (thrown) {
    if (status === 404)
      throw new PriceError("unknown_symbol", symbol, `Yahoo does not know ${symbol}.`, { cause: thrown });
    if (thrown instanceof VigiaError) throw callError(symbol, thrown);
    throw new PriceError("bad_data", symbol, `Yahoo's answer for ${symbol} has an unknown shape.`, {
      hint: "Yahoo may have changed its format: see the cause in the log.",
      cause: toError(thrown),
    });
  }
}

function callError(symbol: string, thrown: unknown): PriceError {
  const known = thrown instanceof VigiaError ? thrown : undefined;
  const reason = known?.message ?? "the call failed";
  return new PriceError("source_unavailable", symbol, `Yahoo did not give prices of ${symbol}: ${reason}`, {
    retryable: known?.retryable ?? false,
    ...(known?.hint ? { hint: known.hint } : {}),
    cause: toError(thrown),
  });
}

const unixSeconds = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1_000;
