import { addDays, type IsoDate, isIsoDate, utcDate } from "../../../kit/dates.ts";
import { minutes } from "../../../kit/duration.ts";
import { VigiaError } from "../../../kit/errors.ts";
import { lastTradingDate } from "../../../market/calendar/nyse.ts";

/** The moment that a cycle speaks of. */
export interface CycleMoment {
  /** Decides which sessions are complete. */
  now: Date;
  /** `now` in whole minutes: what the files carry, so that two runs in one minute give the same bytes. */
  analysedAt: Date;
  /** Expected last trading date of New York. */
  tradingDate: IsoDate;
}

/**
 * Now, or the end (UTC) of the date that a manual run names: by then New York has closed and the coins' day is complete.
 * Errors: `bad_params` for an `as_of` that is no date or lies ahead.
 */
export function cycleMoment(params: Readonly<Record<string, unknown>>, clockNow: Date): CycleMoment {
  const now = momentOf(params.as_of, clockNow);
  return {
    now,
    analysedAt: new Date(Math.floor(now.getTime() / minutes(1)) * minutes(1)),
    tradingDate: lastTradingDate(now),
  };
}

/** The present at the end of `asOf`, or `clockNow` when that day is not over yet. Errors: `bad_params`. */
export function momentOf(asOf: unknown, clockNow: Date): Date {
  if (asOf === undefined || asOf === null) return clockNow;
  if (typeof asOf !== "string" || !isIsoDate(asOf)) throw badAsOf("is not a date that exists");
  if (asOf > utcDate(clockNow)) throw badAsOf(`lies after today, ${utcDate(clockNow)}`);
  const end = new Date(`${addDays(asOf, 1)}T00:00:00Z`);
  return end < clockNow ? end : clockNow;
}

function badAsOf(problem: string): VigiaError {
  return new VigiaError("bad_params", `as_of ${problem}.`, { hint: "Give as_of as YYYY-MM-DD." });
}
