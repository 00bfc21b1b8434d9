import type { ScoringProfile } from "../../../db/schema/recommendations.ts";
import { roundHalfEven } from "../../../kit/round.ts";
import type { ScoredAnalysis } from "../analysis.ts";
import type { Available, NewsArticle, NewsFacts, Sourced } from "../facts.ts";
import { classifyArticle, LEXICON_METHOD, type SentimentLabel } from "../sentiment/classify.ts";
import { ageInDays, isWithinWindow } from "../sentiment/relevance.ts";
import { checkFinite, originOf, renderMissing, renderUnavailable, roundFor } from "./scored.ts";
import {
  classifyLegacy,
  LEGACY_KEYWORDS_METHOD,
  overallSentiment,
  scoreSentiment,
  scoreSentimentLegacy,
} from "./sentiment.ts";

/** An article as `raw.articles` keeps it. */
export interface StoredArticle {
  title: string;
  description: string | null;
  url: string;
  source: string | null;
  published_at: string;
  label: SentimentLabel;
  /** -1..1; null where the method gives only a label. */
  polarity: number | null;
  /** 0..1; null where the method gives a polarity. */
  confidence: number | null;
  method: string;
}

export interface SentimentOptions {
  /** Older articles are left out. Default 7. */
  lookbackDays?: number;
}

/**
 * Scores articles that were out at `now` and are not older than the window. `raw` is `{articles: StoredArticle[]}`;
 * `indicators` has `news_count`, `positive`, `neutral`, `negative` and the mean `polarity` (`v2`) or `confidence`
 * (`legacy-1`); `metadata` adds `overall_sentiment`. No articles: status `missing`.
 */
export function analyzeSentiment(
  sourced: Sourced<NewsFacts>,
  now: Date,
  profile: ScoringProfile,
  { lookbackDays = 7 }: SentimentOptions = {},
): ScoredAnalysis {
  if (!("facts" in sourced)) return renderUnavailable("sentiment", sourced);
  const articles = sourced.facts.articles.filter((article) => isWithinWindow(article, now, lookbackDays));
  const { judged, score, mean } = profile === "legacy-1" ? judgeLegacy(articles) : judge(articles, now);
  const analysis = describeNews(sourced, judged, mean);
  if (score === null) return renderMissing(analysis, `No news in the last ${lookbackDays} days.`);
  const rounded = roundFor(profile, score);
  const metadata = { ...analysis.metadata, overall_sentiment: overallSentiment(rounded) };
  return checkFinite({ ...analysis, score: rounded, metadata });
}

interface Judgement {
  judged: StoredArticle[];
  score: number | null;
  mean: Record<string, number>;
}

function judge(articles: readonly NewsArticle[], now: Date): Judgement {
  const sentiments = articles.map((article) => ({ ...classifyArticle(article), ageDays: ageInDays(article, now) }));
  const judged = articles.map((article, index) => {
    const { polarity, label } = sentiments[index]!;
    return { ...describeArticle(article), label, polarity, confidence: null, method: LEXICON_METHOD };
  });
  const polarity = sentiments.reduce((sum, sentiment) => sum + sentiment.polarity, 0) / sentiments.length;
  return { judged, score: scoreSentiment(sentiments), mean: articles.length === 0 ? {} : { polarity } };
}

/** The original scores no news at 50; nothing known is no score here. */
function judgeLegacy(articles: readonly NewsArticle[]): Judgement {
  const texts = articles.map(({ title, description }) =>
    classifyLegacy(description ? `${title}. ${description}` : title),
  );
  const judged = articles.map((article, index) => {
    const { sentiment, confidence } = texts[index]!;
    return {
      ...describeArticle(article),
      label: sentiment,
      polarity: null,
      confidence,
      method: LEGACY_KEYWORDS_METHOD,
    };
  });
  if (texts.length === 0) return { judged, score: null, mean: {} };
  const confidence = texts.reduce((sum, text) => sum + text.confidence, 0) / texts.length;
  return { judged, score: scoreSentimentLegacy(texts), mean: { confidence: roundHalfEven(confidence, 3) } };
}

function describeArticle({ title, description, url, source, publishedAt }: NewsArticle) {
  return { title, description, url, source, published_at: publishedAt };
}

function describeNews(sourced: Available<NewsFacts>, judged: StoredArticle[], mean: Record<string, number>) {
  const count = (label: SentimentLabel) => judged.filter((article) => article.label === label).length;
  const analysis: Omit<ScoredAnalysis, "score"> = {
    type: "sentiment",
    indicators: {
      news_count: judged.length,
      positive: count("positive"),
      neutral: count("neutral"),
      negative: count("negative"),
      ...mean,
    },
    raw: { articles: judged },
    metadata: { ...originOf(sourced), method: judged[0]?.method ?? LEXICON_METHOD },
  };
  return analysis;
}
