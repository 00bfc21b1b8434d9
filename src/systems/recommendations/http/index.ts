import { createRouter } from "../../../server/router.ts";
import { analysisRoutes } from "./analysis-routes.ts";
import type { RouteDependencies } from "./dependencies.ts";
import { frontendRoutes } from "./frontend-routes.ts";
import { analysisHealthRoutes } from "./health-routes.ts";
import { importRoutes } from "./import-routes.ts";
import { legacyRoutes } from "./legacy-routes.ts";
import { recommendationRoutes } from "./recommendation-routes.ts";
import { trackRecordRoutes } from "./track-record-routes.ts";

export type { RouteDependencies } from "./dependencies.ts";

/** The system's part of the HTTP API; chained, so that the typed client knows every route. */
export function createRecommendationRoutes(deps: RouteDependencies) {
  return createRouter()
    .route("/", recommendationRoutes(deps))
    .route("/", trackRecordRoutes(deps))
    .route("/", frontendRoutes(deps))
    .route("/", importRoutes(deps))
    .route("/", analysisHealthRoutes(deps))
    .route("/", legacyRoutes(deps))
    .route("/", analysisRoutes(deps));
}

export type RecommendationRoutes = ReturnType<typeof createRecommendationRoutes>;
