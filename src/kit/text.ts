const COMBINING_MARKS = /\p{M}+/gu;
const WORDS = /[\p{L}\p{N}]+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII itself
const ASCII_ONLY = /^[\x00-\x7f]*$/;

/** The text without accents: `cayó` → `cayo`, `año` → `ano`. Letter case stays. */
export function foldAccents(text: string): string {
  return ASCII_ONLY.test(text) ? text : text.normalize("NFD").replace(COMBINING_MARKS, "").normalize("NFC");
}

/** Runs of letters and digits, in order; letter case and accents stay (accents as one composed character). */
export function splitWords(text: string): string[] {
  return (ASCII_ONLY.test(text) ? text : text.normalize("NFC")).match(WORDS) ?? [];
}

/** Lower-case words without accents: what texts are compared by. */
export function foldWords(text: string): string[] {
  return splitWords(foldAccents(text).toLowerCase());
}

/** Position of the run `wanted` inside `words` from `start` on; -1 when it is not there. */
export function indexOfRun(words: readonly string[], wanted: readonly string[], start = 0): number {
  if (wanted.length === 0) return -1;
  for (let index = start; index <= words.length - wanted.length; index++)
    if (startsRunAt(words, wanted, index)) return index;
  return -1;
}

/** Whether the run `wanted` begins at `index` of `words`. */
export function startsRunAt(words: readonly string[], wanted: readonly string[], index: number): boolean {
  for (let offset = 0; offset < wanted.length; offset++) if (words[index + offset] !== wanted[offset]) return false;
  return true;
}
