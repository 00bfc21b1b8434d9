import { type IsoDate, utcDate } from "../../kit/dates.ts";
import { days } from "../../kit/duration.ts";
import { seededRandom, seedFromText } from "../../kit/random.ts";
import { createReturnWalk } from "./sample-walk.ts";

export const SAMPLE_FIRST_DATE: IsoDate = "2019-01-02";

/** Changing the generator changes every sample bar: give it a new name then, so that stored ones are noticed. */
export const GENERATOR = "vigia-sample-1";
const FIRST_DAY_MS = Date.parse(`${SAMPLE_FIRST_DATE}T00:00:00Z`);

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

export interface SampleDay {
  date: IsoDate;
  /** The movement common to all symbols; none at weekends. */
  marketReturn: number | undefined;
}

/** Every day from the first one on, as far as anyone asked: dates and the common walk are the same for all symbols. */
const knownDays: SampleDay[] = [];
const drawMarketReturn = createReturnWalk(seededRandom(seedFromText(`${GENERATOR}:market`)), 0.007);

export function* sampleDays(to: IsoDate): Generator<SampleDay> {
  for (let index = 0; ; index++) {
    if (index === knownDays.length) knownDays.push(nextDay(index));
    const day = knownDays[index]!;
    if (day.date > to) return;
    yield day;
  }
}

function nextDay(index: number): SampleDay {
  const instant = new Date(FIRST_DAY_MS + days(index));
  const date = utcDate(instant);
  if (instant.getUTCDay() % 6 === 0) return { date, marketReturn: undefined };
  const drawn = drawMarketReturn();
  return { date, marketReturn: CRASH[date] ?? drawn };
}
