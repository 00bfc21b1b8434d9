import { defineConfig } from "drizzle-kit";

const logs = process.env.VIGIA_DRIZZLE === "logs";

/** `VIGIA_DRIZZLE=logs` generates for the log file instead of the main one. */
export default defineConfig({
  dialect: "sqlite",
  schema: logs ? "./src/db/schema/run-logs.ts" : "./src/db/schema/index.ts",
  out: logs ? "./drizzle/logs" : "./drizzle/main",
});
