import type { AnalysisType } from "../../../../src/db/schema/recommendations.ts";
import { addDays, type IsoDate } from "../../../../src/kit/dates.ts";
import type { ScoredAnalysis } from "../../../../src/systems/recommendations/analysis.ts";
import type {
  Available,
  FundamentalFacts,
  MacroFacts,
  NewsArticle,
  NewsFacts,
  Point,
  Ratios,
} from "../../../../src/systems/recommendations/facts.ts";

export const FETCHED_AT = "2024-03-08T12:00:00.000Z";
export const TODAY: IsoDate = "2024-03-08";

export const NO_RATIOS: Ratios = {
  roe: null,
  roa: null,
  debtToEquity: null,
  currentRatio: null,
  quickRatio: null,
  peRatio: null,
  pbRatio: null,
  grossMargin: null,
  operatingMargin: null,
  netMargin: null,
};

export function ratioFacts(ratios: Partial<Ratios>, other: Partial<FundamentalFacts> = {}): FundamentalFacts {
  return {
    ratios: { ...NO_RATIOS, ...ratios },
    equityNotPositive: false,
    periodEnd: "2023-12-31",
    currency: "USD",
    companyName: "Loma Negra",
    sector: "Materials",
    marketCap: 1e9,
    ...other,
  };
}

export function available<Facts>(facts: Facts, other: Partial<Available<Facts>> = {}): Available<Facts> {
  return { status: "fresh", source: "test", fetchedAt: FETCHED_AT, asOf: TODAY, facts, raw: null, ...other };
}

/** One point a day up to `end`, growing by `percent` in 30 days. */
export function dailyPoints(end: IsoDate, last: number, percent: number, count = 60): Point[] {
  const growth = (1 + percent / 100) ** (1 / 30);
  return Array.from({ length: count }, (_, index) => {
    const back = count - 1 - index;
    return { date: addDays(end, -back), value: last / growth ** back };
  });
}

/** A calm country: 2 % a month on the dollar and the index, inflation 4 %, country risk 900. */
export function macroFacts(other: Partial<MacroFacts> = {}): MacroFacts {
  return {
    usd: dailyPoints(TODAY, 850, 1.9),
    cer: dailyPoints(TODAY, 300, 2.5),
    inflation: [
      { date: "2024-01-31", value: 4.5 },
      { date: "2024-02-29", value: 4 },
    ],
    countryRisk: dailyPoints(TODAY, 900, 0),
    problems: {},
    ...other,
  };
}

export function article(title: string, other: Partial<NewsArticle> = {}): NewsArticle {
  const url = `https://example.com/${encodeURIComponent(title)}`;
  return { title, description: null, url, source: "Diario", publishedAt: FETCHED_AT, lang: "es", ...other };
}

export const newsFacts = (...articles: NewsArticle[]): NewsFacts => ({ articles });

/** An analysis that has this score, or none. */
export function scored(type: AnalysisType, score: number | null, other: Partial<ScoredAnalysis> = {}): ScoredAnalysis {
  const status = score === null ? "missing" : "fresh";
  const metadata = { status, source: "test", fetched_at: FETCHED_AT, as_of: TODAY } as const;
  return { type, score, indicators: null, raw: null, metadata, ...other };
}
