import { foldAccents, splitWords } from "../../../kit/text.ts";
import type { NewsArticle } from "../facts.ts";
import type { Language } from "./lexicon.ts";
import { LEXICON_INDEXES, type LexiconIndex } from "./lexicon-index.ts";

/** Name of this method, stored with every article it judged. */
export const LEXICON_METHOD = "lexicon-1";

export type SentimentLabel = "positive" | "neutral" | "negative";

export interface Sentiment {
  /** -1..1. */
  polarity: number;
  label: SentimentLabel;
  language: Language;
}

/** Sum of weights that counts as wholly positive or negative. */
const FULL_WEIGHT = 3;
const DESCRIPTION_SHARE = 0.5;
const LABEL_LIMIT = 0.2;
const NEGATION_FACTOR = -0.7;
/** Words before a match in which a negator counts. */
const NEGATION_REACH = 2;
/** A news text is judged by at most this much of each part; real titles and descriptions are far shorter. */
const MAX_TEXT_LENGTH = 4_000;

const NEGATORS: Readonly<Record<Language, ReadonlySet<string>>> = {
  es: new Set(["no", "sin", "nunca", "ni", "tampoco"]),
  en: new Set(["no", "not", "never", "without", "nor"]),
};

const COMMON_WORDS: Readonly<Record<Language, ReadonlySet<string>>> = {
  es: new Set(["el", "la", "los", "de", "por", "y"]),
  en: new Set(["the", "of", "and", "to", "in"]),
};

/** Judges one article by its title and, at half weight, its description. Each text stands alone: none can spoil another. */
export function classifyArticle(article: Pick<NewsArticle, "title" | "description" | "lang">): Sentiment {
  const title = toWords(article.title);
  const description = toWords(article.description ?? "");
  const language = languageOf(article.lang) ?? detectLanguage([...title.folded, ...description.folded]);
  const index = LEXICON_INDEXES[language];
  const negators = NEGATORS[language];
  const polarity = clampUnit(
    clampUnit(sumWeights(title, index, negators) / FULL_WEIGHT) +
      DESCRIPTION_SHARE * clampUnit(sumWeights(description, index, negators) / FULL_WEIGHT),
  );
  return { polarity, label: labelOf(polarity), language };
}

export function labelOf(polarity: number): SentimentLabel {
  if (polarity >= LABEL_LIMIT) return "positive";
  return polarity <= -LABEL_LIMIT ? "negative" : "neutral";
}

/**
 * Spanish when its commonest words outnumber the English ones, English the other way round. Short headlines often have
 * neither: then the language whose lexicon knows more of the words, and Spanish when that is equal too.
 */
export function detectLanguage(folded: readonly string[]): Language {
  const lead = countIn(COMMON_WORDS.es, folded) - countIn(COMMON_WORDS.en, folded);
  if (lead !== 0) return lead > 0 ? "es" : "en";
  const known = (index: LexiconIndex) => folded.filter((word) => index.weigh(word, word) !== undefined).length;
  return known(LEXICON_INDEXES.en) > known(LEXICON_INDEXES.es) ? "en" : "es";
}

interface Words {
  /** Lower case, with accents. */
  plain: readonly string[];
  folded: readonly string[];
}

function toWords(text: string): Words {
  const plain = splitWords(text.slice(0, MAX_TEXT_LENGTH).toLowerCase());
  return { plain, folded: plain.map(foldAccents) };
}

/**
 * Phrases are taken first and their words judged no further; then single words, which a negator shortly before turns around.
 * Phrases are not negated: those that need it have the negator inside (`no risk of default`).
 */
function sumWeights({ plain, folded }: Words, index: LexiconIndex, negators: ReadonlySet<string>): number {
  const taken = new Set<number>();
  let sum = 0;
  for (let at = 0; at < folded.length; at++) {
    const phrase = taken.has(at) ? undefined : index.phraseAt(folded, at);
    if (!phrase) continue;
    sum += phrase.weight;
    for (let offset = 0; offset < phrase.words.length; offset++) taken.add(at + offset);
  }
  const isNegated = (at: number) => {
    for (let before = Math.max(0, at - NEGATION_REACH); before < at; before++)
      if (!taken.has(before) && negators.has(folded[before]!)) return true;
    return false;
  };
  for (let at = 0; at < folded.length; at++) {
    const weight = taken.has(at) ? undefined : index.weigh(plain[at]!, folded[at]!);
    if (weight !== undefined) sum += isNegated(at) ? weight * NEGATION_FACTOR : weight;
  }
  return sum;
}

function languageOf(lang: string | null): Language | undefined {
  const code = lang?.slice(0, 2).toLowerCase();
  return code === "es" || code === "en" ? code : undefined;
}

const countIn = (words: ReadonlySet<string>, folded: readonly string[]) =>
  folded.reduce((count, word) => count + (words.has(word) ? 1 : 0), 0);

const clampUnit = (value: number) => Math.max(-1, Math.min(1, value));
