import type { Peer } from "./peer.ts";

/** One peer of one system as `vigia jobs --hosts` shows it. */
export interface HostRow {
  system: string;
  peer: string;
  hosts: readonly string[];
  attempts: number;
  /** Null: the general limit `HTTP_TIMEOUT_MS`. */
  timeout_ms: number | null;
  spacing_ms: number;
  concurrency: number;
  /** Requests a UTC day; null without a limit. */
  daily_limit: number | null;
}

/** Everything that the house may reach, from the declarations alone: what is not in here is refused. */
export function describeHosts(systems: readonly { name: string; peers: readonly Peer[] }[]): HostRow[] {
  return systems.flatMap(({ name, peers }) =>
    peers.map((peer) => ({
      system: name,
      peer: peer.name,
      hosts: peer.hosts,
      attempts: peer.attempts,
      timeout_ms: peer.timeoutMs ?? null,
      spacing_ms: peer.spacingMs,
      concurrency: peer.concurrency,
      daily_limit: peer.dailyLimit ?? null,
    })),
  );
}
