/** What a system sees of the network. */
export interface HttpClient {
  /**
   * One call with its retries. Resolves with the answer for 2xx, and for statuses listed in `accept`; else rejects with
   * `HttpCallError`. Never resolves with an unread body: it is read within the time and size limits.
   */
  call(peer: string, request: HttpRequest): Promise<HttpAnswer>;
  /** Requests left today for a peer in this system's budget; Infinity without a limit. */
  budgetLeft(peer: string): Promise<number>;
}

export interface HttpRequest {
  /** Absolute address. */
  url: string;
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  signal: AbortSignal;
  /** What the call is for (`chart`, `news`): label of counters, so one of a few words. */
  kind: string;
  /**
   * The symbol or row that the call is about: remembered refusals are per peer and subject. Where one resource of a
   * symbol may be refused and another not, put both in: `ratios:YPF`.
   */
  subject?: string;
  /** Whether a write may be repeated after an ambiguous failure. GET always may. Default: false. */
  idempotent?: boolean;
  /** Statuses beside 2xx that resolve. */
  accept?: readonly number[];
  /** Answers with an accepted status that are tried again all the same: a deadlock comes as a plain 500. */
  retryIf?: (status: number, text: string) => boolean;
  /** Budget that must stay untouched (kept for the next batch); the call is refused with `budget_reserved` when it would not. */
  reserve?: number;
  /** Time limit of one attempt, when it differs from the peer's. */
  timeoutMs?: number;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** Parses the body; throws `HttpCallError` with code `bad_body` (HTML instead of JSON, truncated JSON). */
  json(): unknown;
}
