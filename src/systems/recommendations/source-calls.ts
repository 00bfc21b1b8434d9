import { errorCode } from "../../kit/errors.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Settings } from "../../settings.ts";
import { sourcePeers } from "./sources/peers.ts";

/** Calls of one source in a run: how many, and how many of them failed for a reason of the source. */
export interface SourceCalls {
  calls: number;
  failed: number;
}

export interface CountingClient {
  http: HttpClient;
  calls(): Record<string, SourceCalls>;
}

/** Statuses that speak of the symbol asked for (FMP's 402, an unknown ticker), not of the source. */
const ABOUT_THE_SYMBOL = new Set([400, 402, 404, 422]);

/** The same client, counting by source. */
export function countCalls(http: HttpClient): CountingClient {
  const bySource = new Map<string, SourceCalls>();
  const count = (peer: string, failed: boolean) => {
    const counted = bySource.get(peer) ?? { calls: 0, failed: 0 };
    bySource.set(peer, { calls: counted.calls + 1, failed: counted.failed + (failed ? 1 : 0) });
  };
  return {
    http: {
      budgetLeft: (peer) => http.budgetLeft(peer),
      async call(peer, request) {
        try {
          const answer = await http.call(peer, request);
          count(peer, false);
          return answer;
        } catch (thrown) {
          if (!request.signal.aborted) count(peer, isFaultOfSource(thrown));
          throw thrown;
        }
      },
    },
    calls: () => Object.fromEntries([...bySource].toSorted(([a], [b]) => a.localeCompare(b))),
  };
}

function isFaultOfSource(thrown: unknown): boolean {
  if (errorCode(thrown) === "remembered_refusal") return false;
  const status = thrown instanceof Error && "status" in thrown ? thrown.status : undefined;
  return !(typeof status === "number" && ABOUT_THE_SYMBOL.has(status));
}

/** A source is down in a run that asked it and got nothing. */
export function sourcesDown(calls: Readonly<Record<string, SourceCalls>>): string[] {
  return Object.keys(calls).filter((source) => calls[source]!.failed === calls[source]!.calls);
}

export type Quota = Record<string, { used: number; limit: number }>;

/** Daily budgets of the sources that were called and have one. */
export async function readQuota(http: HttpClient, settings: Settings, sources: readonly string[]): Promise<Quota> {
  const quota: Quota = {};
  for (const { name, dailyLimit: limit } of sourcePeers(settings))
    if (limit !== undefined && sources.includes(name))
      quota[name] = { used: Math.max(0, limit - (await http.budgetLeft(name))), limit };
  return quota;
}
