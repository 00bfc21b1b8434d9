import { storePath } from "../db/backup/backup-home.ts";
import { type Restored, type RestoreStep, restoreBackup } from "../db/backup/restore-backup.ts";
import { databaseLocation, runLogsLocation } from "../db/index.ts";
import { acquireLock, readLock } from "../jobs/process-lock.ts";
import { createSystemClock } from "../kit/clock.ts";
import { VigiaError } from "../kit/errors.ts";
import { createIds } from "../kit/ids.ts";
import type { Settings } from "../settings.ts";
import { backupHomeOf } from "./backup-home.ts";
import { openDataDir } from "./data-dir.ts";

/**
 * Replaces the store by a backup while no process may use the data directory. Errors: `already_running` when one does,
 * and those of `restoreBackup`.
 */
export async function restoreOwnStore(
  settings: Settings,
  wanted: string,
  onStep: (step: RestoreStep) => void,
): Promise<Restored> {
  const home = backupHomeOf(settings, createSystemClock());
  storePath(home);
  const dataDir = openDataDir(settings.vigiaDataDir);
  const machineClock = createSystemClock();
  const lock = await acquireLock(dataDir, { bootId: createIds(machineClock).uuid(), clock: machineClock });
  try {
    lock.update({ doing: "restore" });
    const logs = runLogsLocation(databaseLocation(settings.databaseUrl, dataDir), dataDir);
    return await restoreBackup(home, wanted, { logsPath: logs.path ?? "", onStep });
  } finally {
    lock.release();
  }
}

/** For commands that read the store without owning the data directory. Errors: `restore_running`. */
export function refuseDuringRestore(dataDir: string): void {
  const owner = readLock(dataDir);
  if (owner?.doing !== "restore") return;
  throw new VigiaError("restore_running", `Process ${owner.pid} is restoring a backup into ${dataDir}.`, {
    hint: "Try again when it has ended.",
    retryable: true,
  });
}
