import { type Database, databaseLocation, migrateDatabase, openDatabase, runLogsLocation } from "../db/index.ts";
import { toError } from "../kit/errors.ts";
import type { Settings } from "../settings.ts";

export interface Stores {
  db: Database;
  /** Log lines of runs, in a file of their own. */
  logs: Database;
  close(): void;
}

export interface StoreWatch {
  /** Every write with its duration. */
  onWrite(durationMs: number, error: Error | undefined): void;
  /** A write that failed because of the file or the disk, after the store's own retries. */
  onFault(): void;
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
  const close = () => {
    for (const store of opened) store.close();
  };
  try {
    await migrateDatabase(db, "main");
    const logs = await openDatabase(runLogsLocation(location, dataDir));
    opened.push(logs);
    await migrateDatabase(logs, "logs");
    return { db, logs, close };
  } catch (thrown) {
    close();
    throw toError(thrown);
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
