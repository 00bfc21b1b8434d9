import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../kit/clock.ts";
import type { Settings } from "../settings.ts";
import { localTimestamp } from "./local-timestamp.ts";
import { createRouter } from "./router.ts";

const root = createRoute({
  method: "get",
  path: "/",
  tags: ["health"],
  summary: "Name of the service; a browser is sent to the documentation",
  responses: {
    200: {
      description: "The body that the old API had; `timestamp` is local time without a zone.",
      content: {
        "application/json": {
          schema: z.object({ message: z.string(), status: z.literal("healthy"), timestamp: z.string() }),
        },
      },
    },
    302: { description: "For browsers (`Accept: text/html`)." },
  },
});

export interface RootOptions {
  settings: Pick<Settings, "appName" | "dailyAnalysisTimezone">;
  clock: Clock;
}

export function rootRoutes({ settings, clock }: RootOptions) {
  return createRouter().openapi(root, (context) => {
    if (context.req.header("accept")?.includes("text/html")) return context.redirect("/docs", 302);
    const timestamp = localTimestamp(clock.now(), settings.dailyAnalysisTimezone);
    return context.json({ message: settings.appName, status: "healthy" as const, timestamp }, 200, { Vary: "Accept" });
  });
}
