import { constants } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { toError } from "../../kit/errors.ts";
import { type Backup, findBackup } from "./backup-files.ts";
import { unfinishedPath, withBackupGuard } from "./backup-guard.ts";
import { type BackupHome, requireSpace, storePath } from "./backup-home.ts";
import { findFaults } from "./check-copy.ts";
import { codeOf, removeDatabase } from "./durable-files.ts";
import { type Manifest, manifestPath, saveManifest } from "./manifest.ts";

/** A backup that has just been verified; `problem` says what speaks against it. */
export type VerifiedBackup = Backup & {
  manifest: Manifest;
  /** Why the result is not in the manifest: a backup may lie where nobody can write. */
  unnoted?: string;
};

/**
 * Restores a backup (`latest`, a name, a path) into a temporary file, compares it with its manifest and notes the result
 * there, when it can. A backup that is not sound is a result, not an error. Errors: those of `findBackup` and `withBackupGuard`.
 */
export async function verifyBackup(home: BackupHome, wanted: string, signal?: AbortSignal): Promise<VerifiedBackup> {
  storePath(home);
  return withBackupGuard(home.dataDir, async (dir) => {
    const backup = await findBackup(home, wanted);
    await requireSpace(home, dir, backup.bytes);
    const scratch = unfinishedPath(dir, "verify");
    try {
      return await restoreInto(home, { backup, path: scratch, ...(signal ? { signal } : {}) });
    } finally {
      await removeDatabase(scratch);
    }
  });
}

/** Puts `backup` at `path`, for the owner alone, checks it there and notes the result in its manifest, when it can. */
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
  const unnoted = await saveManifest(backup.file, manifest).then(
    () => undefined,
    (thrown: unknown) =>
      `${manifestPath(backup.file)} cannot be written (${codeOf(thrown) || toError(thrown).message}).`,
  );
  const { problem: _before, ...known } = backup;
  return { ...known, manifest, ...(problem ? { problem } : {}), ...(unnoted ? { unnoted } : {}) };
}
