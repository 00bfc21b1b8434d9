import type { Context } from "hono";
import type { Clock } from "../kit/clock.ts";
import type { Logger } from "../kit/log.ts";
import type { Settings } from "../settings.ts";
import type { ServerEnv } from "./env.ts";
import type { Identity } from "./identity/index.ts";
import type { Metrics } from "./metrics/index.ts";
import { SAFE_METHODS } from "./request-limits.ts";

/** Framing is refused here, as `X-Frame-Options` would. A route that needs a wider policy (the documentation page) sets its own. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

export interface FinishOptions {
  settings: Pick<Settings, "logLevel" | "debug">;
  identity: Identity;
  metrics: Metrics;
  clock: Clock;
  log: Logger;
}

/** What every answer gets on its way out: headers, figures and the log line. */
export function createFinish({ settings, identity, metrics, clock, log }: FinishOptions) {
  const logsAll = settings.debug || settings.logLevel === "debug";
  return (context: Context<ServerEnv>, route: string, startedAtMs: number): void => {
    const { req } = context;
    const { status } = context.res;
    setHeaders(context);
    if (status === 404) context.get("onUnknownId")?.();
    const durationMs = clock.monotonicMs() - startedAtMs;
    metrics.requests.observe(req.method, route, status, durationMs / 1000);
    const legacyRoute = context.get("legacyRoute");
    if (legacyRoute) metrics.increment("legacy_requests_total", { route: legacyRoute });
    if (logsAll || status >= 400 || !SAFE_METHODS.has(req.method))
      logAnswer(log, {
        method: req.method,
        route,
        status,
        duration_ms: Math.round(durationMs * 10) / 10,
        client_ip_hash: identity.hash(context.get("origin").address),
        correlation_id: context.get("requestId"),
        ...(status >= 500 && context.error ? { error: context.error } : {}),
      });
  };
}

function setHeaders(context: Context<ServerEnv>): void {
  const { headers } = context.res;
  const requestId = context.get("requestId");
  headers.set("X-Request-ID", requestId);
  headers.set("X-Correlation-ID", requestId);
  headers.set("X-Content-Type-Options", "nosniff");
  if (!headers.has("content-security-policy")) headers.set("Content-Security-Policy", CONTENT_POLICY);
  // With an origin, the CORS step said it.
  if (!context.req.raw.headers.has("origin")) headers.append("Vary", "Origin");
}

interface AnswerFields extends Record<string, unknown> {
  method: string;
  route: string;
  status: number;
}

/** Good reads are debug lines, and not even built otherwise. */
function logAnswer(log: Logger, fields: AnswerFields): void {
  const message = `${fields.method} ${fields.route} answered ${fields.status}`;
  if (fields.status >= 500) log.error("http_request", message, fields);
  else if (fields.status >= 400) log.info("http_request", message, fields);
  else if (SAFE_METHODS.has(fields.method)) log.debug("http_request", message, fields);
  else log.info("http_request", message, fields);
}
