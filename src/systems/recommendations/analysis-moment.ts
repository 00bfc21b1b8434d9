import { dateInZone, type IsoDate, isIsoDate } from "../../kit/dates.ts";
import { VigiaError } from "../../kit/errors.ts";

export interface AnalysisMoment {
  /** Date under which the rows are stored. */
  analysisDate: IsoDate;
  /** Nothing after this date is seen. */
  asOf: IsoDate;
}

interface RunMoment {
  /** The due moment of the slot; null for manual runs. */
  slotAt: Date | null;
  params: Readonly<Record<string, unknown>>;
}

/**
 * The date of a run: its slot's in the job's zone, or today's without a slot; a manual `as_of` overrides and cuts all data.
 * A late run looks at the present all the same: its date is the slot's, its bars are those complete by now. Errors:
 * `bad_params` for an `as_of` that is no date or lies ahead.
 */
export function analysisMoment({ slotAt, params }: RunMoment, now: Date, timezone: string): AnalysisMoment {
  const today = dateInZone(now, timezone);
  const asOf = params.as_of;
  if (asOf === undefined || asOf === null) {
    return { analysisDate: slotAt ? dateInZone(slotAt, timezone) : today, asOf: today };
  }
  if (typeof asOf !== "string" || !isIsoDate(asOf)) throw badParam("as_of", "is not a date that exists");
  if (asOf > today) throw badParam("as_of", `lies after today, ${today}`);
  return { analysisDate: asOf, asOf };
}

export function badParam(name: string, problem: string): VigiaError {
  return new VigiaError("bad_params", `${name} ${problem}.`, { hint: `Give ${name} as YYYY-MM-DD.` });
}
