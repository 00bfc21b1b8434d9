/** Resolves after `ms`, or rejects when the signal aborts first. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Real time, for callers that bring no clock. */
export const sleepInRealTime: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });

/** Runs `work` with a signal that aborts after `ms` or with the caller's; rejects then even if `work` never settles. */
export async function withTimeLimit<Value>(
  ms: number,
  { sleep, signal }: { sleep: Sleep; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const limit = new AbortController();
  const done = new AbortController();
  sleep(ms, done.signal).then(
    () => limit.abort(new Error(`no answer within ${ms / 1000} s`)),
    () => {},
  );
  const limited = AbortSignal.any([signal, limit.signal]);
  try {
    return await abortable(work(limited), limited);
  } finally {
    done.abort();
  }
}

/** The promise, or a rejection as soon as the signal aborts. */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
