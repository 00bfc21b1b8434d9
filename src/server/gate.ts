import type { Context, MiddlewareHandler, Next } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { routePath } from "hono/route";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import type { Settings } from "../settings.ts";
import type { AddressList } from "./address-list.ts";
import { IMPORT_MEBIBYTES } from "./body-size.ts";
import { RequestOrigin } from "./client-address.ts";
import type { ServerEnv } from "./env.ts";
import { createFinish } from "./finish.ts";
import type { Identity } from "./identity/index.ts";
import { inLogContext } from "./log-context.ts";
import type { Metrics } from "./metrics/index.ts";
import { UNMATCHED } from "./metrics/request-metrics.ts";
import { HttpProblem, problemResponse, toProblem } from "./problem.ts";
import { readRequestId } from "./request-id.ts";
import { createLimits, type Limits, SAFE_METHODS } from "./request-limits.ts";

export interface GateOptions {
  settings: Pick<Settings, "corsOrigins" | "logLevel" | "debug">;
  trusted: AddressList;
  identity: Identity;
  metrics: Metrics;
  clock: Clock;
  ids: Ids;
  log: Logger;
}

/** Routes that take whole files. */
const IMPORT_ROUTES = /\/import(?:\/|$)/;
/** Probes and scrapes bring tokens of their own or none. */
const OPEN_PATHS = /^\/(?:health(?:\/|$)|metrics$)/;

/** What scripts of other origins may read of an answer. */
const EXPOSED_HEADERS = [
  "ETag",
  "Location",
  "Retry-After",
  "Content-Disposition",
  "Link",
  "Deprecation",
  "Sunset",
  "X-Request-ID",
  "X-Analysis-Date",
  "X-Data-Age-Seconds",
  "X-Data-Source",
  "X-Revision",
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
      // Following the work through its awaits costs as much as the answer: a plain read that logs opens `inLogContext`.
      if (plain && !route.includes(":")) await next();
      else await inLogContext(context, () => passSlowly(context, route, next));
    } catch (thrown) {
      refuse(context, thrown);
    }
    finish(context, route, startedAtMs);
  };
}

/** The way of requests with a token, an origin, an id or a body. */
function createSlowPass({ settings, identity }: GateOptions, limits: Limits) {
  const limitBody = bodyLimitOf(1);
  const limitImport = bodyLimitOf(IMPORT_MEBIBYTES);
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
      // A stranger's large body is not even read.
      else if (IMPORT_ROUTES.test(route) && context.get("scope")) await limitImport(context, next);
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

/** 413 beyond so many MiB, counted while reading when no length is declared. */
const bodyLimitOf = (mebibytes: number): MiddlewareHandler =>
  bodyLimit({
    maxSize: mebibytes * 1_048_576,
    onError: () => {
      throw new HttpProblem(413, "body_too_large", `The body is larger than ${mebibytes} MiB.`);
    },
  });

/** The answer to a refusal of the gate itself; errors of routes were answered before they get here. */
function refuse(context: Context<ServerEnv>, thrown: unknown): void {
  // Some libraries throw objects that are no errors; the log should still say what they were.
  context.error = thrown instanceof Error ? thrown : new Error(Bun.inspect(thrown));
  context.res = problemResponse(context, toProblem(thrown));
}

/** Path of the route that will answer, with its parameters' names; never the raw path. */
function routeTemplate(context: Context<ServerEnv>): string {
  const path = routePath(context, -1);
  return path.endsWith("*") ? UNMATCHED : path;
}
