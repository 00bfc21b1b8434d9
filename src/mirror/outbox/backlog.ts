/** Work on the outbox that takes longer the more rows there are: a process that serves does it once it answers. */
export interface Backlog {
  readonly state: "waiting" | "running" | "finished" | "stopped";
  /** Does it, or waits for whoever does it; after a failure, does it again. */
  finish(): Promise<void>;
  /** Ends it between two pages; the next start does the rest. */
  stop(): Promise<void>;
}

export function createBacklog(work: (signal: AbortSignal) => Promise<void>): Backlog {
  const stopping = new AbortController();
  let current: Promise<void> | undefined;
  let isFinished = false;
  const attempt = async () => {
    try {
      await work(stopping.signal);
      isFinished = true;
    } finally {
      current = undefined;
    }
  };
  return {
    get state() {
      if (stopping.signal.aborted) return "stopped";
      return isFinished ? "finished" : current ? "running" : "waiting";
    },
    async finish() {
      if (isFinished) return;
      current ??= attempt();
      await current;
    },
    async stop() {
      stopping.abort();
      await current?.catch(() => undefined);
    },
  };
}
