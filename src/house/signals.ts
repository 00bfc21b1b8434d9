import { EXIT } from "../jobs/exit-codes.ts";

/** The operator's wish to end: the first signal asks, the second one insists, a third one does not wait for anything. */
export interface StopRequests {
  /** Resolves at the first SIGTERM, SIGINT or SIGHUP (the terminal went away), or when `request` is called. */
  readonly first: Promise<void>;
  /** Resolves at the second one. */
  readonly second: Promise<void>;
  request(): void;
}

export function listenForSignals(): StopRequests {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let received = 0;
  const request = () => {
    received++;
    if (received === 1) first.resolve();
    else if (received === 2) second.resolve();
    else process.exit(EXIT.interrupted);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, request);
  return { first: first.promise, second: second.promise, request };
}
