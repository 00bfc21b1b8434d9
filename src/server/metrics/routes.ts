import { createRoute, z } from "@hono/zod-openapi";
import { secretsEqual } from "../../kit/hash.ts";
import type { Settings } from "../../settings.ts";
import { isLoopback, parseAddressList } from "../address-list.ts";
import { bearer, type Identity } from "../identity/identity.ts";
import { createRouter } from "../router.ts";
import type { Metrics } from "./metrics.ts";

/** Declared, not inferred: inferred, the route loses its path for readers without `exactOptionalPropertyTypes`. */
const BEARER_OR_NOTHING: Record<string, string[]>[] = [{ bearer: [] }, {}];

const route = createRoute({
  method: "get",
  path: "/metrics",
  tags: ["health"],
  summary: "Figures in the Prometheus text format 0.0.4",
  description: "For METRICS_ALLOWED_IPS, for the bearer METRICS_TOKEN, and for the operator.",
  security: BEARER_OR_NOTHING,
  responses: {
    200: { description: "All figures.", content: { "text/plain": { schema: z.string() } } },
    403: {
      description: "Anyone else.",
      content: { "application/json": { schema: z.object({ error: z.literal("forbidden") }) } },
    },
  },
});

export interface MetricsRouteOptions {
  metrics: Metrics;
  identity: Identity;
  settings: Pick<Settings, "metricsToken" | "metricsAllowedIps">;
}

export function metricsRoutes({ metrics, identity, settings }: MetricsRouteOptions) {
  const allowed = parseAddressList(settings.metricsAllowedIps, "METRICS_ALLOWED_IPS");
  const tokenOpens = async (authorization: string, local: boolean): Promise<boolean> => {
    const token = bearer(authorization);
    if (token && settings.metricsToken && secretsEqual(token, settings.metricsToken)) return true;
    const scope = await identity.authenticate(authorization, { local }).catch(() => undefined);
    return scope?.kind === "operator";
  };
  return createRouter().openapi(route, async (context) => {
    const { address, isLocal } = context.get("origin");
    const authorization = context.req.header("authorization");
    // What some proxy on this machine passes on comes from a stranger, unless TRUSTED_PROXIES says from whom.
    const allowedPeer = allowed.has(address) && (isLocal || !isLoopback(address));
    const open = allowedPeer || (authorization !== undefined && (await tokenOpens(authorization, isLocal)));
    if (!open) return context.json({ error: "forbidden" as const }, 403);
    return context.text(await metrics.render(), 200, {
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
      "Cache-Control": "no-store",
    });
  });
}
