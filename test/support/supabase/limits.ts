/** What the project allows. Change a field at any time: it holds from the next request on. */
export interface Limits {
  /** Longer request bodies get 413 and a page of HTML from the gateway. Default: no limit. */
  maxBodyBytes: number;
  /** Rows of one answer. Default: 1,000, as hosted. */
  maxRows: number;
  /**
   * `statement_timeout` of the login that serves rest: that of `service_role`, which has none of its own. Default: 8 s.
   * The other roles keep theirs.
   */
  statementTimeoutMs: number | undefined;
  /** Storage's limit for an object where its bucket has none. Default: 50 MiB. */
  maxObjectBytes: number;
}

export const defaultLimits = (): Limits => ({
  maxBodyBytes: Number.POSITIVE_INFINITY,
  maxRows: 1_000,
  statementTimeoutMs: undefined,
  maxObjectBytes: 52_428_800,
});
