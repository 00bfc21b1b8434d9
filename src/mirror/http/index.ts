import { createRouter } from "../../server/router.ts";
import { type ControlParts, controlRoutes } from "./control-routes.ts";
import { letterRoutes } from "./letter-routes.ts";

/** The mirror's part of the HTTP API; chained, so that the typed client knows every route. */
export function createMirrorRoutes(parts: ControlParts) {
  return createRouter().route("/", controlRoutes(parts)).route("/", letterRoutes(parts));
}

export type MirrorRoutes = ReturnType<typeof createMirrorRoutes>;
