import type { Context } from "hono";
import type { Scope } from "../db/scope.ts";
import type { Clock } from "../kit/clock.ts";
import type { ServerEnv } from "./env.ts";
import { HttpProblem } from "./problem.ts";
import { createRateLimiter, tooManyRequests } from "./rate-limit.ts";

/** Methods that change nothing. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const MAX_URL_LENGTH = 8_192;
const MAX_PATH_LENGTH = 2_048;
const WRITES_PER_MINUTE = 30;
const UNKNOWN_IDS_PER_MINUTE = 60;

/** What a request may be and do before anybody looks at it. */
export interface Limits {
  /** Throws 414. */
  checkAddress(context: Context<ServerEnv>): void;
  /** Throws 429. */
  takeOfClient(context: Context<ServerEnv>, route: string): void;
}

export function createLimits(clock: Clock): Limits {
  const writes = createRateLimiter(WRITES_PER_MINUTE, clock);
  const unknownIds = createRateLimiter(UNKNOWN_IDS_PER_MINUTE, clock);
  return {
    checkAddress({ req }) {
      if (req.raw.url.length > MAX_URL_LENGTH || req.path.length > MAX_PATH_LENGTH)
        throw new HttpProblem(414, "address_too_long", "The address is too long.");
    },
    takeOfClient(context, route) {
      const client = clientKey(context.get("scope"), context.get("origin").address);
      if (!SAFE_METHODS.has(context.req.method)) refuseWhen(writes.take(client), "changes");
      // Ids can be guessed only where a route takes one; plain reads stay free.
      if (!route.includes(":")) return;
      refuseWhen(unknownIds.waitSeconds(client), "unknown ids");
      context.set("onUnknownId", () => void unknownIds.take(client));
    },
  };
}

const clientKey = (scope: Scope | undefined, address: string): string =>
  scope ? `${scope.kind}:${scope.tenantId}:${scope.accountId ?? scope.userId ?? address}` : address;

function refuseWhen(waitSeconds: number, what: string): void {
  if (waitSeconds > 0) throw tooManyRequests(waitSeconds, what);
}
