import { isIsoDate } from "../../../kit/dates.ts";
import { indexLabel } from "./classify.ts";
import { type Feed, INDEX_LIMITS, isObject, type Reading, readIndex } from "./feed.ts";
import { readPageText, type TextElement } from "./page-text.ts";

/** Fear and greed of stocks, read from a page that has no interface for machines. */
export const stockIndexFeed: Feed = {
  name: "stocks",
  source: "feargreedmeter.com",
  peer: "feargreedmeter",
  address: () => "https://feargreedmeter.com/",
  read: (answer, now) => readStockIndex(answer.text, now),
  ...INDEX_LIMITS,
};

/** A found number (null: one that cannot be an index), or nothing found this way. */
type Found = { value: number | null; date?: string } | undefined;

/** From the most to the least certain. The first that finds something decides: a bad number is never replaced by a guess. */
const WAYS: readonly ((html: string, elements: readonly TextElement[]) => Found)[] = [
  findInPageData,
  findByKnownClasses,
  findInStructuredData,
  findInSentence,
  findLargestNumber,
  findOnlyNumber,
];

/** The index (0 to 100) of a page; null when it holds none, or one that cannot be an index. Without a date it is of `now`. */
export function readStockIndex(html: string, now: Date): Reading | null {
  const elements = readPageText(html);
  for (const find of WAYS) {
    const found = find(html, elements);
    if (!found) continue;
    if (found.value === null) return null;
    const timestamp = found.date ? `${found.date}T00:00:00.000Z` : now.toISOString();
    return { value: found.value, timestamp, classification: indexLabel(found.value) };
  }
  return null;
}

/** What the page was drawn from: `fgi.latest.now` in the data that Next.js leaves in it. */
function findInPageData(html: string): Found {
  const text = /<script[^>]{0,200}\bid="__NEXT_DATA__"[^>]{0,200}>([^<]*)/i.exec(html)?.[1];
  const latest = ["props", "pageProps", "data", "fgi", "latest"].reduce<unknown>(
    (value, key) => (isObject(value) ? value[key] : undefined),
    parseJson(text),
  );
  if (!isObject(latest) || latest.now === undefined) return undefined;
  const date = typeof latest.date === "string" && isIsoDate(latest.date) ? { date: latest.date } : {};
  return { value: readIndex(latest.now), ...date };
}

const KNOWN_CLASSES = ["text-center", "text-4xl", "font-semibold", "text-white"];

/** Where the number has always been. Such a place without a number is a page that has none to show. */
function findByKnownClasses(_: string, elements: readonly TextElement[]): Found {
  const known = elements.filter(({ classes }) => KNOWN_CLASSES.every((name) => classes.includes(name)));
  if (known.length === 0) return undefined;
  return { value: readIndex(known.find(({ text }) => isDigits(text))?.text) };
}

const STRUCTURED =
  /"value"\s{0,9}:\s{0,9}"?(\d{1,9})"?\s{0,9},\s{0,9}"unitText"\s{0,9}:\s{0,9}"[\w ]{0,30}\b(?:fear|neutral|greed)"/i;

/** `"value": 33, "unitText": "Fear"`, as search engines read it. */
function findInStructuredData(html: string): Found {
  const [, digits] = STRUCTURED.exec(html) ?? [];
  return digits === undefined ? undefined : { value: readIndex(digits) };
}

const SENTENCE =
  /\bfear\s{1,9}(?:and|&|&amp;)\s{1,9}greed\s{1,9}index(?:\s{1,9}is(?:\s{1,9}(?:currently|now))?(?:\s{1,9}at)?|\s{0,9}:)\s{1,9}(\d{1,9})\b(?![.,]\d|\s{0,9}(?:-|–|to)\s{0,9}\d)/i;

/** `Fear and Greed Index is currently at 33`, `Fear & Greed Index: 33`; not the scale, `0-100`. */
function findInSentence(html: string): Found {
  const [, digits] = SENTENCE.exec(html) ?? [];
  return digits === undefined ? undefined : { value: readIndex(digits) };
}

/** The number drawn largest (`text-5xl`), if one alone is. */
function findLargestNumber(_: string, elements: readonly TextElement[]): Found {
  const sized = elements.filter(({ text }) => isDigits(text)).map((element) => ({ ...element, size: sizeOf(element) }));
  const largest = Math.max(0, ...sized.map(({ size }) => size));
  const [first, ...others] = sized.filter(({ size }) => size === largest);
  return first && largest > 0 && others.every(({ text }) => text === first.text)
    ? { value: readIndex(first.text) }
    : undefined;
}

/** The one number of a page that speaks of fear and greed. */
function findOnlyNumber(html: string, elements: readonly TextElement[]): Found {
  if (!/\bfear\b[^<>]{0,20}\bgreed\b/i.test(html)) return undefined;
  const numbers = new Set(elements.filter(({ text }) => isDigits(text)).map(({ text }) => text));
  const [only] = numbers;
  return numbers.size === 1 ? { value: readIndex(only) } : undefined;
}

const isDigits = (text: string): boolean => /^\d{1,9}$/.test(text);

/** 4 for `text-4xl`, also `md:text-4xl`; 0 without such a class. */
const sizeOf = ({ classes }: TextElement): number =>
  Math.max(0, ...classes.map((name) => Number(/(?:^|:)text-(\d)xl$/.exec(name)?.[1] ?? 0)));

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
