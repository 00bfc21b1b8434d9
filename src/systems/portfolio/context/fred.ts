import { type IsoDate, isIsoDate, utcDate } from "../../../kit/dates.ts";
import { type Feed, type FeedName, isObject, MACRO_LIMITS, type Reading, readNumber } from "./feed.ts";

const OBSERVATIONS = "https://api.stlouisfed.org/fred/series/observations";

interface Series {
  name: FeedName;
  id: string;
  /** How many observations are asked for, newest first; more than are needed, because the newest may be missing. */
  observations: number;
  read(body: unknown): Reading | null;
}

/** A year of months is thirteen observations; two more for months that were never published. */
const SERIES: readonly Series[] = [
  { name: "fed_funds", id: "FEDFUNDS", observations: 3, read: readLatest },
  { name: "inflation_yoy", id: "CPIAUCSL", observations: 15, read: readYearChange },
  { name: "unemployment", id: "UNRATE", observations: 3, read: readLatest },
  // Daily, with holidays as missing values.
  { name: "yield_curve_10y2y", id: "T10Y2Y", observations: 10, read: readLatest },
];

/** The macro figures of the Federal Reserve's data; without a key there is nothing to call. */
export function createFredFeeds(apiKey: string | undefined): Feed[] {
  return SERIES.map(({ name, id, observations, read }) => ({
    name,
    source: "FRED",
    peer: "fred",
    address(now) {
      if (!apiKey) return null;
      const url = new URL(OBSERVATIONS);
      url.searchParams.set("series_id", id);
      url.searchParams.set("api_key", apiKey);
      url.searchParams.set("file_type", "json");
      url.searchParams.set("sort_order", "desc");
      url.searchParams.set("limit", String(observations));
      // Matters only when the clock is set back: then later figures are not known yet.
      url.searchParams.set("observation_end", utcDate(now));
      return url.href;
    },
    read: (answer) => read(answer.json()),
    ...MACRO_LIMITS,
  }));
}

/** Value of the newest observation that has one, in the units of its series. */
export function readLatest(body: unknown): Reading | null {
  const [newest] = readObservations(body);
  return newest ? { value: newest.value, timestamp: midnight(newest.date) } : null;
}

/**
 * Change in percent of the newest observation against the same month a year before, which is looked up by its date: with
 * a missing month the thirteenth observation is another one. Null when that month is missing.
 */
export function readYearChange(body: unknown): Reading | null {
  const observations = readObservations(body);
  const [newest] = observations;
  if (!newest) return null;
  const yearBefore = `${Number(newest.date.slice(0, 4)) - 1}${newest.date.slice(4)}`;
  const base = observations.find(({ date }) => date === yearBefore);
  if (!base || base.value <= 0) return null;
  return { value: (newest.value / base.value - 1) * 100, timestamp: midnight(newest.date) };
}

/** `{"observations":[{"date":"2026-01-01","value":"4.3"},{"date":"…","value":"."}]}`: those with a value, newest first. */
function readObservations(body: unknown): { date: IsoDate; value: number }[] {
  const rows: unknown[] = isObject(body) && Array.isArray(body.observations) ? body.observations : [];
  return rows
    .flatMap((row) => {
      const value = isObject(row) ? readNumber(row.value) : null;
      const date = isObject(row) && typeof row.date === "string" && isIsoDate(row.date) ? row.date : null;
      return value === null || date === null ? [] : [{ date, value }];
    })
    .sort((a, b) => (a.date < b.date ? 1 : -1));
}

const midnight = (date: IsoDate): string => `${date}T00:00:00.000Z`;
