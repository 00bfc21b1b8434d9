import type { IsoDate } from "../../kit/dates.ts";
import { errorCode, VigiaError } from "../../kit/errors.ts";
import type { Market } from "../../market/market.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Settings } from "../../settings.ts";
import type { ScoredAnalysis } from "./analysis.ts";
import type { Sourced, SourceRequest, Sources, Ticker, Unavailable } from "./facts.ts";
import { describe, loadPrices, type Prices } from "./load-prices.ts";
import type { RatedTicker } from "./save.ts";
import { analyzeFundamental } from "./scoring/analyze-fundamental.ts";
import { analyzeMacro } from "./scoring/analyze-macro.ts";
import { analyzeSentiment } from "./scoring/analyze-sentiment.ts";
import { analyzeTechnical } from "./scoring/analyze-technical.ts";
import { computeVerdict } from "./scoring/engine.ts";

/** What an analysis asks, and what it may see. */
export interface AnalysisContext {
  settings: Settings;
  market: Market;
  sources: Sources;
  http: HttpClient;
  signal: AbortSignal;
  /** Present time: decides which sessions are complete. */
  now: Date;
  /** Nothing after this date is seen: neither bars nor facts. */
  asOf: IsoDate;
  /** Requests of each source's daily budget that must stay untouched. */
  reserve?: number;
}

/** Requests that one run spends on macro sources with a daily limit; kept for it by live analyses. */
const MACRO_RESERVE = 4;

/** The country's figures, scored once for all tickers of a run. */
export async function analyzeCountry(context: AnalysisContext): Promise<ScoredAnalysis> {
  const reserve = context.reserve === undefined ? undefined : MACRO_RESERVE;
  const sourced = await ask(context, () => context.sources.macro(requestOf(context, reserve)));
  return analyzeMacro(sourced, context.asOf, context.settings.scoringProfile);
}

/**
 * Prices, fundamentals and news of one ticker in parallel, scored with the country's figures. Rejects with a `VigiaError`
 * when there is nothing to say: the codes of `loadPrices`, `no_technical`, `low_coverage`, `not_finite`.
 */
export async function analyzeTicker(
  ticker: Ticker,
  macro: ScoredAnalysis,
  context: AnalysisContext,
): Promise<RatedTicker> {
  const { settings, market, sources } = context;
  const profile = settings.scoringProfile;
  const request = requestOf(context, context.reserve);
  const priceCurrency = (await market.instrument(ticker.quoteSymbol))?.currency ?? ticker.quoteCurrency;
  const [prices, fundamentals, news] = await Promise.allSettled([
    loadPrices(ticker, { ...context, historyDays: settings.priceHistoryDays, staleBarDays: settings.staleBarDays }),
    ask(context, () => sources.fundamentals(ticker, { ...request, priceCurrency })),
    ask(context, () => sources.news(ticker, request)),
  ]).then(allOrFirstFault);

  const analyses = {
    technical: analyzePrices(prices, context),
    fundamental: analyzeFundamental(fundamentals, ticker.kind, profile),
    macro,
    sentiment: analyzeSentiment(news, newsMoment(context), profile, { lookbackDays: settings.newsDaysLookback }),
  };
  const { weights, thresholds } = scoringRules(settings);
  const result = computeVerdict({ profile, analyses, weights, thresholds, dataSource: market.source });
  if ("refused" in result) throw new VigiaError(result.refused.code, result.refused.reason);
  return {
    ticker: ticker.ticker,
    companyName: ticker.companyName,
    currency: prices.currency,
    barDate: prices.barDate,
    currentPrice: currentPriceOf(analyses.technical),
    dataSource: market.source,
    verdict: result.verdict,
    analyses: [analyses.technical, analyses.fundamental, analyses.macro, analyses.sentiment],
  };
}

/** Weights and thresholds as the settings say. */
export function scoringRules(settings: Settings) {
  return {
    weights: {
      technical: settings.technicalWeight,
      fundamental: settings.fundamentalWeight,
      macro: settings.macroWeight,
      sentiment: settings.sentimentWeight,
    },
    thresholds: settings.scoreThresholds,
  };
}

export function currentPriceOf(technical: ScoredAnalysis): number | null {
  const price = technical.indicators?.current_price;
  return typeof price === "number" ? price : null;
}

function analyzePrices(prices: Prices, { market, settings, now }: AnalysisContext): ScoredAnalysis {
  const { bars, status, problem } = prices;
  const fetchedAt = status === "fresh" ? now.toISOString() : null;
  const technical = analyzeTechnical(bars, settings.scoringProfile, { status, source: market.source, fetchedAt });
  return problem ? { ...technical, metadata: { ...technical.metadata, refresh_error: problem } } : technical;
}

function requestOf({ http, signal, now, asOf }: AnalysisContext, reserve: number | undefined): SourceRequest {
  return { http, signal, now, asOf, ...(reserve === undefined ? {} : { reserve }) };
}

/** The moment from which the age of news is counted: the present, or the end of a past `asOf`. */
function newsMoment({ now, asOf }: AnalysisContext): Date {
  const endOfDate = new Date(`${asOf}T23:59:59.999Z`);
  return endOfDate < now ? endOfDate : now;
}

/** A source that throws gave nothing, like one that says so; only an abort goes on. */
async function ask<Facts>(
  { signal }: AnalysisContext,
  question: () => Promise<Sourced<Facts>>,
): Promise<Sourced<Facts>> {
  try {
    return await question();
  } catch (thrown) {
    signal.throwIfAborted();
    const nothing: Unavailable = { status: "error", source: null, reason: describe(thrown) };
    return nothing;
  }
}

/** Waits for all parts before failing, so that nothing of a failed ticker goes on in the background. */
function allOrFirstFault<Parts extends readonly PromiseSettledResult<unknown>[]>(parts: Parts) {
  const failed = parts.find((part) => part.status === "rejected");
  if (failed) throw failed.reason;
  type Values = { [Index in keyof Parts]: Parts[Index] extends PromiseSettledResult<infer Value> ? Value : never };
  return parts.map((part) => (part as PromiseFulfilledResult<unknown>).value) as unknown as Values;
}

/** Code and sentence of why a ticker has no row. */
export function failureOf(thrown: unknown): { code: string; reason: string } {
  return { code: errorCode(thrown), reason: describe(thrown) };
}
