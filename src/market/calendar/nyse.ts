import { addDays, type IsoDate, weekdayOf } from "../../kit/dates.ts";
import { earlyClosesOf, holidaysOf } from "./holidays.ts";
import { newYorkDate, newYorkInstant } from "./new-york-time.ts";
import { ONE_OFF_CLOSURES } from "./special-days.ts";

/** A day on which the New York Stock Exchange trades. */
export interface Session {
  open: Date;
  close: Date;
  /** The close is at 13:00 (until 1992 at 14:00), not at 16:00. */
  early: boolean;
}

/** Minutes of the day in New York (NYSE rule 51). */
const OPEN = 9 * 60 + 30;
const CLOSE = 16 * 60;
const EARLY_CLOSE = 13 * 60;
/** Until 1992 short days ended at two. */
const OLD_EARLY_CLOSE = 14 * 60;

/** The session of a date; undefined at weekends, on holidays and one-off closures. Checked from 1990; the rules are today's until 2100. */
export function sessionOf(date: IsoDate): Session | undefined {
  if (!isSessionDate(date)) return undefined;
  const year = yearOf(date);
  const early = specialDaysOf(year).early.has(date);
  const close = early ? (year < 1993 ? OLD_EARLY_CLOSE : EARLY_CLOSE) : CLOSE;
  return { open: newYorkInstant(date, OPEN), close: newYorkInstant(date, close), early };
}

/** The newest date with a session up to today in New York: today's counts from midnight on, before its open (portfolio.md 3.3). */
export function lastTradingDate(now: Date): IsoDate {
  let date = newYorkDate(now);
  while (!isSessionDate(date)) date = addDays(date, -1);
  return date;
}

function isSessionDate(date: IsoDate): boolean {
  const weekday = weekdayOf(date);
  return weekday !== 0 && weekday !== 6 && !specialDaysOf(yearOf(date)).closed.has(date);
}

interface SpecialDays {
  closed: ReadonlySet<IsoDate>;
  early: ReadonlySet<IsoDate>;
}

/** By year; the years that a process meets are few. */
const specialDays = new Map<number, SpecialDays>();

function specialDaysOf(year: number): SpecialDays {
  let known = specialDays.get(year);
  if (!known) {
    known = { closed: new Set([...holidaysOf(year), ...ONE_OFF_CLOSURES]), early: new Set(earlyClosesOf(year)) };
    specialDays.set(year, known);
  }
  return known;
}

const yearOf = (date: IsoDate): number => Number(date.slice(0, 4));
