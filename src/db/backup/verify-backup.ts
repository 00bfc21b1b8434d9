import { constants } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { dirname } from "node:path";
import { backupFailure } from "./backup-failure.ts";
import { type Backup, findBackup } from "./backup-files.ts";
import { unfinishedPath, withBackupGuard } from "./backup-guard.ts";
import { type BackupHome, requireSpace, storePath } from "./backup-home.ts";
import { findFaults } from "./check-copy.ts";
import { removeDatabase } from "./durable-files.ts";
import { type Manifest, saveManifest } from "./manifest.ts";

/** A backup that has just been verified; `problem` says what speaks against it. */
export type VerifiedBackup = Backup & { manifest: Manifest };

/**
 * Restores a backup (`latest`, a name, a path) into a temporary file, compares it with its manifest and writes the result
 * there. A backup that is not sound is a result, not an error. Errors: those of `findBackup` and `withBackupGuard`.
 */
export async function verifyBackup(home: BackupHome, wanted: string, signal?: AbortSignal): Promise<VerifiedBackup> {
  storePath(home);
  return withBackupGuard(home.dataDir, async (dir) => {
    const backup = await findBackup(home.dataDir, wanted);
    await requireSpace(home, dir, backup.bytes);
    const scratch = unfinishedPath(dir, "verify");
    try {
      return await restoreInto(home, { backup, path: scratch, ...(signal ? { signal } : {}) });
    } finally {
      await removeDatabase(scratch);
    }
  });
}

/** Puts `backup` at `path`, for the owner alone, checks it there and notes the result in its manifest. */
export async function restoreInto(
  { clock }: BackupHome,
  { backup, path, signal }: { backup: VerifiedBackup; path: string; signal?: AbortSignal },
): Promise<VerifiedBackup> {
  await copyFile(backup.file, path, constants.COPYFILE_FICLONE);
  await chmod(path, 0o600);
  const faults = await findFaults(path, backup.manifest, signal);
  const problem = faults.length > 0 ? `${faults.join("; ")}.` : undefined;
  const manifest: Manifest = {
    ...backup.manifest,
    verified_at: problem ? null : clock.now().toISOString(),
    verify_problem: problem ?? null,
  };
  await saveManifest(backup.file, manifest).catch((thrown: unknown) => {
    throw backupFailure(thrown, { noun: "directory of the backup", dir: dirname(backup.file) });
  });
  const { problem: _before, ...known } = backup;
  return { ...known, manifest, ...(problem ? { problem } : {}) };
}
