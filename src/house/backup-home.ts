import { resolve } from "node:path";
import type { BackupHome } from "../db/backup/backup-home.ts";
import { databaseLocation } from "../db/index.ts";
import type { Clock } from "../kit/clock.ts";
import type { Settings } from "../settings.ts";

/** The store that the settings name, and the directory of its backups. */
export function backupHomeOf(
  { vigiaDataDir, databaseUrl, environment }: Pick<Settings, "vigiaDataDir" | "databaseUrl" | "environment">,
  clock: Clock,
): BackupHome {
  const dataDir = resolve(vigiaDataDir);
  return { dataDir, databasePath: databaseLocation(databaseUrl, dataDir).path, environment, clock };
}
