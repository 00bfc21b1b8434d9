export { schedulerProbe, sqliteProbe } from "./probes.ts";
export { createReadiness, type Probe, type ReadinessReport } from "./readiness.ts";
export { healthRoutes } from "./routes.ts";
