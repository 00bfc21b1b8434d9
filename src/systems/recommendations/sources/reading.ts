import { type IsoDate, isIsoDate } from "../../../kit/dates.ts";
import type { Point } from "../facts.ts";

/**
 * Number from a JSON number or a text in either notation: `918,05`, `1.055,50`, `1,055.50`, `918.05`. Null for anything
 * else. A text whose only mark is a dot is read with a decimal dot.
 */
export function readNumber(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string") return null;
  const text = value.trim();
  const commaIsDecimal = text.lastIndexOf(",") > text.lastIndexOf(".");
  const plain = commaIsDecimal ? text.replaceAll(".", "").replace(",", ".") : text.replaceAll(",", "");
  return /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

/** Like `readNumber`, for sources that write thousands with a dot: `1.234` is 1234. */
export function readSpanishNumber(value: unknown): number | null {
  const grouped = typeof value === "string" && /^[+-]?\d{1,3}(\.\d{3})+$/.test(value.trim());
  return readNumber(grouped ? value.replaceAll(".", "") : value);
}

/** Calendar date from `2026-04-24`, `2026-04-24T…`, `24/04/2026` or `24-04-2026`; null when it is none or does not exist. */
export function readDate(value: unknown): IsoDate | null {
  if (typeof value !== "string") return null;
  const text = value.trim();
  const dayFirst = /^(\d{2})[/-](\d{2})[/-](\d{4})$/.exec(text);
  const date = dayFirst ? `${dayFirst[3]}-${dayFirst[2]}-${dayFirst[1]}` : text.slice(0, 10);
  return isIsoDate(date) ? date : null;
}

/** A text with something in it, trimmed, or null. */
export function readText(value: unknown): string | null {
  return typeof value === "string" && value.trim() ? value.trim() : null;
}

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects of an array; what is no array has none. */
export const objectsOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Oldest first, one point a date: a later list overrides an earlier one. */
export function mergePoints(...lists: readonly (readonly Point[])[]): Point[] {
  const byDate = new Map<IsoDate, number>();
  for (const list of lists) for (const { date, value } of list) byDate.set(date, value);
  return [...byDate].map(([date, value]) => ({ date, value })).sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** The points with `from <= date <= to`. */
export const pointsBetween = (points: readonly Point[], from: IsoDate, to: IsoDate): Point[] =>
  points.filter(({ date }) => date >= from && date <= to);
