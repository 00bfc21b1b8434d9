import { lastVerifiedAt, newestBackup } from "../db/backup/backup-files.ts";
import { type BackupHome, REMOTE_STORE } from "../db/backup/backup-home.ts";
import { createBackup } from "../db/backup/create-backup.ts";
import { pruneBackups } from "../db/backup/prune-backups.ts";
import { verifyBackup } from "../db/backup/verify-backup.ts";
import { defineJob, type JobContext, type JobDefinition, type JobResult } from "../jobs/define.ts";
import { days, hours, minutes } from "../kit/duration.ts";
import type { Metrics } from "../server/metrics/index.ts";

/** The daily copy of the store and its weekly verification; both disabled for a store on a server. */
export function backupJobs(home: BackupHome): JobDefinition[] {
  const enabled = home.databasePath !== undefined;
  const about = (sentence: string) => (enabled ? sentence : REMOTE_STORE);
  const shared = { overlap: "skip", timeoutMs: minutes(60), retries: { times: 1, delaysMs: [minutes(60)] } } as const;
  return [
    defineJob({
      ...shared,
      enabled,
      name: "backup_create",
      about: about("Copies the local store into backups/ and removes old copies; the file of run logs is left out."),
      schedule: { cron: "0 4 * * *", timezone: "UTC" },
      catchUp: { mode: "latest", windowMs: hours(24) },
      run: (context) => create({ ...home, clock: context.clock }, context),
    }),
    defineJob({
      ...shared,
      enabled,
      name: "backup_verify",
      about: about("Restores the newest backup into a temporary file and compares it with its manifest."),
      schedule: { cron: "0 5 * * 0", timezone: "UTC" },
      catchUp: { mode: "latest", windowMs: days(7) },
      run: (context) => verify({ ...home, clock: context.clock }, context),
    }),
  ];
}

async function create(home: BackupHome, { signal, log }: JobContext): Promise<JobResult> {
  const { name, bytes, manifest } = await createBackup(home, signal);
  const made = { file: name, bytes, duration_ms: manifest?.duration_ms ?? null };
  log.info("backup.created", `${name}: ${bytes} bytes.`, made);
  const pruned = (await pruneBackups(home)).map((backup) => backup.name);
  if (pruned.length > 0) log.info("backup.pruned", `Removed ${pruned.join(", ")}.`, { pruned });
  return { outcome: "ok", unitsWritten: 1, errors: 0, logData: { ...made, pruned } };
}

async function verify(home: BackupHome, { signal, log }: JobContext): Promise<JobResult> {
  const { name, problem } = await verifyBackup(home, "latest", signal);
  const logData = { file: name, problem: problem ?? null };
  if (problem === undefined) {
    log.info("backup.verified", `${name} can be restored.`, logData);
    return { outcome: "ok", unitsWritten: 1, errors: 0, logData };
  }
  const message = `${name} cannot be relied on: ${problem}`;
  log.error("backup.not_sound", message, logData);
  return { outcome: "failed", unitsWritten: 0, errors: 1, logData, message };
}

/** `backup_last_success_timestamp` and `backup_last_verify_timestamp`; 0 while there is none. */
export function watchBackups(metrics: Metrics, { dataDir, databasePath }: BackupHome): void {
  if (databasePath === undefined) return;
  const labels = { target: "local" };
  const toSeconds = (at: Date | undefined) => (at?.getTime() ?? 0) / 1_000;
  metrics.collect("backups", async () => {
    metrics.set("backup_last_success_timestamp", toSeconds((await newestBackup(dataDir))?.createdAt), labels);
    metrics.set("backup_last_verify_timestamp", toSeconds(await lastVerifiedAt(dataDir)), labels);
  });
}
