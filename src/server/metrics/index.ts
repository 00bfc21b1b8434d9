export type { Family } from "./families.ts";
export { type ClientCall, createMetrics, type Metrics } from "./metrics.ts";
export { addSystemViews, type SystemViewOptions } from "./system-views.ts";
export type { View } from "./view.ts";
