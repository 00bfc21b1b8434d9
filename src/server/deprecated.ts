import type { MiddlewareHandler } from "hono";
import type { ServerEnv } from "./env.ts";

/** 180 days after the first release with deprecated routes (0.1.0). */
export const FIRST_SUNSET = new Date("2027-05-22T00:00:00Z");

/**
 * Marks a route that still works but has a better one: `Deprecation`, `Sunset`, `Link`, and a count in
 * `legacy_requests_total{route}`. `successor` may hold `{name}` parameters, which are filled from the request's path.
 */
export function deprecated(route: string, successor: string, sunset = FIRST_SUNSET): MiddlewareHandler<ServerEnv> {
  const sunsetText = sunset.toUTCString();
  return async (context, next) => {
    context.set("legacyRoute", route);
    await next();
    const target = successor.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = context.req.param(name);
      return value === undefined ? whole : encodeURIComponent(value);
    });
    context.res.headers.set("Deprecation", "true");
    context.res.headers.set("Sunset", sunsetText);
    context.res.headers.append("Link", `<${target}>; rel="successor-version"`);
  };
}
