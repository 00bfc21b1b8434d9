import { seconds } from "../../kit/duration.ts";
import type { Peer } from "../../net/peer.ts";

export const YAHOO_HOSTS = ["query2.finance.yahoo.com", "query1.finance.yahoo.com"] as const;

/**
 * Yahoo Finance as a peer: chart, fundamentals and news share its limits (recommendations.md 14.6).
 * `dailyLimit` is the calling system's own cap a UTC day.
 */
export function yahooPeer(dailyLimit: number): Peer {
  return {
    name: "yahoo",
    hosts: YAHOO_HOSTS,
    attempts: 3,
    delaysMs: [seconds(1), seconds(2)],
    timeoutMs: seconds(15),
    spacingMs: 250,
    concurrency: 2,
    dailyLimit,
    // A refusal speaks for all further calls of its kind in the run (recommendations.md 10.4); prices go on when news is refused.
    opensOn: [401, 403],
    closes: "kind",
    // Some agents get 429 at once; an honest browser-like one does not (14.1).
    headers: { "User-Agent": "Mozilla/5.0 (compatible; Vigia)", Accept: "application/json" },
  };
}
