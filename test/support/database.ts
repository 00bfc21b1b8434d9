import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, migrateDatabase, openDatabase } from "../../src/db/index.ts";

export interface TestDatabase {
  db: Database;
  logs: Database;
  dir: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A migrated database (and its log file) in a directory of its own: `await using store = await openTestDatabase()`. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const dir = mkdtempSync(join(tmpdir(), "vigia-test-"));
  const db = await openAt(join(dir, "vigia.db"), "main");
  const logs = await openAt(join(dir, "vigia-logs.db"), "logs");
  return {
    db,
    logs,
    dir,
    async [Symbol.asyncDispose]() {
      db.close();
      logs.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function openAt(path: string, set: "main" | "logs"): Promise<Database> {
  const database = await openDatabase({ url: `file:${path}`, path });
  await migrateDatabase(database, set);
  return database;
}
