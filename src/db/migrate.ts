import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrate } from "drizzle-orm/libsql/migrator";
import { VigiaError } from "../kit/errors.ts";
import type { Database } from "./database.ts";

export const MIGRATIONS_ROOT = join(import.meta.dir, "../../drizzle");

export type MigrationSet = "main" | "logs";

/**
 * Brings a database to the newest schema. A database that already has tables is first copied with `VACUUM INTO` to
 * `<file>.before-<n>.bak`, which is the way back: local migrations only go forward.
 */
export async function migrateDatabase(database: Database, set: MigrationSet, root = MIGRATIONS_ROOT): Promise<void> {
  const migrationsFolder = join(root, set);
  const applied = await appliedMigrations(database);
  const wanted = await plannedMigrations(migrationsFolder);
  if (applied > wanted) {
    throw new VigiaError("db_newer_schema", `The database has ${applied} migrations, this version knows ${wanted}.`, {
      hint: "Start the newer version of Vigía, or restore the copy that it made before its migration.",
    });
  }
  if (applied === wanted) return;
  if (applied > 0) await copyBefore(database, applied);
  try {
    await dropTriggers(database);
    await migrate(database.drizzle, { migrationsFolder });
  } catch (cause) {
    throw new VigiaError("db_migration_failed", "A migration of the local database failed; nothing was changed.", {
      hint: "See the cause in the log; the data are as they were.",
      cause,
    });
  }
}

/**
 * Triggers belong to the version that runs, which makes them anew at its start; migrations have none. Left in place, one that
 * speaks of a table which a migration builds anew would fail it.
 */
async function dropTriggers({ client }: Database): Promise<void> {
  const { rows } = await client.execute("select name from sqlite_master where type = 'trigger'");
  for (const { name } of rows) await client.execute(`drop trigger "${name}"`);
}

async function appliedMigrations({ client }: Database): Promise<number> {
  const journal = await client.execute("select 1 from sqlite_master where name = '__drizzle_migrations'");
  if (journal.rows.length === 0) return 0;
  const count = await client.execute("select count(*) as applied from __drizzle_migrations");
  return Number(count.rows[0]?.applied ?? 0);
}

async function plannedMigrations(folder: string): Promise<number> {
  const journal = (await Bun.file(join(folder, "meta/_journal.json")).json()) as { entries: unknown[] };
  return journal.entries.length;
}

async function copyBefore(database: Database, applied: number): Promise<void> {
  if (!database.path) return;
  const copy = `${database.path}.before-${applied + 1}.bak`;
  // SQLite fills an empty file as it would a new one, which everybody on the machine could read.
  rmSync(copy, { force: true });
  writeFileSync(copy, "", { mode: 0o600 });
  await database.client.execute({ sql: "VACUUM INTO ?", args: [copy] });
}
