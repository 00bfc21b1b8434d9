import type { Clock } from "../../src/kit/clock.ts";

interface Sleeper {
  wakeAtMs: number;
  wake: () => void;
}

/** A clock that moves only when told to; sleepers wake in order of time. */
export interface FakeClock extends Clock {
  /** Moves forward, waking every sleeper on the way and letting its work run before the next one wakes. */
  advance(ms: number): Promise<void>;
  /** Changes the wall clock without time passing: sleepers do not wake, `monotonicMs` stays. */
  jump(ms: number): void;
  readonly sleepers: number;
}

export function createFakeClock(start = "2026-03-02T12:00:00.000Z"): FakeClock {
  let monotonic = 0;
  let wallOffset = Date.parse(start);
  const sleepers = new Set<Sleeper>();
  return {
    now: () => new Date(wallOffset + monotonic),
    monotonicMs: () => monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (ms <= 0) return resolve();
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          wakeAtMs: monotonic + ms,
          wake: () => {
            signal?.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
    async advance(ms) {
      const target = monotonic + ms;
      await settle();
      for (;;) {
        const next = [...sleepers]
          .filter((sleeper) => sleeper.wakeAtMs <= target)
          .sort((a, b) => a.wakeAtMs - b.wakeAtMs)[0];
        if (!next) break;
        sleepers.delete(next);
        monotonic = Math.max(monotonic, next.wakeAtMs);
        next.wake();
        await settle();
      }
      monotonic = target;
    },
    jump(ms) {
      wallOffset += ms;
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}

/** Turns of the event loop in which woken work may go on (database calls take a few). */
const SETTLING_TURNS = 20;

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLING_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
