import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client/sqlite3";
import type { BackupHome } from "../../../src/db/backup/backup-home.ts";
import { createBackup } from "../../../src/db/backup/create-backup.ts";
import { migrateDatabase, openDatabase } from "../../../src/db/index.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";

export interface BackupBench extends Disposable {
  home: BackupHome & { databasePath: string };
  clock: FakeClock;
  dir: string;
  /** Puts a store with `tenants` tenants in place, changed by `change`. */
  put(tenants: number, change?: (client: Client) => Promise<unknown>): Promise<void>;
  create(): ReturnType<typeof createBackup>;
  /** Names in the directory of backups without the guard, sorted. */
  names(): string[];
}

export const START = "2026-03-02T12:00:00.000Z";

/**
 * A data directory whose database was never opened by this process: libSQL keeps closed files open for a while, which
 * no restore in the same process could stand. Contents are made elsewhere and copied into place.
 */
export function openBackupBench(): BackupBench {
  const root = mkdtempSync(join(tmpdir(), "vigia-backup-"));
  const dataDir = join(root, "data");
  mkdirSync(dataDir);
  const clock = createFakeClock(START);
  const home = { dataDir, databasePath: join(dataDir, "vigia.db"), environment: "development", clock };
  const dir = join(dataDir, "backups");
  let made = 0;
  return {
    home,
    clock,
    dir,
    async put(tenants, change) {
      const path = join(root, `made-${++made}.db`);
      await makeStore(path, tenants, change);
      for (const suffix of ["-wal", "-shm"]) rmSync(home.databasePath + suffix, { force: true });
      copyFileSync(path, home.databasePath);
    },
    create: () => createBackup(home),
    names: () =>
      readdirSync(dir)
        .filter((name) => !name.startsWith("backup.guard"))
        .sort(),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A migrated store in one file, its write-ahead log moved in. */
async function makeStore(path: string, tenants: number, change?: (client: Client) => Promise<unknown>): Promise<void> {
  const db = await openDatabase({ url: `file:${path}`, path });
  await migrateDatabase(db, "main");
  for (let count = 0; count < tenants; count++)
    await db.client.execute({
      sql: "insert into tenants (tenant_id, name, name_folded, timezone, settings, created_at, updated_at) values (?, ?, ?, 'UTC', '{}', ?, ?)",
      args: [`tenant-${count}`, `Tenant ${count}`, `tenant ${count}`, START, START],
    });
  await change?.(db.client);
  await db.client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

/** Changes a closed database file, for example a finished backup. */
export async function changeFile(path: string, sql: string): Promise<void> {
  const client = createClient({ url: `file:${path}`, concurrency: 1 });
  await client.execute("PRAGMA journal_mode = DELETE");
  await client.executeMultiple(sql);
  client.close();
}
