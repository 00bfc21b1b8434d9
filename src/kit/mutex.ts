/** Runs tasks one after the other, in the order in which they asked. */
export interface Mutex {
  run<T>(task: () => Promise<T>): Promise<T>;
  readonly waiting: number;
}

export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    run<T>(task: () => Promise<T>): Promise<T> {
      waiting++;
      const result = tail.then(() => {
        waiting--;
        return task();
      });
      tail = result.catch(() => undefined);
      return result;
    },
    get waiting() {
      return waiting;
    },
  };
}
