import type { Clock } from "../kit/clock.ts";

export type BreakerState = "closed" | "open" | "half_open";

/** Leave to make one call; exactly one of its three functions is called when the call has ended. */
export interface Permit {
  /** The peer answered. */
  succeeded(): void;
  /** The call failed after all its attempts. True when this opened the breaker. */
  failed(): boolean;
  /** The call says nothing about the peer (aborted, out of budget). */
  released(): void;
  /** Whether the breaker has opened since, by other calls. */
  readonly revoked: boolean;
}

export interface Breaker {
  /** Undefined while the breaker is open, and while its one probe is under way. */
  ask(): Permit | undefined;
  readonly state: BreakerState;
  /** Milliseconds until a probe is let through; 0 when closed. */
  readonly opensInMs: number;
}

/**
 * Opens after `failures` consecutive failed calls, for `openMs`; then one probe decides. Own code because the library's
 * breaker reads the machine's clock, and ours is injected.
 */
export function createBreaker(clock: Clock, rule: { failures: number; openMs: number } | undefined): Breaker {
  let failures = 0;
  let openUntilMs: number | undefined;
  let probe: object | undefined;

  const stillOpenMs = () => (openUntilMs === undefined ? 0 : Math.max(0, openUntilMs - clock.monotonicMs()));
  const open = (openMs: number) => {
    openUntilMs = clock.monotonicMs() + openMs;
    probe = undefined;
  };
  const close = () => {
    openUntilMs = undefined;
    probe = undefined;
    failures = 0;
  };

  const permit = (): Permit => {
    const own = {};
    if (openUntilMs !== undefined) probe = own;
    const isProbe = () => probe === own;
    return {
      succeeded() {
        // An answer to a call from before the opening does not close it; only the probe does.
        if (openUntilMs === undefined || isProbe()) close();
      },
      failed() {
        if (rule === undefined || (openUntilMs !== undefined && !isProbe())) return false;
        failures++;
        if (!isProbe() && failures < rule.failures) return false;
        open(rule.openMs);
        return true;
      },
      released() {
        if (isProbe()) probe = undefined;
      },
      get revoked() {
        return openUntilMs !== undefined && !isProbe();
      },
    };
  };

  return {
    ask: () => (openUntilMs !== undefined && (stillOpenMs() > 0 || probe) ? undefined : permit()),
    get state() {
      if (openUntilMs === undefined) return "closed";
      return stillOpenMs() > 0 ? "open" : "half_open";
    },
    get opensInMs() {
      return stillOpenMs();
    },
  };
}
