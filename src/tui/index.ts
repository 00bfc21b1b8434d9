export type { ApiFetch } from "./api.ts";
export { startDashboard } from "./start-dashboard.tsx";
