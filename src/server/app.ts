import { OpenAPIHono } from "@hono/zod-openapi";
import { getPath } from "hono/utils/url";
import type { Database } from "../db/index.ts";
import type { HouseEvents } from "../jobs/events.ts";
import type { JobRuntime } from "../jobs/runtime.ts";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Logger } from "../kit/log.ts";
import type { HttpDoor } from "../net/door.ts";
import type { Settings } from "../settings.ts";
import { parseAddressList } from "./address-list.ts";
import { ALIASES, type Alias, resolveAlias } from "./aliases.ts";
import { docsRoutes } from "./docs/routes.ts";
import type { ServerEnv } from "./env.ts";
import { eventRoutes } from "./events/routes.ts";
import { createGate } from "./gate.ts";
import {
  createReadiness,
  healthRoutes,
  type Probe,
  type ReadinessReport,
  schedulerProbe,
  sqliteProbe,
} from "./health/index.ts";
import type { Identity } from "./identity/index.ts";
import { createJobVisibility, jobRoutes, type StatusContributors } from "./jobs/index.ts";
import type { Metrics } from "./metrics/index.ts";
import { watchJobs } from "./metrics/job-metrics.ts";
import { metricsRoutes } from "./metrics/routes.ts";
import { watchStorage } from "./metrics/storage-metrics.ts";
import { createNotFound } from "./not-found.ts";
import { type ApiTag, serveDocument } from "./openapi.ts";
import { problemResponse, toProblem } from "./problem.ts";
import { rootRoutes } from "./root-route.ts";
import { StaticPathRouter } from "./static-path-router.ts";

export interface ServerOptions {
  settings: Settings;
  db: Database;
  clock: Clock;
  ids: Ids;
  log: Logger;
  jobs: JobRuntime;
  events: HouseEvents;
  identity: Identity;
  systems: readonly { name: string; routes: OpenAPIHono<ServerEnv>; tags?: readonly ApiTag[] }[];
  /** What `GET /api/jobs/status` says of data and budgets. */
  status: StatusContributors;
  /** Asked for today's outgoing budgets and the breakers' states. */
  door: Pick<HttpDoor, "usageToday" | "breakers">;
  metrics: Metrics;
  readiness: {
    /** Beside the store and the scheduler, which are always asked. */
    probes?: readonly Probe[];
    isShuttingDown(): boolean;
  };
  /** Ends the event streams when it aborts. */
  closing: AbortSignal;
  version: string;
  startedAt: Date;
  aliases?: readonly Alias[];
}

/** The HTTP API: what the house itself serves, and the systems' routes behind the same gate. */
export function createServer(options: ServerOptions) {
  const { settings, db, jobs, events, metrics, aliases = ALIASES } = options;
  const trusted = parseAddressList(settings.trustedProxies, "TRUSTED_PROXIES");
  watchJobs(metrics, events, jobs);
  watchStorage(metrics, db, settings.vigiaDataDir);
  watchDoor(metrics, options.door);

  const app = new OpenAPIHono<ServerEnv>({
    router: new StaticPathRouter(),
    ...(aliases.length === 0 ? {} : { getPath: aliasedPath(aliases) }),
  });
  app.onError((error, context) => {
    context.error = error;
    return problemResponse(context, toProblem(error));
  });
  app.notFound(createNotFound(app));
  app.use("*", createGate({ ...options, trusted }));
  const house = app.route("/", houseRoutes(options)).route("/", docsRoutes());
  for (const { routes } of options.systems) app.route("/", routes);
  const tags = options.systems.flatMap((system) => system.tags ?? []);
  serveDocument(app, { version: options.version, aliases, tags });
  return house;
}

/** The house's own routes, chained so that the typed client knows them. */
function houseRoutes(options: ServerOptions) {
  const { settings, db, clock, log, jobs, events, identity, metrics, version, startedAt } = options;
  const visibility = createJobVisibility(jobs);
  const probes = [
    sqliteProbe(db, clock),
    ...(settings.schedulerEnabled ? [schedulerProbe(jobs, clock)] : []),
    ...(options.readiness.probes ?? []),
  ];
  for (const { name } of probes) metrics.set("dependency_up", 0, { name });
  const readiness = createReadiness({
    probes,
    clock,
    log,
    isShuttingDown: options.readiness.isShuttingDown,
    onReport: (report) => countReport(metrics, report),
  });
  return new OpenAPIHono<ServerEnv>()
    .route("/", rootRoutes({ settings, clock }))
    .route("/", healthRoutes({ readiness, version, startedAt, clock }))
    .route("/", metricsRoutes({ metrics, identity, settings }))
    .route(
      "/",
      jobRoutes({
        jobs,
        visibility,
        audit: identity.audit,
        contributors: options.status,
        schedulerEnabled: settings.schedulerEnabled,
      }),
    )
    .route("/", eventRoutes({ events, visibility, metrics, clock, closing: options.closing }));
}

/** Type of the house's routes for the typed client. */
export type HouseRoutes = ReturnType<typeof houseRoutes>;

const aliasedPath =
  (aliases: readonly Alias[]) =>
  (request: Request): string => {
    const path = getPath(request);
    return resolveAlias(path, aliases)?.path ?? path;
  };

function countReport(metrics: Metrics, { status, dependencies, checked_at }: ReadinessReport): void {
  for (const [name, up] of Object.entries(dependencies)) metrics.set("dependency_up", up ? 1 : 0, { name });
  metrics.set("readiness_up", status === "not_ready" ? 0 : 1);
  metrics.set("readiness_last_check_timestamp", Date.parse(checked_at) / 1000);
}

function watchDoor(metrics: Metrics, door: ServerOptions["door"]): void {
  metrics.collect("budgets", async () => {
    for (const { peer, state } of door.breakers())
      metrics.set("circuit_breaker_state", state === "closed" ? 0 : 1, { peer });
    const usage = await door.usageToday();
    metrics.reset("http_client_budget_used");
    for (const { system, peer, used } of usage) metrics.set("http_client_budget_used", used, { system, peer });
  });
}
