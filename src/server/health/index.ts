export { schedulerProbe, sqliteProbe } from "./probes.ts";
export { createReadiness, type Probe, type Readiness, type ReadinessReport } from "./readiness.ts";
export { type HealthOptions, healthRoutes } from "./routes.ts";
