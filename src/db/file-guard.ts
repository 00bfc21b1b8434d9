import { chmodSync } from "node:fs";
import { createClient } from "@libsql/client/sqlite3";
import { fileUrl } from "./location.ts";

export interface FileGuard {
  release(): void;
}

/**
 * Takes an exclusive lock on `path` that belongs to this process: undefined when somebody holds it. The kernel drops it
 * when the process ends, however it ends, so it can never be stale; it also refuses a second holder in this process.
 *
 * It is SQLite's own lock of an empty database, held by a transaction that never ends, because Bun offers no file locks.
 * Nothing else in this process may open the file: closing any handle on it would drop the lock (POSIX).
 */
export async function holdFileGuard(path: string): Promise<FileGuard | undefined> {
  const client = createClient({ url: fileUrl(path), concurrency: 1, timeout: 0 });
  try {
    const transaction = await client.transaction("write");
    chmodSync(path, 0o600);
    return {
      release() {
        transaction.close();
        client.close();
      },
    };
  } catch (thrown) {
    client.close();
    if (thrown instanceof Error && "code" in thrown && String(thrown.code).startsWith("SQLITE_BUSY")) return undefined;
    throw thrown;
  }
}
