import { type IsoDate, utcDate } from "../../kit/dates.ts";
import { days, hours, minutes } from "../../kit/duration.ts";

/**
 * Clocks of New York by arithmetic: the schedule asks for them up to 50,000 times at once, which Intl would make slow.
 * Right from 1987 on; later changes of the law need a line in `summerOf`. Years before follow the rule of 1987.
 */

const WINTER_OFFSET_MS = hours(5);
const SUMMER_OFFSET_MS = hours(4);

/** The calendar date in New York. */
export function newYorkDate(instant: Date): IsoDate {
  return utcDate(new Date(instant.getTime() - offsetMs(instant.getTime())));
}

/**
 * The instant at which clocks in New York show `minuteOfDay` on `date`: the first of two in the repeated hour of autumn,
 * an hour later on the clock in the skipped hour of spring.
 */
export function newYorkInstant(date: IsoDate, minuteOfDay: number): Date {
  const local = Date.parse(`${date}T00:00:00Z`) + minutes(minuteOfDay);
  const inSummer = local + SUMMER_OFFSET_MS;
  return new Date(isSummer(inSummer) ? inSummer : local + WINTER_OFFSET_MS);
}

/** ISO text with New York's offset: `2022-01-14T09:30:00-05:00`. */
export function newYorkTimestamp(instant: Date): string {
  const offset = offsetMs(instant.getTime());
  const local = new Date(instant.getTime() - offset).toISOString().slice(0, 19);
  return `${local}-0${offset / hours(1)}:00`;
}

const offsetMs = (instantMs: number): number => (isSummer(instantMs) ? SUMMER_OFFSET_MS : WINTER_OFFSET_MS);

function isSummer(instantMs: number): boolean {
  const { startMs, endMs } = summerOf(new Date(instantMs).getUTCFullYear());
  return instantMs >= startMs && instantMs < endMs;
}

interface Summer {
  startMs: number;
  endMs: number;
}

const summers = new Map<number, Summer>();

/** Summer time of a year: both changes are at 02:00 of the clock that ends (US Code, title 15, section 260a). */
function summerOf(year: number): Summer {
  const known = summers.get(year);
  if (known) return known;
  // Energy Policy Act of 2005, in force since 2007; before it the law of 1986, in force since 1987.
  const [first, last] =
    year >= 2007
      ? [sundayFrom(year, 3, 8), sundayFrom(year, 11, 1)]
      : [sundayFrom(year, 4, 1), sundayFrom(year, 10, 25)];
  const summer = { startMs: first + hours(2) + WINTER_OFFSET_MS, endMs: last + hours(2) + SUMMER_OFFSET_MS };
  summers.set(year, summer);
  return summer;
}

/** Midnight UTC of the first Sunday on or after a day. `month` counts from 1. */
function sundayFrom(year: number, month: number, day: number): number {
  const from = Date.UTC(year, month - 1, day);
  return from + days((7 - new Date(from).getUTCDay()) % 7);
}
