import { addDays, dateInZone, type IsoDate, weekdayOf } from "../kit/dates.ts";
import type { Interval } from "./bars.ts";
import { sessionOf } from "./calendar/nyse.ts";

/** What decides when a day's bar is final: both as the source says, null where it does not. */
export interface SessionRules {
  /** IANA zone of the exchange. */
  timezone: string | null;
  /** `equity`, `crypto`, `currency`, … */
  kind: string | null;
}

export const DEFAULT_TIMEZONE = "America/New_York";
const DEFAULT_CLOSE = "16:00";

/** End of the regular session, local time, where it is later than 16:00 (published trading hours of the exchanges). */
const LATER_CLOSES: Readonly<Record<string, string>> = {
  "America/Argentina/Buenos_Aires": "17:00",
  "America/Buenos_Aires": "17:00",
  "America/Sao_Paulo": "18:00",
  "Europe/London": "16:30",
  "Europe/Madrid": "17:35",
  "Europe/Paris": "17:35",
  "Europe/Berlin": "17:35",
};

/** Traded around the clock on weekdays: their day ends with the calendar day of the zone. */
const ALL_DAY_KINDS = new Set(["currency", "future"]);

/** Whether the session of `date` has ended at `now`. A weekly bar carries its Monday and ends with the week's last session. */
export function isBarComplete(date: IsoDate, rules: SessionRules, now: Date, interval: Interval = "1d"): boolean {
  const lastSession = interval === "1wk" ? addDays(date, rules.kind === "crypto" ? 6 : 4) : date;
  return lastSession <= lastEndedDate(rules, now);
}

/** Calendar date of the session that is open at `now`, or would be on a trading day: the first one that is not over yet. */
export function openSessionDate(rules: SessionRules, now: Date): IsoDate {
  return addDays(lastEndedDate(rules, now), 1);
}

/**
 * Date of the newest bar that can be complete at `now`. New York's holidays and early closes are known; of other exchanges
 * only weekends are, so after a holiday of theirs the answer names a day without a bar.
 */
export function lastCompleteDate(rules: SessionRules, now: Date, interval: Interval = "1d"): IsoDate {
  const ended = lastEndedDate(rules, now);
  if (interval === "1d") {
    if (rules.kind === "crypto") return ended;
    return tradesInNewYork(rules) ? lastSessionBy(ended) : lastWeekday(ended);
  }
  const monday = mondayOf(ended);
  return isBarComplete(monday, rules, now, "1wk") ? monday : addDays(monday, -7);
}

/** The first date from `date` on (itself included) that can have a bar. */
export function firstSessionFrom(date: IsoDate, rules: SessionRules, interval: Interval = "1d"): IsoDate {
  if (interval === "1wk") return mondayOf(addDays(date, 6));
  if (rules.kind === "crypto") return date;
  const weekday = weekdayOf(date);
  return weekday === 6 ? addDays(date, 2) : weekday === 0 ? addDays(date, 1) : date;
}

export function mondayOf(date: IsoDate): IsoDate {
  return addDays(date, -((weekdayOf(date) + 6) % 7));
}

/** The newest calendar date whose session, if it had one, is over. */
function lastEndedDate({ timezone, kind }: SessionRules, now: Date): IsoDate {
  if (kind === "crypto") return addDays(dateInZone(now, "UTC"), -1);
  const zone = timezone ?? DEFAULT_TIMEZONE;
  const today = dateInZone(now, zone);
  if (tradesInNewYork({ timezone, kind })) {
    const session = sessionOf(today);
    return !session || now >= session.close ? today : addDays(today, -1);
  }
  const closed = !ALL_DAY_KINDS.has(kind ?? "") && timeInZone(now, zone) >= (LATER_CLOSES[zone] ?? DEFAULT_CLOSE);
  return closed ? today : addDays(today, -1);
}

/** Stocks, funds and indices of New York: sessions by its exchange's calendar. */
const tradesInNewYork = ({ timezone, kind }: SessionRules): boolean =>
  (timezone ?? DEFAULT_TIMEZONE) === DEFAULT_TIMEZONE && kind !== "crypto" && !ALL_DAY_KINDS.has(kind ?? "");

function lastSessionBy(date: IsoDate): IsoDate {
  let session = date;
  while (!sessionOf(session)) session = addDays(session, -1);
  return session;
}

function lastWeekday(date: IsoDate): IsoDate {
  const weekday = weekdayOf(date);
  return weekday === 6 ? addDays(date, -1) : weekday === 0 ? addDays(date, -2) : date;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `HH:MM` on the clocks of the zone. */
function timeInZone(instant: Date, zone: string): string {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    clocks.set(zone, clock);
  }
  return clock.format(instant);
}
