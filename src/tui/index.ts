export type { ApiFetch } from "./api.ts";
export { remoteFetch } from "./remote-fetch.ts";
export { type DashboardOptions, type RunningDashboard, startDashboard } from "./start-dashboard.tsx";
