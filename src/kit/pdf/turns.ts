import { yieldToEventLoop } from "../clock.ts";

/** Printing holds the only processor no longer than this, so that a request beside it hardly notices. */
const MAX_HOLD_MS = 8;

/** Called between pieces of work: waits while other work has its turn, if the last time was long ago. */
export type Turn = () => Promise<void>;

export function createTurns(): Turn {
  let sinceMs = performance.now();
  return async () => {
    if (performance.now() - sinceMs < MAX_HOLD_MS) return;
    await yieldToEventLoop();
    sinceMs = performance.now();
  };
}
