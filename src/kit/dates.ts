import { days } from "./duration.ts";

/** Calendar dates are `YYYY-MM-DD` strings: they sort as text and have no zone. */
export type IsoDate = string;

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** True for a date that exists (`2024-02-30` does not). */
export function isIsoDate(text: string): boolean {
  return ISO_DATE.test(text) && utcDate(new Date(`${text}T00:00:00Z`)) === text;
}

/** The UTC calendar date of an instant; empty for an invalid one. */
export function utcDate(instant: Date): IsoDate {
  return Number.isNaN(instant.getTime()) ? "" : instant.toISOString().slice(0, 10);
}

/** Whether the IANA list, as this machine has it, knows the zone. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The calendar date that clocks show in `timezone` (IANA name) at `instant`. */
export function dateInZone(instant: Date, timezone: string): IsoDate {
  return zoneFormat(timezone).format(instant);
}

export function addDays(date: IsoDate, count: number): IsoDate {
  return utcDate(new Date(Date.parse(`${date}T00:00:00Z`) + days(count)));
}

/** 0 = Sunday … 6 = Saturday. */
export function weekdayOf(date: IsoDate): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: IsoDate, to: IsoDate): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / days(1));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function zoneFormat(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known) return known;
  // en-CA writes YYYY-MM-DD.
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  formats.set(timezone, format);
  return format;
}
