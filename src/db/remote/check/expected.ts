import manifest from "../../../../supabase/schema.json" with { type: "json" };
import type { TableShape } from "./catalogue.ts";

/** What a database looks like after all migrations; `scripts/render-schema.ts` makes the file from one. */
export interface ExpectedSchema {
  tables: Record<string, TableShape>;
  /** On `storage.objects`. */
  storagePolicies: Record<string, string>;
}

export const EXPECTED: ExpectedSchema = manifest as ExpectedSchema;
export const EXTENSIONS = ["pg_stat_statements", "pgcrypto", "pg_trgm", "uuid-ossp"];

/** Tables that migration 0013 finds or makes: where it finds one, its access and its types are the owner's affair. */
export const mayPredate = (table: TableShape): boolean => "vigia_synced_at" in table.triggers;

/** How bad a finding on this table is: ours must be as the migrations make it, others' are told. */
export function levelOf(expected: TableShape | undefined, actual: TableShape | undefined): "error" | "warning" {
  if (!expected) return "warning";
  return mayPredate(expected) && actual && actual.class === null ? "warning" : "error";
}
