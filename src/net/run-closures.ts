import type { Clock } from "../kit/clock.ts";
import { minutes } from "../kit/duration.ts";
import type { Peer } from "./peer.ts";

/** Peers, or kinds of calls to one, that are not asked again by one client: a refused key stays refused for a run. */
export interface RunClosures {
  close(name: string, status: number): void;
  find(name: string): Closure | undefined;
}

/** What a refusal of `kind` closes at this peer. */
export const closureOf = (peer: Pick<Peer, "name" | "closes">, kind: string): string =>
  peer.closes === "kind" ? `${peer.name}/${kind}` : peer.name;

export interface Closure {
  status: number;
  /** Undefined: until the end of the run. */
  until: Date | undefined;
}

/** How long a client without a run (server, command line) leaves a peer alone. */
const WITHOUT_RUN_MS = minutes(5);

export function createRunClosures(clock: Clock, hasRun: boolean): RunClosures {
  const closures = new Map<string, Closure & { untilMs: number }>();
  return {
    close(name, status) {
      const until = hasRun ? undefined : new Date(clock.now().getTime() + WITHOUT_RUN_MS);
      const untilMs = hasRun ? Number.POSITIVE_INFINITY : clock.monotonicMs() + WITHOUT_RUN_MS;
      closures.set(name, { status, until, untilMs });
    },
    find(name) {
      const closure = closures.get(name);
      return closure && clock.monotonicMs() < closure.untilMs ? closure : undefined;
    },
  };
}
