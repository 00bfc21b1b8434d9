const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** A length of time in its largest two units, seconds only below a minute: `45s`, `12m`, `3h05m`, `2d04h`. */
export function renderSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE_MS) return `${Math.floor(span / SECOND_MS)}s`;
  if (span < HOUR_MS) return `${Math.floor(span / MINUTE_MS)}m`;
  if (span < DAY_MS) return `${Math.floor(span / HOUR_MS)}h${twoDigits(Math.floor((span % HOUR_MS) / MINUTE_MS))}m`;
  return `${Math.floor(span / DAY_MS)}d${twoDigits(Math.floor((span % DAY_MS) / HOUR_MS))}h`;
}

/** Like `renderSpan`, with seconds below an hour (`1m05s`): for what is watched while it happens. */
export function renderExactSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE_MS || span >= HOUR_MS) return renderSpan(span);
  return `${Math.floor(span / MINUTE_MS)}m${twoDigits(Math.floor((span % MINUTE_MS) / SECOND_MS))}s`;
}

/** How long ago, for what changes by the minute: `<1m`, `12m`, `3h05m`. */
export const renderAge = (ms: number): string => (ms < MINUTE_MS ? "<1m" : renderSpan(ms));

/** Time left until `targetMs`: `in 3h05m`, or `due` once it has come. */
export function renderCountdown(targetMs: number, nowMs: number): string {
  const left = targetMs - nowMs;
  return left <= 0 ? "due" : `in ${renderSpan(left)}`;
}

export interface Watched {
  /** Something is shown that changes every second. */
  running: boolean;
  /** Nearest moment that is counted down to; null for none. */
  nextRunMs: number | null;
}

/**
 * The unit in which time is shown now: seconds while a run goes on or less than a minute before one, else minutes.
 * Also seconds in the minute after, because a time cut to its minute would still lie before the run.
 */
export function displayUnitMs(nowMs: number, { running, nextRunMs }: Watched): number {
  const isNear = nextRunMs !== null && Math.abs(nextRunMs - nowMs) <= MINUTE_MS;
  return running || isNear ? SECOND_MS : MINUTE_MS;
}

/** Milliseconds until what is shown of the time changes. */
export function untilNextDisplayMs(nowMs: number, watched: Watched): number {
  const unit = displayUnitMs(nowMs, watched);
  const boundary = unit - (nowMs % unit);
  const finerIn = watched.nextRunMs === null ? Number.POSITIVE_INFINITY : watched.nextRunMs - MINUTE_MS - nowMs;
  return finerIn > 0 ? Math.min(boundary, finerIn) : boundary;
}
