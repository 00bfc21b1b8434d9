import { expect } from "bun:test";
import type { Indicators } from "../../../../src/systems/recommendations/scoring/indicators.ts";
import { hasShared, readShared } from "../../../support/shared.ts";

const DIRECTORY = "golden/recommendations";

/** A recorded file; an empty object where the shared data are absent (its tests are skipped then). */
export async function readGolden<T>(file: string): Promise<T> {
  return hasShared ? await readShared<T>(`${DIRECTORY}/${file}`) : ({} as T);
}

/** `null` and `"NaN"` both mean not-a-number in the recorded files. */
export type Recorded = number | null | "NaN" | "Infinity";

export interface GoldenSeries {
  date: string[];
  open: number[];
  high: number[];
  low: number[];
  close: number[];
  volume: number[];
  adjclose: number[];
}

export interface GoldenCase {
  indicators: Record<keyof Indicators, Recorded>;
  technical_score: number;
  technical_score_nulls_skipped: number;
  signals: { rsi: string; macd: string; trend: string };
}

export interface WindowCase extends GoldenCase {
  as_of: string;
  index: number;
  window_bars: number;
  current_price: number;
  price_change_pct: number;
}

export interface EdgeCase extends GoldenCase {
  name: string;
  close: number[];
  volume: number[];
}

/** Within 1e-9 relative, and undefined exactly where the record is undefined. */
export function expectRecorded(actual: number | null, recorded: Recorded, where: string): void {
  if (recorded === null || recorded === "NaN") {
    if (actual !== null && !Number.isNaN(actual)) throw new Error(`${where}: ${actual}, recorded as undefined`);
    return;
  }
  const distance = Math.abs((actual ?? Number.NaN) - Number(recorded)) / Math.max(1e-12, Math.abs(Number(recorded)));
  if (!(distance <= 1e-9 || actual === recorded)) throw new Error(`${where}: ${actual}, recorded ${recorded}`);
}

/** Scores and prices: within 0.005. */
export function expectScore(actual: number | null, recorded: number, where: string): void {
  if (actual === null || !(Math.abs(actual - recorded) <= 0.005))
    expect(`${where}: ${actual}`).toBe(`${where}: ${recorded}`);
}
