import type { Schedule } from "../../../jobs/define.ts";
import { addDays, type IsoDate } from "../../../kit/dates.ts";
import { minutes } from "../../../kit/duration.ts";
import { newYorkDate, newYorkInstant } from "../../../market/calendar/new-york-time.ts";
import { type Session, sessionOf } from "../../../market/calendar/nyse.ts";

/** The first prices of the day need a minute to arrive (portfolio.md 17.10). */
const AFTER_OPEN_MS = minutes(1);
/** The closing auction and late corrections are in by then (portfolio.md 17.10). */
const AFTER_CLOSE_MS = minutes(20);

export interface CycleIntervals {
  /** Between cycles while New York trades. */
  intervalMinutes: number;
  /** Between cycles while it is closed: coins trade all week. */
  closedMinutes: number;
}

/**
 * Moments of the portfolio's cycle: from a minute after New York's open every `intervalMinutes` up to the close, once 20
 * minutes after the close, and while it is closed every `closedMinutes` counted from midnight in New York.
 */
export function cycleSchedule(intervals: CycleIntervals): Extract<Schedule, { next: unknown }> {
  // Slots are asked for one after the other, so those of a day are worked out once.
  let known: { date: IsoDate; slots: readonly number[] } | undefined;
  const slotsOf = (date: IsoDate) => {
    if (known?.date !== date) known = { date, slots: slotsOfDay(date, intervals) };
    return known.slots;
  };
  return {
    describe: `every ${intervals.intervalMinutes} min while New York trades, else every ${intervals.closedMinutes}`,
    next(after) {
      const today = newYorkDate(after);
      // Each day has a slot at its midnight.
      const slot = slotsOf(today).find((at) => at > after.getTime()) ?? slotsOf(addDays(today, 1))[0];
      return slot === undefined ? undefined : new Date(slot);
    },
  };
}

/** Whether a slot is the one after the close: of missed slots the only one that is made up for (concordance 5). */
export function isCloseSlot(slotAt: Date): boolean {
  const session = sessionOf(newYorkDate(slotAt));
  return session !== undefined && slotAt.getTime() === closeSlotOf(session);
}

function slotsOfDay(date: IsoDate, { intervalMinutes, closedMinutes }: CycleIntervals): number[] {
  const midnight = newYorkInstant(date, 0).getTime();
  const nextMidnight = newYorkInstant(addDays(date, 1), 0).getTime();
  const session = sessionOf(date);
  const closed = series(midnight, nextMidnight - 1, minutes(closedMinutes));
  if (!session) return closed;
  const [open, close] = [session.open.getTime(), session.close.getTime()];
  const closeSlot = closeSlotOf(session);
  return [
    ...closed.filter((at) => at < open),
    ...series(open + AFTER_OPEN_MS, close, minutes(intervalMinutes)),
    closeSlot,
    ...closed.filter((at) => at > closeSlot),
  ];
}

const closeSlotOf = ({ close }: Session): number => close.getTime() + AFTER_CLOSE_MS;

/** `from`, `from + step`, … up to `to`, itself included. */
function series(from: number, to: number, step: number): number[] {
  const instants: number[] = [];
  for (let at = from; at <= to; at += step) instants.push(at);
  return instants;
}
