import type { TickerAnalysisView } from "../views.ts";
import type { Article } from "./analysis-schema.ts";
import { partOf, textOrNull } from "./parts.ts";

/** The articles behind the sentiment score; none once the raw data are forgotten (`RETENTION_DETAILS_DAYS`). */
export function articlesOf(analysis: TickerAnalysisView): Article[] {
  const raw = partOf(analysis, "sentiment").raw;
  const articles: unknown = isObject(raw) ? raw.articles : raw;
  return Array.isArray(articles) ? articles.filter(isObject).map(readArticle) : [];
}

/** Stored JSON may be of an older version of this house: what is not as expected is null. */
function readArticle(stored: Record<string, unknown>): Article {
  return {
    title: textOrNull(stored.title) ?? "",
    description: textOrNull(stored.description),
    url: textOrNull(stored.url) ?? "",
    source: textOrNull(stored.source),
    published_at: textOrNull(stored.published_at) ?? "",
    label: LABELS.find((label) => label === stored.label) ?? "neutral",
    polarity: typeof stored.polarity === "number" ? stored.polarity : null,
    confidence: typeof stored.confidence === "number" ? stored.confidence : null,
    method: textOrNull(stored.method) ?? "",
  };
}

const LABELS = ["positive", "neutral", "negative"] as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
