import { type IsoDate, isIsoDate, isTimezone } from "../../../kit/dates.ts";
import type { Interval } from "../../../market/bars.ts";

const MONTHS = [
  "enero",
  "febrero",
  "marzo",
  "abril",
  "mayo",
  "junio",
  "julio",
  "agosto",
  "septiembre",
  "octubre",
  "noviembre",
  "diciembre",
];
/** The old reports name months in English. */
const ENGLISH_MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Written where a source gave no date. */
export const NO_DATE = "sin fecha";

/** `7 de enero de 2022`. */
export function formatDate(date: IsoDate | null): string {
  if (date === null || !isIsoDate(date)) return NO_DATE;
  return `${Number(date.slice(8, 10))} de ${MONTHS[Number(date.slice(5, 7)) - 1]} de ${date.slice(0, 4)}`;
}

/** `7 ene 2022`: for table cells. */
export function formatShortDate(date: IsoDate | null): string {
  if (date === null || !isIsoDate(date)) return NO_DATE;
  return `${Number(date.slice(8, 10))} ${MONTHS[Number(date.slice(5, 7)) - 1]!.slice(0, 3)} ${date.slice(0, 4)}`;
}

/** The date of a bar. A weekly one carries its Monday, but its price is Friday's: `semana del 3 de enero de 2022`. */
export const formatBarDate = (date: IsoDate, interval: Interval): string =>
  interval === "1wk" && isIsoDate(date) ? `semana del ${formatDate(date)}` : formatDate(date);

/** `sem. del 3 ene 2022`: for table cells. */
export const formatShortBarDate = (date: IsoDate, interval: Interval): string =>
  interval === "1wk" && isIsoDate(date) ? `sem. del ${formatShortDate(date)}` : formatShortDate(date);

/** `7 de enero de 2022, 16:30 (hora de Buenos Aires)` on the clocks of `timezone`; a zone that nobody knows reads as UTC. */
export function formatMoment(instant: Date, timezone: string): string {
  const { date, time } = localTime(instant, timezone);
  return `${formatDate(date)}, ${time.slice(0, 5)} (${zoneName(timezone)})`;
}

/** `07 de January de 2022, 16:30:00`: section 12 of the old format. */
export function formatOldMoment(instant: Date, timezone: string): string {
  const { date, time } = localTime(instant, timezone);
  return `${date.slice(8, 10)} de ${ENGLISH_MONTHS[Number(date.slice(5, 7)) - 1]} de ${date.slice(0, 4)}, ${time}`;
}

/** Calendar date in `timezone` of an ISO instant as the files carry it; a bare date stays as it is. */
export function dateOfTimestamp(timestamp: string | null, timezone: string): IsoDate | null {
  if (timestamp === null) return null;
  if (isIsoDate(timestamp)) return timestamp;
  const instant = new Date(timestamp);
  return Number.isNaN(instant.getTime()) ? null : localTime(instant, timezone).date;
}

function zoneName(timezone: string): string {
  if (clockOf(timezone) === utcClock() || timezone === "UTC") return "UTC";
  return `hora de ${timezone.slice(timezone.lastIndexOf("/") + 1).replaceAll("_", " ")}`;
}

function localTime(instant: Date, timezone: string): { date: IsoDate; time: string } {
  // sv-SE writes YYYY-MM-DD HH:MM:SS.
  const text = clockOf(timezone).format(instant);
  return { date: text.slice(0, 10), time: text.slice(11, 19) };
}

/** More zones than there are names; a list of made-up spellings cannot grow past it. */
const MAX_CLOCKS = 1_000;
const clocks = new Map<string, Intl.DateTimeFormat>();

const utcClock = (): Intl.DateTimeFormat => clockOf("UTC");

function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone);
  if (known) return known;
  if (timezone !== "UTC" && !isTimezone(timezone)) return utcClock();
  const clock = new Intl.DateTimeFormat("sv-SE", {
    timeZone: timezone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  if (clocks.size < MAX_CLOCKS) clocks.set(timezone, clock);
  return clock;
}
