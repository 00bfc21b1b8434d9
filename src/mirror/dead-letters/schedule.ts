import { hours } from "../../kit/duration.ts";

/** Waits before the tries that follow the first, the second … failure; after the last one a letter is parked (concordance 6). */
const RETRY_DELAYS_MS = [hours(1), hours(6), hours(24), hours(24), hours(24)];
export const LONGEST_RETRY_DELAY_MS = Math.max(...RETRY_DELAYS_MS);
/** What it points at is not there yet: it comes with the next drain. */
export const MISSING_PARENT = "23503";
/** A parent that did not come with so many drains will not come with the next one either. */
const DRAINS_TO_WAIT = 5;

type NextTry = { state: "open"; at: Date } | { state: "parked" };

/** When work is tried again that has failed `attempts` times, the last time with this code. */
export function computeNextTry(attempts: number, code: string | null, now: Date): NextTry {
  if (code === MISSING_PARENT && attempts <= DRAINS_TO_WAIT) return { state: "open", at: now };
  const failures = code === MISSING_PARENT ? attempts - DRAINS_TO_WAIT : attempts;
  const delayMs = RETRY_DELAYS_MS[failures - 1];
  return delayMs === undefined ? { state: "parked" } : { state: "open", at: new Date(now.getTime() + delayMs) };
}
