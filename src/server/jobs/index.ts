export { jobRoutes } from "./routes.ts";
export type { StatusContributors } from "./status.ts";
export { createJobVisibility, type JobVisibility } from "./visibility.ts";
