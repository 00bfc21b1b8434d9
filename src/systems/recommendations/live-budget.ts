import type { Clock } from "../../kit/clock.ts";
import { hours } from "../../kit/duration.ts";
import { VigiaError } from "../../kit/errors.ts";

/** Too many live analyses, or the rest of a source's day is kept for the next batch: answer 429. */
export class LiveLimitError extends VigiaError {
  override readonly name = "LiveLimitError";
  /** For `Retry-After`, at least 1. */
  readonly retryAfterSeconds: number;
  constructor(message: string, retryAfterSeconds: number) {
    super("live_limit", message, {
      retryable: true,
      hint: "Read the stored analysis (mode=cached), or try again later.",
    });
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}

export interface LiveBudget {
  /** Takes `count` analyses, all or none. Errors: `LiveLimitError` with the time at which they would be free. */
  take(count: number): void;
}

const WINDOW_MS = hours(1);

/** At most `limit` analyses in any hour. */
export function createLiveBudget(limit: number, clock: Clock): LiveBudget {
  let startedAtMs: number[] = [];
  return {
    take(count) {
      const now = clock.monotonicMs();
      startedAtMs = startedAtMs.filter((at) => now - at < WINDOW_MS);
      const lacking = count - (limit - startedAtMs.length);
      if (lacking > 0) {
        const freedAtMs = (startedAtMs[lacking - 1] ?? now) + WINDOW_MS;
        const message = `At most ${limit} live analyses an hour; ${limit - startedAtMs.length} of ${count} are free.`;
        throw new LiveLimitError(message, (freedAtMs - now) / 1_000);
      }
      for (let taken = 0; taken < count; taken++) startedAtMs.push(now);
    },
  };
}
