import type { Sleep } from "./time-limit.ts";

/** A part of the state that is worth reading again. */
export type Want = "status" | "scores" | "portfolio" | "mirror";

/** What waits to be read; many requests for the same thing are one. */
export interface Wants {
  add(want: Want, options?: { wake: boolean }): void;
  take(): ReadonlySet<Want>;
  /** Resolves when something is wanted, or after `ms`. Rejects when the signal aborts. */
  waitForMore(ms: number, sleep: Sleep, signal: AbortSignal): Promise<void>;
}

export function createWants(initial: readonly Want[]): Wants {
  let waiting = new Set<Want>(initial);
  let awake = false;
  let wake: () => void = () => {};
  return {
    add(want, options = { wake: true }) {
      waiting.add(want);
      if (!options.wake) return;
      awake = true;
      wake();
    },
    take() {
      const taken = waiting;
      waiting = new Set();
      awake = false;
      return taken;
    },
    async waitForMore(ms, sleep, signal) {
      if (awake) return;
      const waking = new AbortController();
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        await Promise.race([woken, sleep(ms, AbortSignal.any([signal, waking.signal]))]);
      } finally {
        waking.abort();
      }
    },
  };
}
