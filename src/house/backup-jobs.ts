import { lastVerifiedAt, newestBackup } from "../db/backup/backup-files.ts";
import { type BackupHome, REMOTE_STORE } from "../db/backup/backup-home.ts";
import { defineJob, type JobDefinition } from "../jobs/define.ts";
import { days, hours, minutes } from "../kit/duration.ts";
import type { Metrics } from "../server/metrics/index.ts";

/**
 * The daily copy of the store and its weekly verification; both disabled for a store on a server. Their work is loaded
 * when it is due: a start does not need it.
 */
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
      run: async (context) => {
        const { runBackupCreate } = await import("./run-backups.ts");
        return runBackupCreate(home, context);
      },
    }),
    defineJob({
      ...shared,
      enabled,
      name: "backup_verify",
      about: about("Restores the newest backup into a temporary file and compares it with its manifest."),
      schedule: { cron: "0 5 * * 0", timezone: "UTC" },
      catchUp: { mode: "latest", windowMs: days(7) },
      run: async (context) => {
        const { runBackupVerify } = await import("./run-backups.ts");
        return runBackupVerify(home, context);
      },
    }),
  ];
}

/** `backup_last_success_timestamp` and `backup_last_verify_timestamp`; 0 while there is none. */
export function watchBackups(metrics: Metrics, home: BackupHome): void {
  if (home.databasePath === undefined) return;
  const labels = { target: "local" };
  const toSeconds = (at: Date | undefined) => (at?.getTime() ?? 0) / 1_000;
  metrics.collect("backups", async () => {
    metrics.set("backup_last_success_timestamp", toSeconds((await newestBackup(home))?.createdAt), labels);
    metrics.set("backup_last_verify_timestamp", toSeconds(await lastVerifiedAt(home)), labels);
  });
}
