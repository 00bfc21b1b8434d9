import { formatDate, formatShortDate } from "../../../../src/systems/portfolio/files/dates-es.ts";
import { escapeText } from "../../../../src/systems/portfolio/files/markdown.ts";
import { sentenceText } from "../../../../src/systems/portfolio/files/report-parts.ts";

export interface MarkdownNumbersOptions {
  profile: "v1" | "v2";
  /** Zone of the report: a date of it may be the day before the one in UTC. */
  timezone: string;
  /** Texts of the report that are not in the JSON: the user's name. */
  ignore?: readonly string[];
}

/** Names and terms that carry digits of their own. */
const TERMS = ["S&P 500", "EMA 200", "Sistema SVGA v1.0"];
/** Keys whose sentences are made of figures beside them: these are checked, all other texts are quoted. */
const CHECKED_TEXTS = new Set(["sentences"]);

/**
 * Every number and date shown in a report that its JSON does not hold, rounded as it is displayed; the glossary and what is
 * quoted from a text of the JSON are left out. Empty means that the two files agree.
 */
export function numbersNotInJson(markdown: string, json: unknown, options: MarkdownNumbersOptions): string[] {
  const found: JsonContent = { numbers: [], texts: new Set(), dates: new Set() };
  collect(json, found, options.timezone);
  const missing: string[] = [];
  let text = withoutFixedParts(markdown);
  for (const quoted of [...found.texts, ...TERMS, ...(options.ignore ?? [])].sort(
    (one, other) => other.length - one.length,
  ))
    for (const form of new Set([sentenceText(quoted), escapeText(quoted), quoted])) text = text.replaceAll(form, " ");
  text = text.replace(DATES[options.profile], (date) => {
    if (!found.dates.has(date)) missing.push(date);
    return " ";
  });
  text = text.replace(/\d{2}:\d{2}(:\d{2})?/g, " ");
  for (const [shown] of text.matchAll(NUMBERS[options.profile]))
    if (!isIn(shown, found.numbers, options.profile)) missing.push(shown);
  return missing;
}

/** How many numbers a report shows outside its fixed parts: to be sure that there was something to check. */
export const countNumbers = (markdown: string, profile: "v1" | "v2"): number =>
  [...withoutFixedParts(markdown).matchAll(NUMBERS[profile])].length;

interface JsonContent {
  numbers: number[];
  texts: Set<string>;
  dates: Set<string>;
}

const NUMBERS = {
  v1: /\d+(?:\.\d+)?(?:e[+-]\d+)?/g,
  v2: /\d+(?:\.\d{3})*(?:,\d+)?(?:e[+-]\d+)?/g,
};
const DATES = {
  v1: /\d{2} de [A-Z][a-z]+ de \d{4}/g,
  v2: /\d{1,2} de [a-z]+ de \d{4}|\d{1,2} [a-z]{3} \d{4}/g,
};

function withoutFixedParts(markdown: string): string {
  return markdown.replace(/## (📊 MÉTRICAS|📖 Cómo leer)[\s\S]*$/u, "");
}

function collect(value: unknown, found: JsonContent, timezone: string, key = ""): void {
  if (typeof value === "number") found.numbers.push(Math.abs(value));
  else if (typeof value === "string") collectText(value, found, timezone, key);
  else if (Array.isArray(value)) for (const item of value) collect(item, found, timezone, key);
  else if (value !== null && typeof value === "object")
    for (const [name, item] of Object.entries(value)) {
      if (/\d/.test(name)) found.texts.add(name);
      collect(item, found, timezone, name);
    }
}

function collectText(text: string, found: JsonContent, timezone: string, key: string): void {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const instant = new Date(text);
    const days = text.endsWith("Z") ? [instant.toLocaleDateString("en-CA", { timeZone: timezone })] : [];
    for (const day of [text.slice(0, 10), ...days]) found.dates.add(formatDate(day)).add(formatShortDate(day));
    for (const day of days) found.dates.add(oldDate(day));
  } else if (/\d/.test(text) && /\p{L}/u.test(text) && !CHECKED_TEXTS.has(key)) found.texts.add(text);
}

const oldDate = (day: string): string =>
  `${day.slice(8, 10)} de ${new Date(day).toLocaleDateString("en-US", { month: "long", timeZone: "UTC" })} de ${day.slice(0, 4)}`;

function isIn(shown: string, numbers: readonly number[], profile: "v1" | "v2"): boolean {
  const plain = profile === "v1" ? shown : shown.replace(/\.(?=\d{3})/g, "").replace(",", ".");
  const [mantissa = "", exponent] = plain.split("e");
  const decimals = mantissa.split(".")[1]?.length ?? 0;
  if (exponent !== undefined) return numbers.some((number) => Number(number.toExponential(decimals)) === Number(plain));
  // Half a unit of the last digit, and the width of a tie.
  const tolerance = 0.5 * 10 ** -decimals * (1 + 1e-9);
  const value = Number(plain);
  return numbers.some((number) => Math.abs(number - value) <= tolerance + number * Number.EPSILON);
}
