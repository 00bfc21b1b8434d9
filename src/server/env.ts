import type { Scope } from "../db/scope.ts";

/** What the middleware puts into every request's context. */
export interface ServerEnv {
  Variables: {
    /** One value for `request_id` in problems, `correlation_id` in logs and rows. */
    requestId: string;
    /** Who is asking; undefined for the anonymous public. */
    scope: Scope | undefined;
    /** Address of the peer, after trusted proxies. */
    clientIp: string;
  };
}
