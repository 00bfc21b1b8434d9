/** Rejects with the reason once the signal aborts; never resolves. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/**
 * Aborts `controller` when one of `signals` does. Returns the way out, which takes the listeners off again: a job's
 * signal lives longer than its calls and must not gather one for each.
 */
export function linkAbort(controller: AbortController, signals: readonly AbortSignal[]): () => void {
  const unlinks = signals.map((signal) => {
    const onAbort = () => controller.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    return () => signal.removeEventListener("abort", onAbort);
  });
  return () => unlinks.forEach((unlink) => void unlink());
}
