import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { instant } from "../columns.ts";

/** Log lines of runs. They live in a file of their own (`vigia-logs.db`), so that logs never block results. */
export const runLogs = sqliteTable(
  "run_logs",
  {
    runId: integer("run_id").notNull(),
    seq: integer("seq").notNull(),
    at: instant("at").notNull(),
    level: text("level").notNull(),
    event: text("event").notNull(),
    message: text("message").notNull(),
    /** JSON object of extra fields, redacted. */
    fields: text("fields"),
  },
  (table) => [primaryKey({ columns: [table.runId, table.seq] }), index("run_logs_at").on(table.at)],
);
