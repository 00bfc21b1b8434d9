import type { Context, MiddlewareHandler, Next } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { routePath } from "hono/route";
import type { Scope } from "../db/scope.ts";
import type { Clock } from "../kit/clock.ts";
import { toError } from "../kit/errors.ts";
import type { Ids } from "../kit/ids.ts";
import { type Logger, logContext } from "../kit/log.ts";
import type { Settings } from "../settings.ts";
import type { AddressList } from "./address-list.ts";
import { RequestOrigin } from "./client-address.ts";
import type { ServerEnv } from "./env.ts";
import type { Identity } from "./identity/index.ts";
import type { Metrics } from "./metrics/index.ts";
import { UNMATCHED } from "./metrics/request-metrics.ts";
import { HttpProblem, problemResponse, toProblem } from "./problem.ts";
import { createRateLimiter, tooManyRequests } from "./rate-limit.ts";
import { readRequestId } from "./request-id.ts";

export interface GateOptions {
  settings: Pick<Settings, "corsOrigins" | "logLevel" | "debug">;
  trusted: AddressList;
  identity: Identity;
  metrics: Metrics;
  clock: Clock;
  ids: Ids;
  log: Logger;
}

const MAX_URL_LENGTH = 8_192;
const MAX_PATH_LENGTH = 2_048;
const MAX_BODY_BYTES = 1_048_576;
const WRITES_PER_MINUTE = 30;
const UNKNOWN_IDS_PER_MINUTE = 60;
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
/** Probes and scrapes bring tokens of their own or none. */
const OPEN_PATHS = /^\/(?:health(?:\/|$)|metrics$)/;

/** A route that needs a wider policy (the documentation page) sets its own. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";
const EXPOSED_HEADERS = [
  "ETag",
  "Location",
  "Retry-After",
  "Link",
  "Deprecation",
  "Sunset",
  "X-Request-ID",
  "X-Analysis-Date",
  "X-Data-Age-Seconds",
  "X-Data-Source",
];

/**
 * Everything that happens around every request, as one step because each step costs: id, address, limits, identity,
 * then the route, then headers, figures and the log line. A plain read (no token, no browser origin, nothing to store)
 * takes the short way.
 */
export function createGate(options: GateOptions): MiddlewareHandler<ServerEnv> {
  const { trusted, clock, ids } = options;
  const limits = createLimits(clock);
  const passSlowly = createSlowPass(options, limits);
  const finish = createFinish(options);
  return async (context, next) => {
    const startedAtMs = clock.monotonicMs();
    const request = context.req.raw;
    const { headers, method } = request;
    const requestId = readRequestId(headers) ?? ids.uuid();
    context.set("requestId", requestId);
    context.set("origin", new RequestOrigin(request, context.env, trusted));
    const route = routeTemplate(context);
    const plain = SAFE_METHODS.has(method) && !headers.has("authorization") && !headers.has("origin");
    try {
      limits.checkAddress(context);
      await logContext.run({ correlation_id: requestId }, () =>
        plain && !route.includes(":") ? next() : passSlowly(context, route, next),
      );
    } catch (thrown) {
      refuse(context, thrown);
    }
    finish(context, route, startedAtMs);
  };
}

/** The way of requests with a token, an origin, an id or a body. */
function createSlowPass({ settings, identity }: GateOptions, limits: Limits) {
  const limitBody = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new HttpProblem(413, "body_too_large", "The body is larger than 1 MiB.");
    },
  });
  const shareOrigin = cors({
    origin: [...settings.corsOrigins],
    credentials: true,
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type", "If-None-Match", "Last-Event-ID", "X-Request-ID"],
    exposeHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  });
  const authenticate = async (context: Context<ServerEnv>): Promise<void> => {
    const { raw, path } = context.req;
    const authorization = raw.headers.get("authorization");
    if (authorization === null || OPEN_PATHS.test(path)) return;
    const { isLocal: local } = context.get("origin");
    context.set("scope", await identity.authenticate(authorization, { local }));
  };
  const pass = async (context: Context<ServerEnv>, route: string, next: Next): Promise<void> => {
    try {
      await authenticate(context);
      limits.takeOfClient(context, route);
      if (SAFE_METHODS.has(context.req.method)) await next();
      else await limitBody(context, next);
    } catch (thrown) {
      refuse(context, thrown);
    }
  };
  return async (context: Context<ServerEnv>, route: string, next: Next): Promise<void> => {
    if (!context.req.raw.headers.has("origin")) return pass(context, route, next);
    const preflight = await shareOrigin(context, () => pass(context, route, next));
    if (preflight) context.res = preflight;
  };
}

/** The answer to a refusal of the gate itself; errors of routes were answered before they get here. */
function refuse(context: Context<ServerEnv>, thrown: unknown): void {
  context.error = toError(thrown);
  context.res = problemResponse(context, toProblem(thrown));
}

/** Path of the route that will answer, with its parameters' names; never the raw path. */
function routeTemplate(context: Context<ServerEnv>): string {
  const path = routePath(context, -1);
  return path.endsWith("*") ? UNMATCHED : path;
}

interface Limits {
  /** Throws 414. */
  checkAddress(context: Context<ServerEnv>): void;
  /** Throws 429. */
  takeOfClient(context: Context<ServerEnv>, route: string): void;
}

function createLimits(clock: Clock): Limits {
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
  scope ? `${scope.kind}:${scope.tenantId}:${scope.accountId ?? address}` : address;

function refuseWhen(waitSeconds: number, what: string): void {
  if (waitSeconds > 0) throw tooManyRequests(waitSeconds, what);
}

/** Headers, figures and the log line. */
function createFinish({ settings, identity, metrics, clock, log }: GateOptions) {
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
  headers.set("X-Frame-Options", "DENY");
  headers.set("Referrer-Policy", "no-referrer");
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
