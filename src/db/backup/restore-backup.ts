import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, VigiaError } from "../../kit/errors.ts";
import { backupFailure } from "./backup-failure.ts";
import { type Backup, findBackup, freePath } from "./backup-files.ts";
import { withBackupGuard } from "./backup-guard.ts";
import { type BackupHome, requireSpace, storePath } from "./backup-home.ts";
import { writeBackup } from "./create-backup.ts";
import { removeDatabase, SIDECARS, syncToDisk } from "./durable-files.ts";
import { type Replacement, replaceDatabase } from "./replace-database.ts";
import { forgetDeliveriesInChild, probeInChild } from "./run-in-child.ts";
import { restoreInto, type VerifiedBackup } from "./verify-backup.ts";

/** What a restore is about to do, in this order. */
export type RestoreStep = "verify" | "safety_backup" | "set_aside" | "replace" | "open";

export interface Restored {
  backup: VerifiedBackup;
  databasePath: string;
  /** Copy of what was there; undefined when there was nothing, or when it was too damaged to be copied. */
  safetyBackup: Backup | undefined;
  /** What was there, under its new name; undefined when there was nothing. */
  replaced: string | undefined;
}

export interface RestoreOptions {
  /** File of the run logs: their lines are keyed by ids of runs that the restored store gives out again. */
  logsPath: string;
  onStep?: (step: RestoreStep) => void;
}

/**
 * Puts a verified backup in place of the store. The caller holds the lock of the data directory. Killed at any point, it
 * leaves the old database or the new one. Errors: those of `findBackup`, `withBackupGuard` and `createBackup`;
 * `backup_not_sound`, `restore_in_use`, and `restore_failed` when the new file is in place and does not open.
 */
export async function restoreBackup(home: BackupHome, wanted: string, options: RestoreOptions): Promise<Restored> {
  const path = storePath(home);
  const onStep = options.onStep ?? (() => undefined);
  const next = `${path}.restoring`;
  const blameStoreDir = (thrown: unknown) => {
    throw backupFailure(thrown, { noun: "directory of the database", dir: dirname(path) });
  };
  return withBackupGuard(home.dataDir, async (dir) => {
    try {
      onStep("verify");
      const backup = await prepare(home, { wanted, next }).catch(blameStoreDir);
      onStep("safety_backup");
      const safetyBackup = existsSync(path) ? await writeSafetyBackup(home, dir) : undefined;
      onStep("set_aside");
      const replaced = await putInPlace(home, {
        path,
        next,
        beforeRename: async () => {
          await setLogsAside(home, options.logsPath);
          onStep("replace");
        },
      }).catch(blameStoreDir);
      onStep("open");
      await probe(path, replaced);
      return { backup, databasePath: path, safetyBackup, replaced };
    } finally {
      await removeDatabase(next);
    }
  });
}

/** The wanted backup at `next`, on the disk of the store, verified. */
async function prepare(home: BackupHome, { wanted, next }: { wanted: string; next: string }): Promise<VerifiedBackup> {
  const found = await findBackup(home, wanted);
  await removeDatabase(next);
  await requireSpace(home, dirname(next), found.bytes);
  const backup = await restoreInto(home, { backup: found, path: next });
  if (backup.problem)
    throw new VigiaError("backup_not_sound", `${backup.name} is not restored: ${backup.problem}`, {
      hint: "Choose another one of `vigia backup list`. A newer schema needs the version of Vigía that made it.",
    });
  await forgetDeliveriesInChild(next);
  await syncToDisk(next);
  return backup;
}

/** A database too damaged to be copied is the reason for many a restore: it stays, as it is, under its new name. */
async function writeSafetyBackup(home: BackupHome, dir: string): Promise<Backup | undefined> {
  try {
    return await writeBackup(home, dir, { safetyCopy: true });
  } catch (thrown) {
    const failure = backupFailure(thrown, { noun: "directory of backups", dir });
    if (errorCode(failure) === "db_damaged") return undefined;
    throw failure;
  }
}

/** Resolves with the new name of what was there. */
async function putInPlace(home: BackupHome, files: Omit<Replacement, "aside">): Promise<string | undefined> {
  const existed = existsSync(files.path);
  const aside = asideOf(home, files.path);
  await replaceDatabase({ ...files, aside });
  return existed ? aside : undefined;
}

async function setLogsAside(home: BackupHome, logsPath: string): Promise<void> {
  if (!existsSync(logsPath)) return;
  const aside = asideOf(home, logsPath);
  for (const suffix of ["", ...SIDECARS])
    if (existsSync(logsPath + suffix)) await rename(logsPath + suffix, aside + suffix);
}

const asideOf = ({ clock }: BackupHome, file: string): string =>
  freePath(clock.now(), (stamp) => `${file}.replaced-${stamp}`, existsSync);

async function probe(path: string, replaced: string | undefined): Promise<void> {
  try {
    await probeInChild(path);
  } catch (cause) {
    throw new VigiaError("restore_failed", `The restored database ${path} does not open.`, {
      hint: replaced ? `The one before is ${replaced}: rename it back, and check the disk.` : "Check the disk.",
      cause,
    });
  }
}
