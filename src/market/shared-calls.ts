export interface SharedCallRules<Request> {
  /** Whether the answer to `running` also answers `wanted`. */
  covers(running: Request, wanted: Request): boolean;
  signalOf(request: Request): AbortSignal;
}

export interface SharedCalls<Request, Answer> {
  /** Runs `work`, or waits for the call with the same key that is under way and takes its answer if it covers this one. */
  call(key: string, request: Request, work: () => Promise<Answer>): Promise<Answer>;
}

/** One call at a time for a key. Who waits is not harmed by the abort of who called first. */
export function createSharedCalls<Request, Answer>(rules: SharedCallRules<Request>): SharedCalls<Request, Answer> {
  const running = new Map<string, { request: Request; answer: Promise<Answer> }>();

  async function call(key: string, request: Request, work: () => Promise<Answer>): Promise<Answer> {
    for (let other = running.get(key); other; other = running.get(key)) {
      const [settled] = await Promise.allSettled([other.answer]);
      rules.signalOf(request).throwIfAborted();
      const aborted = settled.status === "rejected" && rules.signalOf(other.request).aborted;
      if (!aborted && rules.covers(other.request, request)) return other.answer;
    }
    const answer = work();
    running.set(key, { request, answer });
    try {
      return await answer;
    } finally {
      running.delete(key);
    }
  }
  return { call };
}
