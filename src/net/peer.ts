/** A remote source and the rules for calling it. Declared by the system (or market) that needs it. */
export interface Peer {
  /** `yahoo`, `fmp`, …: label of counters, budgets, breakers and logs. */
  name: string;
  /** Exact host names, with port when it is not 443; nothing else is reachable, redirects included. */
  hosts: readonly string[];
  /** Attempts including the first. */
  attempts: number;
  /** Waits before the second, third, … attempt; jitter ±20 %. `Retry-After` wins when longer, up to 60 s. */
  delaysMs: readonly number[];
  /** Time limit of one attempt, body included. */
  timeoutMs: number;
  /** Least time between the starts of two requests. */
  spacingMs: number;
  concurrency: number;
  /** Largest body read. Default: 10 MiB. */
  maxBodyBytes?: number;
  /** Statuses retried beside 408, 425, 429, 502–504, 520–524. */
  alsoRetry?: readonly number[];
  /** Requests a UTC day for one system; 0 = none allowed, undefined = no limit. */
  dailyLimit?: number;
  /** Consecutive failed calls (after their attempts) that open the breaker, and for how long. Default: never. */
  breaker?: { failures: number; openMs: number };
  /** Statuses that close the door until the end of the run (`breakerScope` = run) or the given time: FMP 401/403. */
  opensOn?: readonly number[];
  /** Extra headers of every request, for example `Accept-Language`. */
  headers?: Readonly<Record<string, string>>;
  /** Query parameters that carry keys: masked in every log, error and counter. */
  secretParameters?: readonly string[];
}
