import type { BackupHome } from "../db/backup/backup-home.ts";
import { createBackup } from "../db/backup/create-backup.ts";
import { pruneBackups } from "../db/backup/prune-backups.ts";
import { verifyBackup } from "../db/backup/verify-backup.ts";
import type { JobContext, JobResult } from "../jobs/define.ts";

/** The work of `backup_create`: a copy, then old ones go. */
export async function runBackupCreate(home: BackupHome, { signal, log }: JobContext): Promise<JobResult> {
  const { name, bytes, manifest } = await createBackup(home, signal);
  const made = { file: name, bytes, duration_ms: manifest?.duration_ms ?? null };
  log.info("backup.created", `${name}: ${bytes} bytes.`, made);
  const pruned = (await pruneBackups(home)).map((backup) => backup.name);
  if (pruned.length > 0) log.info("backup.pruned", `Removed ${pruned.join(", ")}.`, { pruned });
  return { outcome: "ok", unitsWritten: 1, errors: 0, logData: { ...made, pruned } };
}

/** The work of `backup_verify`: a copy that is not sound fails the run. */
export async function runBackupVerify(home: BackupHome, { signal, log }: JobContext): Promise<JobResult> {
  const { name, problem, unnoted } = await verifyBackup(home, "latest", signal);
  if (unnoted) log.warn("backup.not_noted", `The result of ${name} was not noted: ${unnoted}`, { file: name });
  const logData = { file: name, problem: problem ?? null };
  if (problem === undefined) {
    log.info("backup.verified", `${name} can be restored.`, logData);
    return { outcome: "ok", unitsWritten: 1, errors: 0, logData };
  }
  const message = `${name} cannot be relied on: ${problem}`;
  log.error("backup.not_sound", message, logData);
  return { outcome: "failed", unitsWritten: 0, errors: 1, logData, message };
}
