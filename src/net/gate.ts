import { bulkhead } from "cockatiel";
import type { Clock } from "../kit/clock.ts";
import { createMutex } from "../kit/mutex.ts";
import { whenAborted } from "./abort.ts";

/** Keeps a peer's requests apart and few at a time, across all systems and runs of the process. */
export interface Gate {
  /** Runs `task` when fewer than `concurrency` others run, in the order of asking; an abort leaves the queue at once. */
  enter<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Resolves when a request may start, `spacingMs` after the one before. */
  turn(signal: AbortSignal): Promise<void>;
}

/** Calls that may wait for one peer; more means that somebody starts calls without end. */
const LONGEST_QUEUE = 10_000;

export function createGate(clock: Clock, limits: { concurrency: number; spacingMs: number }): Gate {
  const places = bulkhead(limits.concurrency, LONGEST_QUEUE);
  const turns = createMutex();
  let nextStartMs = Number.NEGATIVE_INFINITY;

  const waitForStart = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    // Timers may fire a fraction early, hence the loop.
    for (let leftMs = 1; leftMs > 0; ) {
      leftMs = nextStartMs - clock.monotonicMs();
      if (leftMs > 0) await clock.sleep(leftMs, signal);
    }
    nextStartMs = clock.monotonicMs() + limits.spacingMs;
  };

  return {
    async enter(task, signal) {
      let started = false;
      const working = places.execute(() => {
        started = true;
        return task();
      }, signal);
      // The bulkhead notices an abort only when a place becomes free; a task that runs ends by itself and is waited for.
      const leaving = whenAborted(signal).catch((reason) => {
        if (started) return working;
        throw reason;
      });
      return await Promise.race([working, leaving]);
    },
    turn: (signal) => Promise.race([turns.run(() => waitForStart(signal)), whenAborted(signal)]),
  };
}
