import { Cron } from "croner";
import { VigiaError } from "../kit/errors.ts";
import type { Schedule } from "./define.ts";

/** The due moments of a job. Pure: it keeps nothing and starts nothing. */
export interface SlotTimes {
  /** Expression, or the description of a calendar. */
  readonly cron: string;
  /** Empty for a calendar: its function knows its own zone. */
  readonly timezone: string;
  /** The first due moment later than `after`; undefined when there is none. */
  next(after: Date): Date | undefined;
  /** Due moments in (`after`, `through`], oldest first: the newest `MAX_SLOTS_AT_ONCE` of them. */
  between(after: Date, through: Date): DueSlots;
  /** The longest wait between two of the next slots: what "a period" means for `job.overdue`. */
  periodMs(from: Date): number | undefined;
}

export interface DueSlots {
  slots: Date[];
  /** Older slots were left out: the time between holds more than the limit. */
  truncated: boolean;
}

/** Slots that one look at the clock records; a minute job reaches it after 16 hours of downtime. */
export const MAX_SLOTS_AT_ONCE = 1_000;
/** Steps through a calendar before giving up on counting; 15-minute slots reach it after a year. */
const MAX_CALENDAR_STEPS = 50_000;
/** Gaps looked at for the period: a weekday job meets its weekend within these. */
const GAPS_FOR_PERIOD = 8;

/** Errors: `bad_schedule` for an expression or zone that croner does not take. */
export function openSchedule(schedule: Schedule): SlotTimes {
  return "cron" in schedule ? cronTimes(schedule.cron, schedule.timezone) : calendarTimes(schedule);
}

function cronTimes(expression: string, timezone: string): SlotTimes {
  const cron = parseCron(expression, timezone);
  const next = (after: Date) => cron.nextRun(after) ?? undefined;
  return {
    cron: expression,
    timezone,
    next,
    between(after, through) {
      const slots: Date[] = [];
      for (let slot = next(after); slot && slot <= through; slot = next(slot)) {
        if (slots.push(slot) > MAX_SLOTS_AT_ONCE) break;
      }
      if (slots.length <= MAX_SLOTS_AT_ONCE) return { slots, truncated: false };
      // One millisecond later, because croner leaves the reference itself out.
      const newest = cron.previousRuns(MAX_SLOTS_AT_ONCE, new Date(through.getTime() + 1));
      return { slots: newest.reverse(), truncated: true };
    },
    periodMs: (from) => longestGapMs(next, from),
  };
}

function parseCron(expression: string, timezone: string): Cron {
  try {
    const cron = new Cron(expression, { timezone, paused: true });
    // A wrong zone shows only when it is used.
    cron.nextRun(new Date(0));
    return cron;
  } catch (cause) {
    throw new VigiaError("bad_schedule", `The schedule "${expression}" in zone "${timezone}" cannot be read.`, {
      hint: "Use five cron fields (minute hour day month weekday) and an IANA zone such as UTC.",
      cause,
    });
  }
}

function calendarTimes({ next, describe }: Extract<Schedule, { next: unknown }>): SlotTimes {
  const nextLater = (after: Date) => {
    const slot = next(after);
    if (slot && slot <= after)
      throw new VigiaError("bad_schedule", `The calendar "${describe}" does not move on from ${after.toISOString()}.`);
    return slot;
  };
  return {
    cron: describe,
    timezone: "",
    next: nextLater,
    between(after, through) {
      const slots: Date[] = [];
      let truncated = false;
      let slot = nextLater(after);
      for (let step = 0; slot && slot <= through; step++) {
        if (step === MAX_CALENDAR_STEPS) return { slots, truncated: true };
        slots.push(slot);
        if (slots.length > MAX_SLOTS_AT_ONCE) {
          slots.shift();
          truncated = true;
        }
        slot = nextLater(slot);
      }
      return { slots, truncated };
    },
    periodMs: (from) => longestGapMs(nextLater, from),
  };
}

function longestGapMs(next: (after: Date) => Date | undefined, from: Date): number | undefined {
  let longest: number | undefined;
  let slot = next(from);
  for (let gap = 0; slot && gap < GAPS_FOR_PERIOD; gap++) {
    const following = next(slot);
    if (!following) break;
    longest = Math.max(longest ?? 0, following.getTime() - slot.getTime());
    slot = following;
  }
  return longest;
}
