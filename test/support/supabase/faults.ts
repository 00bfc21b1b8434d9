import type { Target } from "./target.ts";

export const FAULT_KINDS = [
  "429",
  "413",
  "502",
  "503",
  "520",
  "hang",
  "stalled-body",
  "reset",
  "reset-after-commit",
  "empty-404",
  "57014",
  "401-expired",
  "truncated-json",
  "slow",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What goes wrong with one request. */
export interface Fault {
  kind: FaultKind;
  /**
   * Whether the service handles the request before the answer goes wrong. Default: only for `reset-after-commit`,
   * `stalled-body`, `truncated-json` and `slow`, which tear or delay a true answer.
   */
  commit?: boolean;
  /** Header `Retry-After` of a 429 or 503, as text. Default: none. */
  retryAfter?: string;
  /** How long a `slow` answer is held back. Default: 50 ms. */
  delayMs?: number;
}

export type Match = (target: Target) => boolean;

export interface RandomFaults {
  /** Between 0 and 1, like `Math.random`. */
  random: () => number;
  probability: number;
  kinds: readonly (FaultKind | Fault)[];
  match?: Match;
}

/** Which requests go wrong. Asked in this order: `next`, `during`, `random`; a request meets one fault at most. */
export interface Faults {
  /** The next request (that matches) meets this fault. Several calls queue up. */
  next(fault: FaultKind | Fault, options?: { match?: Match }): void;
  /** The next `count` requests, or every request of which the predicate is true, until `clear`. */
  during(scope: number | Match, fault: FaultKind | Fault): void;
  /** Every request (that matches) with this probability, until `clear`. */
  random(options: RandomFaults): void;
  /** From now on nothing goes wrong; requests that hang stay as they are. */
  clear(): void;
  /** What has met requests so far, in order. */
  readonly applied: readonly FaultKind[];
}

export interface FaultSchedule extends Faults {
  take(target: Target): Fault | undefined;
}

interface Rule {
  match: Match;
  left: number;
  fault: Fault;
}

export function createFaults(): FaultSchedule {
  let queued: Rule[] = [];
  let lasting: Rule[] = [];
  let chances: RandomFaults[] = [];
  const applied: FaultKind[] = [];
  const find = (target: Target): Fault | undefined => {
    const rule =
      queued.find(({ match, left }) => left > 0 && match(target)) ??
      lasting.find(({ match, left }) => left > 0 && match(target));
    if (rule) {
      rule.left--;
      queued = queued.filter(({ left }) => left > 0);
      return rule.fault;
    }
    for (const { random, probability, kinds, match } of chances) {
      if (kinds.length === 0 || match?.(target) === false || random() >= probability) continue;
      return fault(kinds[Math.min(kinds.length - 1, Math.floor(random() * kinds.length))]!);
    }
    return undefined;
  };
  return {
    next: (kind, { match = () => true } = {}) => void queued.push({ match, left: 1, fault: fault(kind) }),
    during: (scope, kind) =>
      void lasting.push(
        typeof scope === "number"
          ? { match: () => true, left: scope, fault: fault(kind) }
          : { match: scope, left: Number.POSITIVE_INFINITY, fault: fault(kind) },
      ),
    random: (options) => void chances.push(options),
    clear() {
      queued = [];
      lasting = [];
      chances = [];
    },
    applied,
    take(target) {
      const found = find(target);
      if (found) applied.push(found.kind);
      return found;
    },
  };
}

const fault = (kind: FaultKind | Fault): Fault => (typeof kind === "string" ? { kind } : kind);
