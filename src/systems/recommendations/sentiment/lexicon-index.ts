import { foldWords, startsRunAt } from "../../../kit/text.ts";
import { type Language, LEXICON, type LexiconSource } from "./lexicon.ts";

/** The lexicon of one language, laid out for lookup by word instead of search by entry. */
export interface LexiconIndex {
  /** Weight of a word, by its longest matching entry; undefined without one. */
  weigh(word: string, folded: string): number | undefined;
  /** The longest phrase that begins at `index` of the folded words. */
  phraseAt(folded: readonly string[], index: number): Phrase | undefined;
}

export interface Phrase {
  words: readonly string[];
  weight: number;
}

const HAS_ACCENT = /[^\x20-\x7e]/;

export const LEXICON_INDEXES: Readonly<Record<Language, LexiconIndex>> = {
  es: indexLexicon(LEXICON.es),
  en: indexLexicon(LEXICON.en),
};

function indexLexicon(source: LexiconSource): LexiconIndex {
  const whole = new Map<string, number>();
  const accented = new Map<string, number>();
  const prefixes = new Map<string, number>();
  for (const [weight, entries] of source.words)
    for (const entry of entries.split(" ")) {
      if (entry.endsWith("*")) prefixes.set(entry.slice(0, -1), weight);
      else (HAS_ACCENT.test(entry) ? accented : whole).set(entry, weight);
    }
  const matchPrefix = indexPrefixes(prefixes);
  const phrases = indexPhrases(source);

  return {
    weigh(word, folded) {
      const exact = (word === folded ? undefined : accented.get(word)) ?? whole.get(folded);
      return exact ?? matchPrefix(folded);
    },
    phraseAt: (folded, index) => phrases.get(folded[index]!)?.find(({ words }) => startsRunAt(folded, words, index)),
  };
}

/** Weight of the longest prefix of a word. Prefixes are grouped by their first letters, so that most words end at one lookup. */
function indexPrefixes(prefixes: ReadonlyMap<string, number>): (word: string) => number | undefined {
  const keyLength = Math.min(...[...prefixes.keys()].map((prefix) => prefix.length));
  const longestFirst = [...prefixes].sort(([left], [right]) => right.length - left.length);
  const groups = Map.groupBy(longestFirst, ([prefix]) => prefix.slice(0, keyLength));
  return (word) => groups.get(word.slice(0, keyLength))?.find(([prefix]) => word.startsWith(prefix))?.[1];
}

/** Phrases by their first word, longest first. */
function indexPhrases(source: LexiconSource): Map<string, Phrase[]> {
  const phrases = source.phrases.flatMap(([weight, texts]) =>
    texts.map((text) => ({ words: foldWords(text), weight })),
  );
  phrases.sort((left, right) => right.words.length - left.words.length);
  return Map.groupBy(phrases, ({ words }) => words[0]!);
}
