import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { splitWords } from "../../src/kit/text.ts";
import { classifyArticle } from "../../src/systems/recommendations/sentiment/classify.ts";
import { SAMPLE_HEADLINES } from "../../src/systems/recommendations/sources/sample-headlines.ts";
import { atMost, type Row } from "../figure.ts";
import { compareMs } from "../timing.ts";

const NEWS = resolve(import.meta.dir, "../../../shared/data/news");
const TEXTS = 10_000;
const BUDGET_MS = 1_000;

/** The design's row speaks of comments of the social system, which is not built: these are headlines. */
export const textRow: Row = {
  name: "text",
  about: "sentiment of 10,000 headlines",
  async measure() {
    const { texts, origin } = loadTexts();
    const { oursMs, bestMs, theirsMs } = await compareMs(
      () => texts.map((title) => classifyArticle({ title, description: null, lang: null })),
      () => texts.map((title) => splitWords(title.toLowerCase())),
      { rounds: 9, warmUp: 2 },
    );
    return [
      {
        what: `10,000 ${origin} headlines through lexicon-1, language detected`,
        value: oursMs,
        best: bestMs,
        unit: "ms",
        beside: { what: "only splitting them into words", value: theirsMs },
        budget: atMost(BUDGET_MS),
        note: "DESIGN 6 means comments through the text engine of the social system, which does not exist yet.",
      },
    ];
  },
};

function loadTexts(): { texts: string[]; origin: string } {
  const recorded = existsSync(NEWS);
  const known = recorded
    ? ["en_financial_headlines.csv", "es_economic_news.csv"].flatMap((name) => readTexts(`${NEWS}/${name}`))
    : Object.values(SAMPLE_HEADLINES).flat();
  const texts = Array.from({ length: TEXTS }, (_, index) => known[index % known.length]!);
  return { texts, origin: recorded ? "recorded" : "made-up" };
}

function readTexts(path: string): string[] {
  const rows: { text: string }[] = parse(readFileSync(path), { columns: true });
  return rows.map(({ text }) => text);
}
