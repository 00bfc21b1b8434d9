import { minutes, seconds } from "../../kit/duration.ts";
import type { Peer } from "../../net/peer.ts";
import { mirrorTarget, type Settings } from "../../settings.ts";

/** Label of the mirror's jobs, budgets and counters. */
export const MIRROR_SYSTEM = "mirror";
export const SUPABASE_PEER = "supabase";

const MEBIBYTE = 1024 * 1024;

/** REST and Storage of the project: one request at a time, two a second, as the limits of small plans want it (concordance 6). */
export function mirrorPeers(settings: Settings): Peer[] {
  const target = mirrorTarget(settings);
  if (!target) return [];
  const { mirrorRatePerSecond: rate, mirrorTimeoutMs: timeoutMs } = settings;
  return [
    {
      name: SUPABASE_PEER,
      hosts: [new URL(target.url).host],
      attempts: 4,
      delaysMs: [seconds(2), seconds(4), seconds(8)],
      timeoutMs,
      spacingMs: rate === 0 ? 0 : 1_000 / rate,
      concurrency: 1,
      breaker: { failures: 5, openMs: minutes(1) },
      // A page of a thousand rows with their documents.
      maxBodyBytes: 64 * MEBIBYTE,
    },
  ];
}
