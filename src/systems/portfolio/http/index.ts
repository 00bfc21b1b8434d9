import type { Ids } from "../../../kit/ids.ts";
import type { Audit } from "../../../server/identity/index.ts";
import { createRouter } from "../../../server/router.ts";
import type { DirectoryRules } from "../people/holdings.ts";
import { createUserRecords } from "../people/user-records.ts";
import { analysisRoutes } from "./analysis-routes.ts";
import { chartRoutes } from "./chart-routes.ts";
import { closesRoutes } from "./closes-routes.ts";
import { cycleRoutes } from "./cycle-routes.ts";
import { indicatorRoutes } from "./indicator-routes.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { radarRoutes } from "./radar-routes.ts";
import { universeRoutes } from "./universe-routes.ts";
import { userAdminRoutes } from "./user-admin-routes.ts";
import { userFileRoutes } from "./user-file-routes.ts";
import { userHistoryRoutes } from "./user-history-routes.ts";

export interface RoutesOptions extends PortfolioRoutesOptions {
  audit: Audit;
  ids: Ids;
  /** Which tables say what a user holds. */
  rules: DirectoryRules;
}

/** The system's part of the HTTP API; chained, so that the typed client knows every route. */
export function createPortfolioRoutes({ audit, ids, rules, ...options }: RoutesOptions) {
  const { db, clock } = options;
  return createRouter()
    .route("/", radarRoutes(options))
    .route("/", analysisRoutes(options))
    .route("/", closesRoutes(options))
    .route("/", chartRoutes(options))
    .route("/", indicatorRoutes(options))
    .route("/", cycleRoutes(options))
    .route(
      "/",
      userAdminRoutes({
        records: createUserRecords({ db, clock, ids, ...rules }),
        audit,
      }),
    )
    .route("/", universeRoutes(options, audit))
    .route("/", userFileRoutes(options))
    .route("/", userHistoryRoutes(options));
}

export type PortfolioRoutes = ReturnType<typeof createPortfolioRoutes>;
