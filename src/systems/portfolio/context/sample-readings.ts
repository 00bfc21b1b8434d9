import { type IsoDate, utcDate } from "../../../kit/dates.ts";
import { days } from "../../../kit/duration.ts";
import { seededRandom, seedFromText } from "../../../kit/random.ts";
import { roundHalfUp } from "../../../kit/round.ts";
import { indexLabel } from "./classify.ts";
import type { FeedName, Reading } from "./feed.ts";

/** Name of made-up figures, in place of a source. */
export const SAMPLE_SOURCE = "sample";

/** Made-up figures: the same for the same date on every machine. Indices change daily, macro figures monthly. */
export function sampleReadings(now: Date): Map<FeedName, Reading> {
  const today = utcDate(now);
  const month = `${today.slice(0, 7)}-01`;
  return new Map<FeedName, Reading>([
    ["stocks", sampleIndex("stocks", today)],
    ["crypto", sampleIndex("crypto", today)],
    ["fed_funds", figure("fed_funds", month, { least: 3, most: 5.5 })],
    ["inflation_yoy", figure("inflation_yoy", month, { least: 1.8, most: 4.2 })],
    ["unemployment", figure("unemployment", month, { least: 3.6, most: 5.2 })],
    ["yield_curve_10y2y", figure("yield_curve_10y2y", month, { least: -0.4, most: 1.4 })],
  ]);
}

/** A slow wave through all moods with a day's own noise, 0 to 100. */
function sampleIndex(name: FeedName, date: IsoDate): Reading {
  const random = seededRandom(seedFromText(`context ${name} ${date}`));
  const periodDays = name === "stocks" ? 83 : 47;
  const wave = Math.sin((2 * Math.PI * Date.parse(midnight(date))) / (periodDays * days(1)));
  const value = Math.max(0, Math.min(100, Math.round(50 + 34 * wave + 16 * (random() - 0.5))));
  return { value, timestamp: midnight(date), classification: indexLabel(value) };
}

function figure(name: FeedName, month: IsoDate, { least, most }: { least: number; most: number }): Reading {
  const random = seededRandom(seedFromText(`context ${name} ${month}`));
  return { value: roundHalfUp(least + (most - least) * random(), 2), timestamp: midnight(month) };
}

const midnight = (date: IsoDate): string => `${date}T00:00:00.000Z`;
