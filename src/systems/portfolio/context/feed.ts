import { days, hours } from "../../../kit/duration.ts";
import type { HttpAnswer } from "../../../net/client.ts";

/** Names of the readings, as `market.context` has them. */
export type FeedName = "stocks" | "crypto" | "fed_funds" | "inflation_yoy" | "unemployment" | "yield_curve_10y2y";

/** What a source said. */
export interface Reading {
  value: number;
  /** ISO with `Z`: when the index was computed, or the first day of the period that a macro figure is about. */
  timestamp: string;
  /** Only of the indices. */
  classification?: string;
}

/** One figure and where it comes from. */
export interface Feed {
  name: FeedName;
  /** As the files name it. */
  source: string;
  /** Name of the peer in `src/net`. */
  peer: string;
  /** Address of a call; null where a key is needed and missing. */
  address(now: Date): string | null;
  /** Null when the answer holds no such figure. May throw on a body that is no JSON. */
  read(answer: HttpAnswer, now: Date): Reading | null;
  /** How long a good answer is used without asking again. */
  freshForMs: number;
  /** Days after which the last good answer is no longer shown in place of a failed call. */
  usableDays: number;
  /** A source that repeats an older reading than this is stuck. */
  oldestReadingMs: number;
}

/** Longest pauses of the indices are holiday weekends. */
export const INDEX_LIMITS = { freshForMs: hours(1), usableDays: 3, oldestReadingMs: days(7) } as const;

/** A month's figure appears up to seven weeks after its end and stays the newest for a month. */
export const MACRO_LIMITS = { freshForMs: hours(12), usableDays: 60, oldestReadingMs: days(120) } as const;

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Number of a JSON number or of a plain decimal text; null for anything else. */
export function readNumber(value: unknown): number | null {
  if (typeof value === "string" && /^\s*-?\d{1,15}(\.\d{1,15})?\s*$/.test(value)) return Number(value);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** An index from 0 to 100, else null. */
export function readIndex(value: unknown): number | null {
  const number = readNumber(value);
  return number !== null && number >= 0 && number <= 100 ? number : null;
}
