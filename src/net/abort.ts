/** Rejects with the reason once the signal aborts; never resolves. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

export interface LinkedAbort {
  controller: AbortController;
  /** Takes the listeners off the long-lived signals, so that a job's signal does not gather one for each call. */
  unlink(): void;
}

/** A controller that also aborts when one of `signals` does. */
export function linkAbort(signals: readonly AbortSignal[]): LinkedAbort {
  const controller = new AbortController();
  const unlinks = signals.map((signal) => {
    const onAbort = () => controller.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    return () => signal.removeEventListener("abort", onAbort);
  });
  return { controller, unlink: () => unlinks.forEach((unlink) => void unlink()) };
}
