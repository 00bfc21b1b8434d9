export { createMetrics, type Metrics } from "./metrics.ts";
export { addSystemViews } from "./system-views.ts";
