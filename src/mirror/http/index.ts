import { createRouter } from "../../server/router.ts";
import { type ControlOptions, controlRoutes } from "./control-routes.ts";
import { letterRoutes } from "./letter-routes.ts";

/** The mirror's part of the HTTP API; chained, so that the typed client knows every route. */
export function createMirrorRoutes(options: ControlOptions) {
  return createRouter().route("/", controlRoutes(options)).route("/", letterRoutes(options));
}

export type MirrorRoutes = ReturnType<typeof createMirrorRoutes>;
