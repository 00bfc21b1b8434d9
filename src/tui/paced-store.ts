import type { Sleep } from "./time-limit.ts";

/** A value whose listeners hear of changes at once, but never more often than every `spacingMs`. */
export interface PacedStore<Value> {
  /** The value as listeners know it. */
  get(): Value;
  update(change: (value: Value) => Value): void;
  subscribe(listener: () => void): () => void;
}

export function createPacedStore<Value>(
  initial: Value,
  { spacingMs, sleep, signal }: { spacingMs: number; sleep: Sleep; signal: AbortSignal },
): PacedStore<Value> {
  const listeners = new Set<() => void>();
  let published = initial;
  let latest = initial;
  let resting = false;

  function publish(): void {
    if (resting || latest === published) return;
    published = latest;
    resting = true;
    for (const listener of listeners) listener();
    sleep(spacingMs, signal).then(
      () => {
        resting = false;
        publish();
      },
      () => {},
    );
  }

  return {
    get: () => published,
    update(change) {
      latest = change(latest);
      publish();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
