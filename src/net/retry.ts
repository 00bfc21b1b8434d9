import { days, seconds } from "../kit/duration.ts";
import type { Random } from "../kit/random.ts";
import type { HttpCallCode } from "./http-call-error.ts";
import type { Peer } from "./peer.ts";

/** Request timeout, too early, too many requests, bad gateway, unavailable, gateway timeout, and Cloudflare's own 520–524. */
const RETRIED_STATUSES = new Set([408, 425, 429, 502, 503, 504, 520, 521, 522, 523, 524]);
/** A longer `Retry-After` ends the call: whoever asked knows better what to do with the time. */
const LONGEST_RETRY_AFTER_MS = seconds(60);
/** Farther dates are taken as this one, so that they stay valid dates. */
const FARTHEST_RETRY_AFTER_MS = days(400);
const JITTER = 0.2;

/** What went wrong with one attempt, as far as trying again depends on it. */
export interface AttemptFailure {
  code: HttpCallCode;
  status?: number | undefined;
  /** Whether the peer may have seen the request. */
  sent: boolean;
  retryAfterMs?: number | undefined;
  /** The caller read in the answer that a second try may help, whatever the status says. */
  passing?: boolean;
}

/** Milliseconds to wait before the next attempt; undefined when there is none. `repeatable`: a second time does no harm. */
export function waitBeforeRetry(
  peer: Peer,
  failure: AttemptFailure,
  { attempt, repeatable, random }: { attempt: number; repeatable: boolean; random: Random },
): number | undefined {
  if (attempt >= peer.attempts || !mayHelp(peer, failure)) return undefined;
  if (!repeatable && mayHaveBeenDone(failure)) return undefined;
  const retryAfterMs = failure.retryAfterMs ?? 0;
  if (retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
  const delayMs = peer.delaysMs[attempt - 1] ?? peer.delaysMs.at(-1) ?? 0;
  return Math.max(delayMs * (1 - JITTER + 2 * JITTER * random()), retryAfterMs);
}

/** Whether the same call may succeed later. */
export function mayHelp(
  peer: Peer,
  { code, status, passing }: Pick<AttemptFailure, "code" | "status" | "passing">,
): boolean {
  if (passing) return true;
  if (code === "network" || code === "timeout") return true;
  if (code !== "http_status" || status === undefined) return false;
  return RETRIED_STATUSES.has(status) || (peer.alsoRetry ?? []).includes(status);
}

/** A refusal for its rate (429), and "unavailable, come back then" (503 with `Retry-After`), say that nothing was done. */
function mayHaveBeenDone({ code, status, sent, retryAfterMs }: AttemptFailure): boolean {
  if (code !== "http_status") return sent;
  return !(status === 429 || (status === 503 && retryAfterMs !== undefined));
}

/** `Retry-After` as milliseconds from `now`: whole seconds or an HTTP date. Undefined when absent or unreadable. */
export function parseRetryAfter(header: string | null, now: Date): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), FARTHEST_RETRY_AFTER_MS);
}
