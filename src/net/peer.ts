import type { MemoryKind } from "./memory.ts";

/** A remote source and the rules for calling it. Declared by the system (or market) that needs it. */
export interface Peer {
  /** `yahoo`, `fmp`, …: label of counters, budgets, breakers and logs. */
  name: string;
  /** Exact host names, with port when it is not 443; nothing else is reachable, redirects included. */
  hosts: readonly string[];
  /** Attempts including the first. */
  attempts: number;
  /** Waits before the second, third, … attempt; the last one repeats; jitter ±20 %. `Retry-After` wins when longer, up to 60 s. */
  delaysMs: readonly number[];
  /** Time limit of one attempt, redirects and body included. Default: `HTTP_TIMEOUT_MS`. */
  timeoutMs?: number;
  /** Least time between the starts of two requests. */
  spacingMs: number;
  concurrency: number;
  /** Largest body read, after decompression. Default: 10 MiB. */
  maxBodyBytes?: number;
  /** Statuses retried beside 408, 425, 429, 502–504, 520–524. */
  alsoRetry?: readonly number[];
  /** Requests a UTC day for one system; 0 = none allowed, undefined = no limit. */
  dailyLimit?: number;
  /** Consecutive failed calls (after their attempts) that open the breaker, and for how long. Default: never. */
  breaker?: { failures: number; openMs: number };
  /** Statuses after which the peer is not asked again in this run; without a run, for five minutes: FMP 401/403. */
  opensOn?: readonly number[];
  /** What `opensOn` closes: the whole peer (default), or calls of the same `kind`, where one key or path says nothing of another. */
  closes?: "peer" | "kind";
  /** Answers that are remembered across restarts: FMP 402 for the symbol for a week, GNews 403 until the next UTC day. */
  remembers?: readonly RememberRule[];
  /** Extra headers of every request, for example `Accept-Language`. */
  headers?: Readonly<Record<string, string>>;
  /** Query parameters that carry keys: masked in every log, error and counter. Default: apikey, api_key, token, key, access_token. */
  secretParameters?: readonly string[];
  /** Whether path and query as a whole are a key, as in webhook addresses; then only the host is shown. Default: false. */
  secretPath?: boolean;
}

/** A status that stands for the same answer for a while: until then calls fail with `remembered_refusal` and nothing leaves. */
export interface RememberRule {
  status: number;
  /** `subject`: calls with the same `HttpRequest.subject` only; `peer`: every call. */
  scope: "subject" | "peer";
  kind: Exclude<MemoryKind, "breaker">;
  lasts: { forMs: number } | { until: "utc_midnight" };
}
