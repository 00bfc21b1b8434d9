import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import type { Clock } from "../../kit/clock.ts";
import { seconds } from "../../kit/duration.ts";
import { HttpProblem } from "../problem.ts";

/** What the issuer itself allows: `Cache-Control: max-age=600` on its key set. */
const KEPT_MS = seconds(600);
/** Between two fetches, whatever made the first one fail: tokens with invented key ids cannot make this process call out more often. */
const COOLDOWN_MS = seconds(30);

export interface RemoteKeysOptions {
  /** Fetches the key set; rejects when it cannot be had. */
  fetchKeySet: () => Promise<unknown>;
  clock: Clock;
}

/**
 * Finds the public key that a token's header names. The set is kept for 600 s, also while its source is down, and never
 * longer: a key that the issuer withdrew must not count for ever. An unknown key id fetches it again, at most every
 * 30 s; all who wait share one fetch. Errors: those of jose, and 503 `keys_unreachable` when only a fetch that failed
 * could tell.
 */
export function createRemoteKeys({ fetchKeySet, clock }: RemoteKeysOptions): JWTVerifyGetKey {
  let held: { find: JWTVerifyGetKey; atMs: number } | undefined;
  let lastFetch: { endedMs: number; failure?: unknown } | undefined;
  let underWay: Promise<void> | undefined;

  const fetchKeys = async (): Promise<void> => {
    try {
      const find = createLocalJWKSet((await fetchKeySet()) as Parameters<typeof createLocalJWKSet>[0]);
      held = { find, atMs: clock.monotonicMs() };
      lastFetch = { endedMs: held.atMs };
    } catch (failure) {
      lastFetch = { endedMs: clock.monotonicMs(), failure };
    }
  };
  const cooldownLeftMs = () => (lastFetch ? lastFetch.endedMs + COOLDOWN_MS - clock.monotonicMs() : 0);
  const findHeld: JWTVerifyGetKey = async (header, token) => {
    if (held === undefined || clock.monotonicMs() - held.atMs >= KEPT_MS) throw new errors.JWKSNoMatchingKey();
    return held.find(header, token);
  };

  return async (header, token) => {
    try {
      return await findHeld(header, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
    }
    if (cooldownLeftMs() <= 0) {
      underWay ??= fetchKeys().finally(() => {
        underWay = undefined;
      });
      await underWay;
    }
    if (lastFetch?.failure !== undefined) throw keysUnreachable(cooldownLeftMs(), lastFetch.failure);
    return findHeld(header, token);
  };
}

function keysUnreachable(waitMs: number, cause: unknown): HttpProblem {
  const waitSeconds = Math.max(1, Math.ceil(waitMs / seconds(1)));
  return new HttpProblem(503, "keys_unreachable", `Tokens cannot be checked just now. Try again in ${waitSeconds} s.`, {
    headers: { "Retry-After": String(waitSeconds) },
    cause,
  });
}
