import { describe, expect, test } from "bun:test";
import type { NewsFacts } from "../../../../src/systems/recommendations/facts.ts";
import {
  analyzeSentiment,
  type StoredArticle,
} from "../../../../src/systems/recommendations/scoring/analyze-sentiment.ts";
import {
  classifyLegacy,
  type LabelledText,
  overallSentiment,
  scoreSentiment,
  scoreSentimentLegacy,
} from "../../../../src/systems/recommendations/scoring/sentiment.ts";
import { hasShared } from "../../../support/shared.ts";
import { article, available, newsFacts } from "./facts.ts";
import { expectScore, readGolden } from "./golden.ts";

interface SentimentGolden {
  keyword_fallback: (LabelledText & { text: string })[];
  score: { items: LabelledText[]; score: number; overall: string }[];
}

describe.skipIf(!hasShared)("recorded scores", async () => {
  const golden = await readGolden<SentimentGolden>("pure_sentiment.json");

  test("row 3: legacy-1 gives every recorded label of its keyword fallback", () => {
    expect(golden.keyword_fallback).toHaveLength(10);
    for (const { text, sentiment, confidence } of golden.keyword_fallback) {
      const classified = classifyLegacy(text);
      expect(classified.sentiment, text).toBe(sentiment);
      expect(classified.confidence, text).toBeCloseTo(confidence, 12);
    }
  });

  test("row 3: legacy-1 gives every recorded mean of labels", () => {
    expect(golden.score).toHaveLength(10);
    for (const { items, score, overall } of golden.score) {
      const computed = scoreSentimentLegacy(items);
      expectScore(computed, score, JSON.stringify(items));
      expect(overallSentiment(computed) as string).toBe(overall);
    }
  });
});

describe("v2 aggregation", () => {
  test("few articles move the score less than many", () => {
    const good = (count: number) => scoreSentiment(new Array(count).fill({ polarity: 1, ageDays: 0 }));
    expect(good(0)).toBeNull();
    expect(good(1)).toBe(62.5);
    expect(good(3)).toBe(75);
    expect(good(27)).toBe(95);
  });

  test("an article loses half of its weight in two days", () => {
    const score = scoreSentiment([
      { polarity: 1, ageDays: 0 },
      { polarity: -1, ageDays: 2 },
    ]);
    expect(score!).toBeCloseTo(50 + 50 * ((1 - 0.5) / 1.5) * (2 / 5), 12);
  });
});

const NOW = new Date("2024-03-08T15:00:00.000Z");

describe("analyzeSentiment", () => {
  const facts = newsFacts(
    article("Loma Negra sube 6% tras un balance récord", { publishedAt: "2024-03-08T15:00:00.000Z" }),
    article("Loma Negra anuncia asamblea", { publishedAt: "2024-03-06T15:00:00.000Z" }),
  );

  test("v2 stores each article with its polarity, label and method, and the counts", () => {
    const analysis = analyzeSentiment(available(facts), NOW, "v2");
    const { articles } = analysis.raw as { articles: StoredArticle[] };
    expect(articles.map(({ label, polarity, method }) => [label, polarity, method])).toEqual([
      ["positive", 1, "lexicon-1"],
      ["neutral", 0, "lexicon-1"],
    ]);
    expect(articles[0]).not.toHaveProperty("content");
    expect(analysis.indicators).toEqual({ news_count: 2, positive: 1, neutral: 1, negative: 0, polarity: 0.5 });
    expect(analysis.score).toBe(63.33);
    expect(analysis.metadata).toMatchObject({ status: "fresh", method: "lexicon-1", overall_sentiment: "neutral" });
  });

  test("legacy-1 uses the original's keywords and confidences", () => {
    const analysis = analyzeSentiment(available(facts), NOW, "legacy-1");
    expect(analysis.metadata).toMatchObject({ method: "keywords-legacy", overall_sentiment: "positive" });
    expect(analysis.indicators).toEqual({ news_count: 2, positive: 1, neutral: 1, negative: 0, confidence: 0.65 });
    expect(analysis.score).toBe(80.77);
  });

  test.each(["v2", "legacy-1"] as const)("no news is missing in %s, never 50", (profile) => {
    const analysis = analyzeSentiment(available<NewsFacts>({ articles: [] }), NOW, profile);
    expect(analysis).toMatchObject({
      score: null,
      metadata: { status: "missing", error: "No news in the last 7 days." },
    });
    expect(analysis.indicators).toMatchObject({ news_count: 0 });
  });

  test("articles from outside the window, or from the future, are not seen", () => {
    const others = newsFacts(
      article("Loma Negra se desploma", { publishedAt: "2024-02-28T15:00:00.000Z" }),
      article("Loma Negra quiebra", { publishedAt: "2024-03-08T15:00:01.000Z" }),
      article("Loma Negra en crisis", { publishedAt: "not a date" }),
      ...facts.articles,
    );
    expect(analyzeSentiment(available(others), NOW, "v2")).toEqual(analyzeSentiment(available(facts), NOW, "v2"));
    expect(analyzeSentiment(available(others), NOW, "v2", { lookbackDays: 30 }).indicators).toMatchObject({
      news_count: 3,
    });
  });

  test("defect a-12: a very long text neither fails nor changes how the others are judged", () => {
    const long = article("Loma Negra sube", { description: "palabra ".repeat(200_000) });
    const analysis = analyzeSentiment(available(newsFacts(long, ...facts.articles)), NOW, "v2");
    const { articles } = analysis.raw as { articles: StoredArticle[] };
    expect(new Set(articles.map(({ method }) => method))).toEqual(new Set(["lexicon-1"]));
    expect(articles[1]).toMatchObject({ label: "positive", polarity: 1 });
  });

  test("a source that failed gives no score", () => {
    const analysis = analyzeSentiment({ status: "error", source: "gnews", reason: "HTTP 503" }, NOW, "v2");
    expect(analysis).toMatchObject({ score: null, metadata: { status: "error", error: "HTTP 503" } });
  });
});
