import { type IsoDate, utcDate } from "../../kit/dates.ts";
import { type Random, seededRandom, seedFromText } from "../../kit/random.ts";
import { roundHalfUp } from "../../kit/round.ts";
import type { Bar } from "../bars.ts";
import { rulesFromSymbol } from "../symbol.ts";
import { type SampleProfile, sampleProfile } from "./sample-profile.ts";

export const SAMPLE_FIRST_DATE: IsoDate = "2019-01-02";

/** Changing the generator changes every sample bar: give it a new name then, so that stored ones are noticed. */
const GENERATOR = "vigia-sample-1";
const DAY_MS = 86_400_000;

/**
 * Invented daily bars of `symbol` with `from <= date <= to`, oldest first. A date has the same bar whenever and
 * wherever it is asked for: the series is always walked from its first day, and only with operations that IEEE 754
 * defines to the last bit (+ − × ÷ √), never with `exp`, `log` or `pow` of the platform.
 */
export function computeSampleBars(symbol: string, from: IsoDate, to: IsoDate): Bar[] {
  const profile = sampleProfile(symbol);
  const everyDay = rulesFromSymbol(symbol).kind === "crypto";
  const random = seededRandom(seedFromText(`${GENERATOR}:${symbol}`));
  const marketReturn = createMarketWalk();
  const ownReturn = createReturnWalk(random, profile.volatility);
  const bars: Bar[] = [];
  let close = profile.price;
  let anchor = profile.price;
  const lastMs = Date.parse(`${to}T00:00:00Z`);
  for (let dayMs = Date.parse(`${SAMPLE_FIRST_DATE}T00:00:00Z`); dayMs <= lastMs; dayMs += DAY_MS) {
    const instant = new Date(dayMs);
    const weekday = instant.getUTCDay() % 6 !== 0;
    if (!weekday && !everyDay) continue;
    const date = utcDate(instant);
    const common = weekday ? profile.beta * marketReturn(date) : 0;
    anchor *= 1 + ANCHOR_GROWTH;
    const pull = PULL * (1 - close / anchor);
    const move = profile.flat ? 0 : clamp(common + ownReturn() + pull, -MAX_MOVE, MAX_MOVE);
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

/** One crash for all: a fall of a third in two weeks and a sharp rebound. */
const CRASH: Readonly<Record<IsoDate, number>> = {
  "2020-03-09": -0.076,
  "2020-03-11": -0.049,
  "2020-03-12": -0.095,
  "2020-03-13": 0.052,
  "2020-03-16": -0.12,
  "2020-03-18": -0.054,
  "2020-03-20": -0.041,
  "2020-03-24": 0.083,
  "2020-03-26": 0.061,
  "2020-04-06": 0.058,
};

/** The common movement, day after day; every series walks the same one. */
function createMarketWalk(): (date: IsoDate) => number {
  const ownReturn = createReturnWalk(seededRandom(seedFromText(`${GENERATOR}:market`)), 0.007);
  return (date) => {
    const drawn = ownReturn();
    return CRASH[date] ?? drawn;
  };
}

interface Regime {
  /** Drift a day as a share of the quiet day's volatility. */
  drift: number;
  volatility: number;
}

const REGIMES: readonly Regime[] = [
  { drift: 0.09, volatility: 0.8 }, // bull
  { drift: -0.1, volatility: 1.4 }, // bear
  { drift: 0, volatility: 0.7 }, // sideways
];
/** A regime lasts some 55 days on average. */
const REGIME_CHANGE = 1 / 55;
/** Memory of the day's variance: yesterday's shock raises today's (volatility clustering). */
const VARIANCE_MEMORY = { keep: 0.88, shock: 0.1, base: 0.02 };
const JUMP_CHANCE = 0.008;
const JUMP_SIZE = 4;

/** Daily returns with regimes, clustering and rare jumps. */
function createReturnWalk(random: Random, volatility: number): () => number {
  let regime = REGIMES[Math.floor(random() * REGIMES.length)]!;
  let variance = 1;
  return () => {
    if (random() < REGIME_CHANGE) regime = REGIMES[Math.floor(random() * REGIMES.length)]!;
    const jump = random() < JUMP_CHANCE ? JUMP_SIZE : 1;
    const shock = drawNormal(random);
    const scale = volatility * regime.volatility * Math.sqrt(variance);
    variance = VARIANCE_MEMORY.base + VARIANCE_MEMORY.keep * variance + VARIANCE_MEMORY.shock * shock * shock * jump;
    return volatility * regime.drift + scale * shock * jump;
  };
}

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
  const price = (value: number) => roundHalfUp(value, profile.price < 5 ? 4 : 2);
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

/** Nearly normal with variance 1: the sum of four uniforms, scaled. */
function drawNormal(random: Random): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3);
}

function isHalted({ halt }: SampleProfile, date: IsoDate): boolean {
  return halt !== undefined && date >= halt[0] && date <= halt[1];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
