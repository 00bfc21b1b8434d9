import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../../kit/clock.ts";
import { NO_STORE } from "../no-store.ts";
import { createRouter } from "../router.ts";
import type { Readiness, ReadinessReport } from "./readiness.ts";

const readinessSchema = z
  .object({
    status: z.enum(["ready", "degraded", "not_ready"]),
    dependencies: z.record(z.string(), z.boolean()),
    skipped: z.array(z.string()),
    checked_at: z.string(),
  })
  .openapi("Readiness");

const healthSchema = z
  .object({
    status: z.enum(["healthy", "degraded", "down"]),
    version: z.string(),
    uptime_s: z.number(),
  })
  .openapi("Health");

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

const live = createRoute({
  method: "get",
  path: "/health/live",
  tags: ["health"],
  summary: "Whether the event loop answers",
  responses: { 200: json("Always.", z.object({ status: z.literal("healthy") })) },
});

const ready = createRoute({
  method: "get",
  path: "/health/ready",
  tags: ["health"],
  summary: "Whether the process can do its work",
  responses: {
    200: json("`ready`, or `degraded`: something that it can do without is down.", readinessSchema),
    503: json("`not_ready`: something that it needs is down, or it is stopping.", readinessSchema),
  },
});

const health = createRoute({
  method: "get",
  path: "/health",
  tags: ["health"],
  summary: "State, version and uptime",
  responses: { 200: json("`healthy` or `degraded`.", healthSchema), 503: json("`down`.", healthSchema) },
});

const HEALTH_OF = { ready: "healthy", degraded: "degraded", not_ready: "down" } as const satisfies Record<
  ReadinessReport["status"],
  string
>;

export interface HealthOptions {
  readiness: Readiness;
  version: string;
  startedAt: Date;
  clock: Clock;
}

/** Probes at the root: public, never cached, no error text in any body. */
export function healthRoutes({ readiness, version, startedAt, clock }: HealthOptions) {
  return createRouter()
    .openapi(live, (context) => context.json({ status: "healthy" as const }, 200, NO_STORE))
    .openapi(ready, async (context) => {
      const report = await readiness.check();
      return report.status === "not_ready" ? context.json(report, 503, NO_STORE) : context.json(report, 200, NO_STORE);
    })
    .openapi(health, async (context) => {
      const { status } = await readiness.check();
      const uptime = Math.max(0, Math.round((clock.now().getTime() - startedAt.getTime()) / 1000));
      const body = { status: HEALTH_OF[status], version, uptime_s: uptime };
      return body.status === "down" ? context.json(body, 503, NO_STORE) : context.json(body, 200, NO_STORE);
    });
}
