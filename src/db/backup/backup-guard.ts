import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { VigiaError } from "../../kit/errors.ts";
import { holdFileGuard } from "../file-guard.ts";
import { backupFailure } from "./backup-failure.ts";
import { backupsDir } from "./backup-files.ts";

const GUARD_FILE = "backup.guard";
/** Copies in the making, and manifests: whoever made them is gone once the guard is free. */
const LEFTOVER = /^\.vigia-.*\.tmp(-\w+)?$|^vigia_.*\.json\.tmp$/;

/** Path of a copy in the making. */
export const unfinishedPath = (dir: string, what: string): string => join(dir, `.vigia-${what}-${process.pid}.tmp`);

/**
 * Runs `work` in the directory of backups (made when it is not there, for its owner alone) while no other process makes,
 * verifies, prunes or restores one; a killed one leaves nothing behind. Errors: `backup_busy`, `backup_dir_unusable`,
 * and those of `work`, put into words by `backupFailure`.
 */
export async function withBackupGuard<Value>(dataDir: string, work: (dir: string) => Promise<Value>): Promise<Value> {
  const dir = backupsDir(dataDir);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
    const guard = await holdFileGuard(join(dir, GUARD_FILE));
    if (!guard) throw busy(dir);
    try {
      for (const name of await readdir(dir)) if (LEFTOVER.test(name)) await rm(join(dir, name), { force: true });
      return await work(dir);
    } finally {
      guard.release();
    }
  } catch (thrown) {
    throw backupFailure(thrown, { noun: "directory of backups", dir });
  }
}

const busy = (dir: string) =>
  new VigiaError("backup_busy", `A backup is being made, verified, pruned or restored in ${dir}.`, {
    hint: "Wait until it ends, then try again.",
    retryable: true,
  });
