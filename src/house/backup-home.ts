import { resolve } from "node:path";
import type { BackupHome } from "../db/backup/backup-home.ts";
import { databaseLocation } from "../db/index.ts";
import { type Clock, createSystemClock } from "../kit/clock.ts";
import type { Settings } from "../settings.ts";

/**
 * The store that the settings name, and the directory of its backups. A `clock` that `VIGIA_NOW` has moved is not theirs: what
 * is dated years ahead would be the newest for years, and what is real would be old enough to be removed.
 */
export function backupHomeOf(settings: Settings, given: Clock): BackupHome {
  const { vigiaDataDir, databaseUrl, environment, vigiaNow } = settings;
  const clock = vigiaNow ? createSystemClock() : given;
  const dataDir = resolve(vigiaDataDir);
  return { dataDir, databasePath: databaseLocation(databaseUrl, dataDir).path, environment, clock };
}
