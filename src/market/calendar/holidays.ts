import { addDays, type IsoDate, weekdayOf } from "../../kit/dates.ts";
import { ONE_OFF_EARLY_CLOSES } from "./special-days.ts";

const MONDAY = 1;
const THURSDAY = 4;
const FRIDAY = 5;
const SATURDAY = 6;
const SUNDAY = 0;

/** Holidays of the NYSE by its rule 7.2: dates without a session, weekends apart. */
export function holidaysOf(year: number): IsoDate[] {
  const newYear = isoDate(year, 1, 1);
  return [
    // On a Saturday it is lost: the Friday before is the last of the old year, which the books need.
    ...(weekdayOf(newYear) === SATURDAY ? [] : [observed(newYear)]),
    ...(year >= 1998 ? [nthWeekday(year, 1, MONDAY, 3)] : []), // Martin Luther King
    nthWeekday(year, 2, MONDAY, 3), // Washington's Birthday
    addDays(easterOf(year), -2), // Good Friday
    weekdayFrom(isoDate(year, 5, 25), MONDAY), // Memorial Day
    ...(year >= 2022 ? [observed(isoDate(year, 6, 19))] : []), // Juneteenth
    observed(isoDate(year, 7, 4)),
    nthWeekday(year, 9, MONDAY, 1), // Labor Day
    thanksgivingOf(year),
    observed(isoDate(year, 12, 25)),
  ];
}

/** Dates on which the close is early, were they no holiday: before Independence Day and Christmas, after Thanksgiving. */
export function earlyClosesOf(year: number): IsoDate[] {
  const beforeIndependence = isoDate(year, 7, 3);
  // On Fridays July 4 is observed, or it is a weekend; Wednesdays are short since 2013 only.
  const shortWeekdays = year >= 2013 ? [1, 2, 3, 4] : year >= 1995 ? [1, 2, 4] : [];
  const beforeChristmas = isoDate(year, 12, 24);
  return [
    ...(shortWeekdays.includes(weekdayOf(beforeIndependence)) ? [beforeIndependence] : []),
    ...(year >= 1992 ? [addDays(thanksgivingOf(year), 1)] : []),
    ...(isMondayToThursday(beforeChristmas) ? [beforeChristmas] : []),
    ...[...ONE_OFF_EARLY_CLOSES].filter((date) => date.startsWith(`${year}-`)),
  ];
}

/** A holiday at the weekend is kept on the nearest weekday. */
function observed(date: IsoDate): IsoDate {
  const weekday = weekdayOf(date);
  return weekday === SATURDAY ? addDays(date, -1) : weekday === SUNDAY ? addDays(date, 1) : date;
}

const thanksgivingOf = (year: number): IsoDate => nthWeekday(year, 11, THURSDAY, 4);

const isMondayToThursday = (date: IsoDate): boolean => {
  const weekday = weekdayOf(date);
  return weekday >= MONDAY && weekday < FRIDAY;
};

const nthWeekday = (year: number, month: number, weekday: number, nth: number): IsoDate =>
  weekdayFrom(isoDate(year, month, 1 + 7 * (nth - 1)), weekday);

/** The first such weekday on or after `date`. */
const weekdayFrom = (date: IsoDate, weekday: number): IsoDate => addDays(date, (weekday - weekdayOf(date) + 7) % 7);

const isoDate = (year: number, month: number, day: number): IsoDate =>
  `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;

/** Easter Sunday of the Gregorian calendar (anonymous algorithm, Nature 13, 1876; Meeus, Astronomical Algorithms, chapter 8). */
function easterOf(year: number): IsoDate {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const inCentury = year % 100;
  const correction = Math.floor((century + 8) / 25);
  const epact =
    (19 * golden + century - Math.floor(century / 4) - Math.floor((century - correction + 1) / 3) + 15) % 30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(inCentury / 4) - epact - (inCentury % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * weekday) / 451);
  const daysOn = epact + weekday - 7 * late + 114;
  return isoDate(year, Math.floor(daysOn / 31), (daysOn % 31) + 1);
}
