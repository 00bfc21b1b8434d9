import { minutes, seconds } from "../../../kit/duration.ts";
import type { Peer } from "../../../net/peer.ts";

/** Attempts, waits, limit and spacing of every source of the market's context. */
const RULES = {
  attempts: 3,
  delaysMs: [seconds(1), seconds(2)],
  alsoRetry: [500],
  timeoutMs: seconds(10),
  spacingMs: seconds(1),
  concurrency: 1,
  maxBodyBytes: 4 * 1024 * 1024,
} as const;

/** To be declared only where prices come from the network. Without its key FRED is not called. */
export const contextPeers = (): Peer[] => [cryptoIndexPeer, stockIndexPeer, fredPeer];

const cryptoIndexPeer: Peer = { name: "alternative_me", hosts: ["api.alternative.me"], ...RULES };

const stockIndexPeer: Peer = {
  name: "feargreedmeter",
  hosts: ["feargreedmeter.com", "www.feargreedmeter.com"],
  ...RULES,
  headers: { Accept: "text/html", "Accept-Language": "en" },
};

const fredPeer: Peer = {
  name: "fred",
  hosts: ["api.stlouisfed.org"],
  ...RULES,
  // Four series wait for each other here: a server that is down must not hold a cycle up for all of their attempts.
  breaker: { failures: 2, openMs: minutes(30) },
  secretParameters: ["api_key"],
};
