import { seconds } from "../../kit/duration.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Peer } from "../../net/peer.ts";

const PEER = "constituents";

/** The list of index members as a peer: the host of its address, rules of concordance 6. */
export function constituentsPeer(url: string): Peer {
  return {
    name: PEER,
    hosts: [new URL(url).host],
    attempts: 3,
    delaysMs: [seconds(1), seconds(2)],
    timeoutMs: seconds(10),
    spacingMs: seconds(1),
    concurrency: 1,
    // The list itself is 60 KB.
    maxBodyBytes: 1024 * 1024,
    headers: { Accept: "text/csv, text/plain" },
  };
}

/** The text of the list, unread. Rejects with `HttpCallError`. */
export async function fetchConstituents(http: HttpClient, url: string, signal: AbortSignal): Promise<string> {
  const answer = await http.call(PEER, { url, kind: "list", signal });
  return answer.text;
}
