import type { Scope } from "../db/scope.ts";
import type { RequestOrigin, ServerBindings } from "./client-address.ts";

/** What the middleware puts into every request's context. */
export interface ServerEnv {
  Bindings: ServerBindings;
  Variables: {
    /** One value for `request_id` in problems, `correlation_id` in logs and rows. */
    requestId: string;
    /** Who is asking; undefined for the anonymous public. */
    scope: Scope | undefined;
    /** Where the request comes from: `origin.address`, `origin.isLocal`. */
    origin: RequestOrigin;
    /** Set by `deprecated(…)`: counted in `legacy_requests_total{route}`. */
    legacyRoute?: string;
    /** Set where ids can be guessed: counts a 404 against the client. */
    onUnknownId?: () => void;
  };
}
