import { daysBetween, type IsoDate } from "../kit/dates.ts";
import { days } from "../kit/duration.ts";
import type { Bar, Interval } from "./bars.ts";
import type { StoredRange } from "./bars-store.ts";
import { firstSessionFrom, lastCompleteDate, type SessionRules } from "./session.ts";

/** What to ask the source for: everything, what may be new, or nothing. */
export type RefreshPlan = "whole" | "tail" | "nothing";

/** What the source was asked with success. */
export interface Asked {
  /** Oldest date asked for. */
  from: IsoDate;
  /** Newest date that could be complete then. */
  through: IsoDate;
  at: Date;
}

export interface RefreshState {
  stored: StoredRange | undefined;
  /** First date that the source is known to have. */
  sourceFirst: IsoDate | null;
  asked: Asked | undefined;
  rules: SessionRules;
}

export interface WantedBars {
  interval: Interval;
  from: IsoDate;
  /** Bars complete at this moment are wanted. */
  now: Date;
  clockNow: Date;
  /** See `PriceProvider.recheckAfterMs`. */
  recheckAfterMs: number;
}

/** Decides by the calendar alone, without a call. */
export function planRefresh(state: RefreshState, wanted: WantedBars): RefreshPlan {
  const { stored, asked, rules } = state;
  // One bar is no proof against adjustments: it is the one that may change.
  if (!stored || stored.count < 2 || isFrontMissing(stored.first, state, wanted)) return "whole";
  const through = lastCompleteDate(rules, wanted.now, wanted.interval);
  if (stored.last >= through) return "nothing";
  const askedAgoMs = asked && asked.through >= through ? wanted.clockNow.getTime() - asked.at.getTime() : -1;
  return askedAgoMs >= 0 && askedAgoMs < recheckAfterMs(wanted.recheckAfterMs, stored.last, through)
    ? "nothing"
    : "tail";
}

/** A series this far behind has ended or is suspended: once a day is often enough to find out. */
const ENDED_DAYS = 10;
const RECHECK_ENDED_MS = days(1);

/** A source that costs nothing is asked each time all the same. */
function recheckAfterMs(ofSourceMs: number, last: IsoDate, through: IsoDate): number {
  return ofSourceMs > 0 && daysBetween(last, through) > ENDED_DAYS
    ? Math.max(ofSourceMs, RECHECK_ENDED_MS)
    : ofSourceMs;
}

/**
 * An older start than stored is asked for in one piece with the rest, because a front read today would be adjusted for
 * dividends that the stored bars do not know yet.
 */
function isFrontMissing(first: IsoDate, state: RefreshState, { from, interval }: WantedBars): boolean {
  if (firstSessionFrom(from, state.rules, interval) >= first) return false;
  if (state.sourceFirst !== null && state.sourceFirst >= first) return false;
  return state.asked === undefined || from < state.asked.from;
}

/** Two adjusted closes further apart than this are different closes; nearer, they are rounding. */
const SAME_CLOSE = 1e-6;

/**
 * Whether the source tells the past differently: a bar of `before` that is gone, or whose close or adjusted close
 * changed. The newest one may change freely: it is an update, not an adjustment.
 */
export function isHistoryChanged(before: readonly Bar[], answer: readonly Bar[]): boolean {
  const now = new Map(answer.map((bar) => [bar.date, bar]));
  return before.slice(0, -1).some((old) => {
    const bar = now.get(old.date);
    return !bar || differs(old.close, bar.close) || differs(old.adjClose, bar.adjClose);
  });
}

export function hasSameBars(before: readonly Bar[], answer: readonly Bar[]): boolean {
  const columns = ["date", "open", "high", "low", "close", "adjClose", "volume"] as const;
  return (
    before.length === answer.length &&
    before.every((bar, index) => columns.every((column) => bar[column] === answer[index]![column]))
  );
}

function differs(left: number, right: number): boolean {
  return Math.abs(left - right) > SAME_CLOSE * Math.max(Math.abs(left), Math.abs(right));
}

/** A series that starts this much later than asked starts with the source's first bar (longer than any closure of an exchange). */
const LONGEST_CLOSURE_DAYS = 21;

/** First date that the source has: as it says, or as the answer shows. */
export function sourceFirstDate(asked: IsoDate, firstAnswered: IsoDate, said: IsoDate | null): IsoDate | null {
  return daysBetween(asked, firstAnswered) > LONGEST_CLOSURE_DAYS ? firstAnswered : said;
}
