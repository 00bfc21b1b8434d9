import { createRoute } from "@hono/zod-openapi";
import { localTimestamp } from "../../../server/local-timestamp.ts";
import { createRouter } from "../../../server/router.ts";
import type { RouteDependencies } from "./dependencies.ts";
import { legacyHealthSchema } from "./legacy-schemas.ts";

const health = createRoute({
  method: "get",
  path: "/api/health",
  tags: ["health"],
  summary: "Which parts of the analysis had data in the last run, as the replaced API said it",
  description: "Nothing is asked outside: the answer is what the last daily_analysis met. Always 200.",
  responses: {
    200: {
      description: "`degraded` when a part had no data for any ticker, or the last run wrote nothing.",
      content: { "application/json": { schema: legacyHealthSchema } },
    },
  },
});

export function analysisHealthRoutes({ loadServices, clock, timezone }: RouteDependencies) {
  return createRouter().openapi(health, async (context) => {
    const services = await loadServices();
    const healthy = Object.values(services).every(Boolean);
    const body = {
      status: healthy ? ("healthy" as const) : ("degraded" as const),
      timestamp: localTimestamp(clock.now(), timezone),
      services,
    };
    return context.json(body, 200, { "Cache-Control": "no-store" });
  });
}
