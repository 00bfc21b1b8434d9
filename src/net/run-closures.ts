import type { Clock } from "../kit/clock.ts";

/** Peers that are not asked again by one client: a refused key stays refused for the rest of a run. */
export interface RunClosures {
  close(peer: string, status: number): void;
  find(peer: string): Closure | undefined;
}

export interface Closure {
  status: number;
  /** Undefined: until the end of the run. */
  until: Date | undefined;
}

/** How long a client without a run (server, command line) leaves a peer alone. */
const WITHOUT_RUN_MS = 5 * 60_000;

export function createRunClosures(clock: Clock, hasRun: boolean): RunClosures {
  const closures = new Map<string, Closure & { untilMs: number }>();
  return {
    close(peer, status) {
      const until = hasRun ? undefined : new Date(clock.now().getTime() + WITHOUT_RUN_MS);
      const untilMs = hasRun ? Number.POSITIVE_INFINITY : clock.monotonicMs() + WITHOUT_RUN_MS;
      closures.set(peer, { status, until, untilMs });
    },
    find(peer) {
      const closure = closures.get(peer);
      return closure && clock.monotonicMs() < closure.untilMs ? closure : undefined;
    },
  };
}
