import type { Clock } from "../kit/clock.ts";
import type { Progress } from "./define.ts";
import type { LiveProgress } from "./views.ts";

/** `run.progress` events of one run are at least this far apart (4 a second). */
const EVENT_SPACING_MS = 250;

export interface ProgressCounter extends Progress {
  snapshot(): LiveProgress;
  /** Whether something changed since the last call: what a writer of the row asks. */
  takeChanged(): boolean;
  /** Publishes what was held back by the spacing of events. */
  publishHeldBack(): void;
  /** Later calls change nothing: the run is over. */
  close(): void;
}

/**
 * Counts units. The time left is `(total - done) × seconds per unit`: of the last successful runs when they are known
 * (`msPerUnit`), else of this run so far.
 */
export function createProgress(options: {
  clock: Clock;
  msPerUnit: number | undefined;
  publish: (progress: LiveProgress) => void;
}): ProgressCounter {
  const startedMs = options.clock.monotonicMs();
  let done = 0;
  let total: number | null = null;
  let item: string | null = null;
  let changed = false;
  let heldBack = false;
  let open = true;
  let publishedMs = Number.NEGATIVE_INFINITY;

  const etaMs = (): number | null => {
    if (total === null) return null;
    const left = Math.max(total - done, 0);
    if (left === 0) return 0;
    if (options.msPerUnit !== undefined) return Math.round(left * options.msPerUnit);
    return done > 0 ? Math.round((left * (options.clock.monotonicMs() - startedMs)) / done) : null;
  };
  const snapshot = () => ({ done, total, item, etaMs: etaMs() });
  const publish = () => {
    heldBack = false;
    publishedMs = options.clock.monotonicMs();
    options.publish(snapshot());
  };
  const note = () => {
    changed = true;
    if (options.clock.monotonicMs() - publishedMs >= EVENT_SPACING_MS) publish();
    else heldBack = true;
  };

  return {
    total(count) {
      if (!open) return;
      total = count;
      note();
    },
    advance(count = 1, name) {
      if (!open) return;
      done += count;
      if (name !== undefined) item = name;
      note();
    },
    snapshot,
    takeChanged() {
      const was = changed;
      changed = false;
      return was;
    },
    publishHeldBack() {
      if (heldBack) publish();
    },
    close() {
      open = false;
    },
  };
}
