import { existsSync } from "node:fs";
import { type Database, databaseLocation, openDatabase } from "../db/index.ts";
import { VigiaError } from "../kit/errors.ts";
import type { Settings } from "../settings.ts";
import { refuseDuringRestore } from "./backup-restore.ts";

/** The house's store as a command reads it, whether or not a process runs on it. It is neither made nor migrated. */
export interface OwnStore {
  readonly db: Database;
  /** Runs a read of `what` (`stored prices`). Errors: `db_unreadable`, for example for an older schema; those of `work`. */
  read<Value>(what: string, work: (db: Database) => Promise<Value>): Promise<Value>;
  close(): void;
}

/** Undefined when there is no store yet. Errors: `restore_running`, those of `openDatabase`. */
export async function openOwnStore(
  { databaseUrl, databaseAuthToken: authToken }: Pick<Settings, "databaseUrl" | "databaseAuthToken">,
  dataDir: string,
): Promise<OwnStore | undefined> {
  refuseDuringRestore(dataDir);
  const location = databaseLocation(databaseUrl, dataDir);
  if (location.path && !existsSync(location.path)) return undefined;
  const db = await openDatabase({ ...location, ...(authToken ? { authToken } : {}) });
  return {
    db,
    read: (what, work) =>
      work(db).catch((cause) => {
        if (cause instanceof VigiaError) throw cause;
        throw new VigiaError("db_unreadable", `The ${what} in ${location.path ?? "DATABASE_URL"} cannot be read.`, {
          hint: "Start Vigía once, which brings an older database up to date; the log of that start says more.",
          cause,
        });
      }),
    close: () => db.close(),
  };
}
