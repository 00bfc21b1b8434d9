import { addDays, type IsoDate } from "../../../kit/dates.ts";
import { days } from "../../../kit/duration.ts";
import { type Random, seededRandom, seedFromText } from "../../../kit/random.ts";
import type {
  Available,
  FundamentalFacts,
  MacroFacts,
  NewsArticle,
  NewsFacts,
  Point,
  Ratios,
  SourceRequest,
  Sources,
  Ticker,
} from "../facts.ts";
import { newsWindow } from "./articles.ts";
import { SAMPLE_HEADLINES } from "./sample-headlines.ts";

const SOURCE = "sample";
/** Fewest and most sample headlines a ticker has in a week. */
const HEADLINES = { least: 2, most: 6 };
const LOOKBACK_DAYS = 6;

/**
 * Made-up facts for trying the product without network: the same for the same ticker and date on every machine, named
 * `sample` as their source, with headlines that say so themselves. Fundamentals change once a quarter.
 */
export function createSampleSources(): Sources {
  return {
    fundamentals: async (ticker, request) => sampleOf(request, sampleFundamentals(ticker, request)),
    macro: async (request) => sampleOf(request, sampleMacro(request.asOf)),
    news: async (ticker, request) => sampleOf(request, sampleNews(ticker, request)),
  };
}

function sampleOf<Facts>(request: SourceRequest, facts: Facts): Available<Facts> {
  const base = { status: "fresh" as const, source: SOURCE, fetchedAt: request.now.toISOString() };
  return { ...base, asOf: request.asOf, facts, raw: { note: "datos de muestra" } };
}

const between = (random: Random, least: number, most: number): number => least + (most - least) * random();

const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

function sampleFundamentals(ticker: Ticker, request: SourceRequest & { priceCurrency: string | null }) {
  const quarter = `${request.asOf.slice(0, 4)}-${Math.ceil(Number(request.asOf.slice(5, 7)) / 3)}`;
  // The company keeps its character; a quarter only moves it a little.
  const company = seededRandom(seedFromText(`company ${ticker.ticker}`));
  const drift = seededRandom(seedFromText(`quarter ${ticker.ticker} ${quarter}`));
  const near = (least: number, most: number) => rounded(between(company, least, most) * between(drift, 0.94, 1.06), 4);
  const ratios: Ratios = {
    roe: near(-0.02, 0.26),
    roa: near(0.002, 0.024),
    debtToEquity: near(0.2, 2.1),
    currentRatio: near(0.8, 2.6),
    quickRatio: near(0.5, 1.8),
    peRatio: near(4, 30),
    pbRatio: near(0.5, 4),
    grossMargin: near(0.15, 0.55),
    operatingMargin: near(0.05, 0.3),
    netMargin: near(0.01, 0.2),
  };
  return {
    ratios,
    equityNotPositive: false,
    periodEnd: `${Number(request.asOf.slice(0, 4)) - (request.asOf.slice(5) >= "05-01" ? 1 : 2)}-12-31`,
    currency: request.priceCurrency,
    companyName: ticker.companyName,
    sector: ticker.sector,
    marketCap: Math.round(near(4e8, 2e10)),
  } satisfies FundamentalFacts;
}

/** Days of sample series before the date of the analysis. */
const SERIES_DAYS = 120;

function sampleMacro(asOf: IsoDate): MacroFacts {
  const days = Array.from({ length: SERIES_DAYS }, (_, index) => addDays(asOf, index - SERIES_DAYS + 1));
  const months = [...new Set(Array.from({ length: 240 }, (_, age) => monthEndBefore(addDays(asOf, -15 - age))))];
  return {
    usd: days.map((date) => ({
      date,
      value: rounded(900 * 1.018 ** monthsSince2024(date) * ripple(date, 41, 0.004), 2),
    })),
    cer: days.map((date) => ({ date, value: rounded(150 * 1.025 ** monthsSince2024(date), 4) })),
    inflation: months.sort().map((date) => ({ date, value: inflationOf(date) })),
    countryRisk: days.map((date): Point => ({ date, value: Math.round(900 * ripple(date, 97, 0.25)) })),
    problems: {},
  };
}

const monthEndBefore = (date: IsoDate): IsoDate => addDays(`${date.slice(0, 7)}-01`, -1);

const monthsSince2024 = (date: IsoDate): number =>
  (Date.parse(`${date}T00:00:00Z`) - Date.parse("2024-01-01T00:00:00Z")) / (30.44 * days(1));

/** A slow wave around 1: the value of a date never depends on where the series begins. */
const ripple = (date: IsoDate, periodDays: number, height: number): number =>
  1 + height * Math.sin((2 * Math.PI * Date.parse(`${date}T00:00:00Z`)) / (periodDays * days(1)));

/** Monthly percent from 1.8 to 4.2. */
const inflationOf = (date: IsoDate): number =>
  rounded(between(seededRandom(seedFromText(`inflation ${date.slice(0, 7)}`)), 1.8, 4.2), 1);

function sampleNews(ticker: Ticker, request: SourceRequest): NewsFacts {
  const random = seededRandom(seedFromText(`news ${ticker.ticker} ${request.asOf}`));
  // A ticker has good and bad weeks, so that sample sentiments differ.
  const mood = random();
  const count = Math.floor(between(random, HEADLINES.least, HEADLINES.most + 1));
  const { until } = newsWindow(request, { newsDaysLookback: LOOKBACK_DAYS, maxNewsPerTicker: count });
  const name = ticker.aliases[0] ?? ticker.companyName;
  const articles = new Map<string, NewsArticle>();
  for (let index = 0; index < count; index++) {
    const tone = random() < 0.25 ? "neutral" : random() < mood ? "good" : "bad";
    const choices = SAMPLE_HEADLINES[tone];
    const title = `${choices[Math.floor(random() * choices.length)]!.replace("{name}", name)} (muestra)`;
    const publishedAt = new Date(until.getTime() - Math.floor(random() * LOOKBACK_DAYS * days(1)));
    const url = `https://example.com/muestra/${ticker.ticker}/${request.asOf}/${index + 1}`;
    const source = "Datos de muestra";
    articles.set(title, { title, description: null, url, source, publishedAt: publishedAt.toISOString(), lang: "es" });
  }
  return { articles: [...articles.values()].sort((a, b) => (a.publishedAt < b.publishedAt ? 1 : -1)) };
}
