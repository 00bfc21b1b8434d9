export { type JobRoutesOptions, jobRoutes } from "./routes.ts";
export type { DataStatus, Quota, StatusContributors } from "./status.ts";
export { createJobVisibility, type JobVisibility } from "./visibility.ts";
