import type { IsoDate } from "../../kit/dates.ts";
import { type Random, seededRandom, seedFromText } from "../../kit/random.ts";
import type { Bar } from "../bars.ts";
import { rulesFromSymbol } from "../symbol.ts";
import { GENERATOR, sampleDays } from "./sample-days.ts";
import { type SampleProfile, sampleProfile } from "./sample-profile.ts";
import { createReturnWalk, drawNormal } from "./sample-walk.ts";

/**
 * Invented daily bars of `symbol` with `from <= date <= to`, oldest first. A date has the same bar whenever and
 * wherever it is asked for: the series is always walked from its first day, and only with operations that IEEE 754
 * defines to the last bit (+ − × ÷ √), never with `exp`, `log` or `pow` of the platform.
 */
export function computeSampleBars(symbol: string, from: IsoDate, to: IsoDate): Bar[] {
  const profile = sampleProfile(symbol);
  const everyDay = rulesFromSymbol(symbol).kind === "crypto";
  const random = seededRandom(seedFromText(`${GENERATOR}:${symbol}`));
  const ownReturn = createReturnWalk(random, profile.volatility);
  const bars: Bar[] = [];
  let close = profile.price;
  let anchor = profile.price;
  for (const { date, marketReturn } of sampleDays(to)) {
    if (marketReturn === undefined && !everyDay) continue;
    anchor *= 1 + ANCHOR_GROWTH;
    const pull = PULL * (1 - close / anchor);
    const drawn = profile.beta * (marketReturn ?? 0) + ownReturn() + pull;
    const move = profile.flat ? 0 : clamp(drawn, -MAX_MOVE, MAX_MOVE);
    const previous = close;
    close = previous * (1 + move);
    const draws = drawDay(random);
    if (date >= from && !isHalted(profile, date)) bars.push(shapeBar({ date, previous, close, move, profile, draws }));
  }
  return bars;
}

/** About 5 % a year. */
const ANCHOR_GROWTH = 0.0002;
/** Share of the distance to the anchor made up in a day: keeps prices plausible over decades. */
const PULL = 0.003;
const MAX_MOVE = 0.35;

/** Chance of one day, drawn whether the bar is wanted or not, so that later days do not depend on the question. */
interface DayDraws {
  gap: number;
  above: number;
  below: number;
  activity: number;
}

function drawDay(random: Random): DayDraws {
  return { gap: drawNormal(random), above: random(), below: random(), activity: random() };
}

interface Day {
  date: IsoDate;
  previous: number;
  close: number;
  /** Fraction. */
  move: number;
  profile: SampleProfile;
  draws: DayDraws;
}

/** Open near the previous close, a range around both, more volume on wild days. */
function shapeBar({ date, previous, close, move, profile, draws }: Day): Bar {
  const opened = previous * (1 + 0.4 * profile.volatility * draws.gap);
  const reach = 0.6 * profile.volatility;
  const parts = profile.price < 5 ? 10_000 : 100;
  const price = (value: number) => Math.round(value * parts) / parts;
  return {
    date,
    open: price(opened),
    high: price(Math.max(opened, close) * (1 + reach * draws.above)),
    low: price(Math.min(opened, close) * (1 - reach * draws.below)),
    close: price(close),
    adjClose: price(close),
    volume: Math.round(profile.volume * (0.6 + 0.8 * draws.activity) * (1 + 12 * Math.abs(move))),
  };
}

function isHalted({ halt }: SampleProfile, date: IsoDate): boolean {
  return halt !== undefined && date >= halt[0] && date <= halt[1];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
