/** Time as the process sees it. Injected everywhere, so that tests and `VIGIA_NOW` can move it. */
export interface Clock {
  /** Wall-clock time. */
  now(): Date;
  /** Milliseconds that only grow; for measuring durations. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with `signal.reason` when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Longest delay that timers accept; longer sleeps are taken in parts. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock, shifted so that it reads `startAt` now (used by `VIGIA_NOW` to replay stored prices). */
export function createSystemClock(startAt?: Date): Clock {
  const offsetMs = startAt ? startAt.getTime() - Date.now() : 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    monotonicMs: () => performance.now(),
    sleep,
  };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  for (let left = ms; left > 0; left -= MAX_TIMER_MS) await sleepOnce(Math.min(left, MAX_TIMER_MS), signal);
}

function sleepOnce(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", onAbort);
    resolve();
  }, ms);
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}

/** Gives other work (HTTP requests, timers) a turn; call it between items of CPU-heavy loops. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
