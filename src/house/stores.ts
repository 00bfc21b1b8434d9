import { renameSync, rmSync } from "node:fs";
import {
  type Database,
  type DatabaseLocation,
  databaseLocation,
  isDamaged,
  migrateDatabase,
  openDatabase,
  runLogsLocation,
} from "../db/index.ts";
import { toError } from "../kit/errors.ts";
import type { Settings } from "../settings.ts";

export interface Stores {
  db: Database;
  /** Log lines of runs, in a file of their own. */
  logs: Database;
  /** Moves the write-ahead logs into the files, so that a copy of `vigia.db` alone is whole, and closes both. */
  close(): Promise<void>;
}

export interface StoreWatch {
  /** Every write with its duration. */
  onWrite(durationMs: number, error: Error | undefined): void;
  /** A write that failed because of the file or the disk, after the store's own retries. */
  onFault(): void;
  /** The damaged file of run logs was moved to `aside`. */
  onLogsDamaged(aside: string): void;
}

/** Opens and migrates both files. Errors: `db_open_failed`, `db_newer_schema`, `db_migration_failed`. */
export async function openStores(settings: Settings, dataDir: string, watch: StoreWatch): Promise<Stores> {
  const location = databaseLocation(settings.databaseUrl, dataDir);
  const db = await openDatabase({
    ...location,
    ...(settings.databaseAuthToken ? { authToken: settings.databaseAuthToken } : {}),
    onWrite: (durationMs, error) => {
      watch.onWrite(durationMs, error);
      if (error && isStorageFault(error)) watch.onFault();
    },
  });
  const opened = [db];
  const close = async () => {
    for (const store of opened) {
      // A checkpoint that another reader holds up costs nothing: the log stays beside the file.
      if (store.path) await store.client.execute("PRAGMA wal_checkpoint(TRUNCATE)").catch(() => undefined);
      store.close();
    }
  };
  try {
    await migrateDatabase(db, "main");
    const logs = await openLogs(runLogsLocation(location, dataDir), watch);
    opened.push(logs);
    return { db, logs, close };
  } catch (thrown) {
    await close();
    throw toError(thrown);
  }
}

/** Log lines never stand in the way of results: a damaged file of them is moved aside, and a new one begins. */
async function openLogs(location: DatabaseLocation, watch: StoreWatch): Promise<Database> {
  try {
    return await openMigratedLogs(location);
  } catch (thrown) {
    if (!location.path || !isDamaged(thrown)) throw thrown;
    const aside = `${location.path}.damaged`;
    renameSync(location.path, aside);
    for (const suffix of ["-wal", "-shm"]) rmSync(location.path + suffix, { force: true });
    watch.onLogsDamaged(aside);
    return await openMigratedLogs(location);
  }
}

async function openMigratedLogs(location: DatabaseLocation): Promise<Database> {
  const logs = await openDatabase(location);
  try {
    await migrateDatabase(logs, "logs");
    return logs;
  } catch (thrown) {
    logs.close();
    throw thrown;
  }
}

const STORAGE_FAULT = /^SQLITE_(BUSY|IOERR|FULL|CORRUPT|CANTOPEN|READONLY|NOTADB|LOCKED)/;

/** Refusals that the code expects (a unique index, a check) are no faults of the store. */
function isStorageFault(error: Error): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && STORAGE_FAULT.test(String(cause.code))) return true;
  }
  return false;
}
