import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { instant, json, jsonValid, oneOf } from "../columns.ts";

/** An organisation that owns data: an agency's client, a hotel, or the house itself (`default`). */
export const tenants = sqliteTable(
  "tenants",
  {
    tenantId: text("tenant_id").primaryKey(),
    name: text("name").notNull(),
    /** `name` folded (lower case, no accents): names are unique without regard to either. */
    nameFolded: text("name_folded").notNull(),
    status: text("status", { enum: ["active", "inactive"] })
      .notNull()
      .default("active"),
    timezone: text("timezone").notNull(),
    /** Hours of the day, 0–23 and 0–24. */
    businessHoursStart: integer("business_hours_start"),
    businessHoursEnd: integer("business_hours_end"),
    settings: json<Record<string, unknown>>("settings").notNull().default(sql`'{}'`),
    source: text("source", { enum: ["sample", "local"] })
      .notNull()
      .default("local"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    uniqueIndex("tenants_name_folded").on(table.nameFolded),
    check("tenants_slug", sql`${table.tenantId} glob '[a-z0-9]*' and length(${table.tenantId}) between 2 and 50`),
    check("tenants_name_length", sql`length(${table.name}) between 2 and 200`),
    check("tenants_status", oneOf("status", ["active", "inactive"])),
    check("tenants_source", oneOf("source", ["sample", "local"])),
    check("tenants_settings_json", jsonValid("settings")),
  ],
);

/** Who did what that changes something: append only. */
export const auditLogs = sqliteTable(
  "audit_logs",
  {
    uid: text("uid").primaryKey(),
    tenantId: text("tenant_id"),
    /** `operator`, `cli`, or an account id. */
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    entity: text("entity"),
    entityId: text("entity_id"),
    details: json<Record<string, unknown>>("details"),
    correlationId: text("correlation_id"),
    ipHash: text("ip_hash"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [
    index("audit_logs_tenant_created").on(table.tenantId, table.createdAt),
    check("audit_logs_details_json", jsonValid("details")),
  ],
);
