import type { Clock } from "../kit/clock.ts";
import { HttpProblem } from "./problem.ts";

/** A token bucket for each key: `perMinute` at once, then refilled evenly. */
export interface RateLimiter {
  /** Takes one; returns 0, or the seconds to wait when none is left. */
  take(key: string): number;
  /** The seconds until one is there, without taking it. */
  waitSeconds(key: string): number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Clients remembered; beyond that the longest known is forgotten. */
const MAX_KEYS = 10_000;
const MINUTE_MS = 60_000;

export function createRateLimiter(perMinute: number, clock: Clock): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const current = (key: string): Bucket => {
    const nowMs = clock.monotonicMs();
    const bucket = buckets.get(key) ?? { tokens: perMinute, atMs: nowMs };
    const refill = ((nowMs - bucket.atMs) / MINUTE_MS) * perMinute;
    return { tokens: Math.min(perMinute, bucket.tokens + refill), atMs: nowMs };
  };
  const secondsFor = ({ tokens }: Bucket): number => (tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perMinute) * 60));
  return {
    take(key) {
      const bucket = current(key);
      const wait = secondsFor(bucket);
      if (wait === 0) bucket.tokens -= 1;
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > MAX_KEYS) buckets.delete(buckets.keys().next().value!);
      return wait;
    },
    waitSeconds: (key) => (buckets.has(key) ? secondsFor(current(key)) : 0),
  };
}

/** 429 with the wait in `Retry-After`. */
export const tooManyRequests = (waitSeconds: number, what: string) =>
  new HttpProblem(429, "too_many_requests", `Too many ${what}. Try again in ${waitSeconds} s.`, {
    headers: { "Retry-After": String(waitSeconds) },
  });
