import type { Scope } from "../db/scope.ts";
import type { RequestOrigin } from "./client-address.ts";

/** The part of Bun's server that the app asks; absent when the app is called in the same process. */
export interface ServerBindings {
  requestIP?(request: Request): { address: string } | null;
}

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
