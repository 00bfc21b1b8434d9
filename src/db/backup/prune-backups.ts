import { rm } from "node:fs/promises";
import { days } from "../../kit/duration.ts";
import { type Backup, isSafetyCopy, listBackups, verifiedAt } from "./backup-files.ts";
import { withBackupGuard } from "./backup-guard.ts";
import { type BackupHome, storePath } from "./backup-home.ts";
import { removeDatabase, syncToDisk } from "./durable-files.ts";
import { manifestPath } from "./manifest.ts";

export interface KeepRule {
  /** Everything younger stays. */
  keepMs: number;
  /** Of the weeks (UTC, Monday first) that have older ones, the newest copy of each of the last ones stays. */
  keepWeekly: number;
}

export const DEFAULT_KEEP: KeepRule = { keepMs: days(7), keepWeekly: 4 };

/** Removes what `rule` does not keep, and resolves with it. Errors: those of `withBackupGuard`. */
export async function pruneBackups(home: BackupHome, rule: KeepRule = DEFAULT_KEEP): Promise<Backup[]> {
  storePath(home);
  return withBackupGuard(home.dataDir, async (dir) => {
    const surplus = chooseSurplus(await listBackups(home), rule, home.clock.now());
    for (const { file } of surplus) {
      // A copy without a manifest is seen and pruned; a manifest without its copy would stay for ever.
      await rm(manifestPath(file), { force: true });
      await removeDatabase(file);
    }
    await syncToDisk(dir);
    return surplus;
  });
}

/**
 * Of `backups`, newest first, those that go: never the newest sound one, and never the newest verified one. Copies of what a
 * restore replaced take no place of others.
 */
export function chooseSurplus(backups: readonly Backup[], { keepMs, keepWeekly }: KeepRule, now: Date): Backup[] {
  const sound = backups.filter(({ problem }) => problem === undefined);
  const regular = sound.filter((backup) => !isSafetyCopy(backup));
  const kept = new Set([sound[0], regular[0], regular.find((backup) => verifiedAt(backup) !== undefined)]);
  const weeks = new Set<number>();
  const isOld = ({ createdAt }: Backup) => now.getTime() - createdAt.getTime() >= keepMs;
  for (const backup of regular.filter(isOld)) {
    const week = weekOf(backup.createdAt);
    if (weeks.has(week) || weeks.size === keepWeekly) continue;
    weeks.add(week);
    kept.add(backup);
  }
  return backups.filter((backup) => isOld(backup) && !kept.has(backup));
}

/** Weeks since the Monday before 1970, a Thursday. */
const weekOf = (at: Date): number => Math.floor((at.getTime() / days(1) + 3) / 7);
