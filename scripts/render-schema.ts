/**
 * `bun run scripts/render-schema.ts` writes `supabase/schema.json`, which `vigia db check` compares a server with, from a
 * database that has all migrations. A test fails when it is out of date.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCatalogue, loadPolicies } from "../src/db/remote/check/catalogue.ts";
import type { Query } from "../src/db/remote/connection.ts";
import { migratedDatabase } from "../test/support/postgres/index.ts";
import { stopPostgres } from "../test/support/postgres/running.ts";

/** The customer's directory is left out: its shape is theirs. */
export async function renderSchema(query: Query): Promise<string> {
  const catalogue = await loadCatalogue(query, "public");
  const tables = Object.fromEntries(
    Object.entries(catalogue)
      .filter(([, table]) => table.class !== null && table.class !== "directory")
      .map(([name, { rowSecurity: _, rowSecurityForced: __, ...shape }]) => [name, shape]),
  );
  const storagePolicies = await loadPolicies(query, "storage", "objects");
  return `${JSON.stringify({ tables, storagePolicies }, null, 2)}\n`;
}

if (import.meta.main) {
  const database = await migratedDatabase();
  const text = await database.sql.begin((sql) =>
    renderSchema((statement, values = []) => sql.unsafe(statement, values as never[]) as never),
  );
  writeFileSync(join(import.meta.dir, "../supabase/schema.json"), text);
  await database[Symbol.asyncDispose]();
  await stopPostgres();
}
