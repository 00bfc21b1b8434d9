export * from "./identity.ts";
export * from "./jobs.ts";
export * from "./market.ts";
export * from "./mirror.ts";
export * from "./net.ts";
export * from "./portfolio.ts";
export * from "./recommendations.ts";
