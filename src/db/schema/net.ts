import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { calendarDate, instant } from "../columns.ts";

/** Outgoing requests counted by system, peer, kind, outcome and UTC day; daily budgets are read from here. */
export const httpUsage = sqliteTable(
  "http_usage",
  {
    day: calendarDate("day").notNull(),
    system: text("system").notNull(),
    peer: text("peer").notNull(),
    kind: text("kind").notNull(),
    /** `2xx` … `5xx`, `network`, `timeout`, or `refused` for what never left. */
    statusClass: text("status_class").notNull(),
    requests: integer("requests").notNull().default(0),
    retries: integer("retries").notNull().default(0),
    errors: integer("errors").notNull().default(0),
    bytes: integer("bytes").notNull().default(0),
    durationMs: integer("duration_ms").notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.day, table.system, table.peer, table.kind, table.statusClass] })],
);

/** What a peer told us to remember: refusals (subject = symbol, or `` for the whole peer) and open breakers, with their end. */
export const httpMemory = sqliteTable(
  "http_memory",
  {
    peer: text("peer").notNull(),
    subject: text("subject").notNull().default(""),
    /** `refused`, `unknown`, `quota`, `breaker`. */
    kind: text("kind").notNull(),
    reason: text("reason").notNull(),
    status: integer("status"),
    since: instant("since").notNull(),
    until: instant("until").notNull(),
  },
  (table) => [primaryKey({ columns: [table.peer, table.subject] }), index("http_memory_until").on(table.until)],
);
