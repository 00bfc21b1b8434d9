import { eq } from "drizzle-orm";
import { lastVerifiedAt, newestBackup } from "../db/backup/backup-files.ts";
import type { BackupHome } from "../db/backup/backup-home.ts";
import type { Database } from "../db/index.ts";
import { tenants } from "../db/schema/index.ts";
import { HOUSE_TENANT } from "../db/scope.ts";
import type { AlertBook } from "../jobs/alerts.ts";
import type { Clock } from "../kit/clock.ts";
import { days, hours } from "../kit/duration.ts";

/** A daily copy that is an hour late. */
const MAX_AGE_MS = hours(25);
/** A weekly verification that is a day late. */
const MAX_UNVERIFIED_MS = days(8);

interface Judged {
  db: Database;
  home: BackupHome;
  /** What dates the store; the copies are dated by the clock of `home`, which `VIGIA_NOW` never moves. */
  clock: Clock;
  book: AlertBook;
}

/**
 * `backup.age` and `backup.unverified`, judged by what lies in `backups/` and not by runs: copies made by hand count, and
 * ones that somebody deleted do not. A store that has none is given the same time since it was made, and none when that is
 * said to be yet to come.
 */
export async function judgeBackups({ db, home, clock, book }: Judged): Promise<void> {
  if (home.databasePath === undefined) return;
  const madeAt = await loadMadeAt(db);
  if (!madeAt) return;
  // A directory that cannot be read holds nothing to rely on, and must not keep the other rules from being judged.
  const newest = await newestBackup(home).catch(() => undefined);
  const verifiedAt = await lastVerifiedAt(home).catch(() => undefined);
  const storeAgeMs = clock.now().getTime() - madeAt.getTime();
  const judge = async (rule: string, last: Date | undefined, limitMs: number, message: string) => {
    const ageMs = last ? home.clock.now().getTime() - last.getTime() : storeAgeMs;
    const isKnown = last !== undefined || ageMs >= 0;
    if (isKnown && ageMs <= limitMs) return book.clear(rule);
    const value = isKnown ? { value: Math.round(ageMs / 1_000) } : {};
    await book.raise({ rule, level: "warning", message, ...value, threshold: limitMs / 1_000 });
  };
  await judge(
    "backup.age",
    newest?.createdAt,
    MAX_AGE_MS,
    newest
      ? `The newest backup is of ${newest.createdAt.toISOString()}: vigia logs of backup_create say why.`
      : "There is no backup of the local store: make one with vigia backup create.",
  );
  await judge(
    "backup.unverified",
    verifiedAt,
    MAX_UNVERIFIED_MS,
    verifiedAt
      ? `No backup was verified since ${verifiedAt.toISOString()}: run vigia backup verify latest.`
      : "No backup was ever verified: run vigia backup verify latest.",
  );
}

/** When the house first opened this store. */
async function loadMadeAt(db: Database): Promise<Date | undefined> {
  const [house] = await db.read
    .select({ createdAt: tenants.createdAt })
    .from(tenants)
    .where(eq(tenants.tenantId, HOUSE_TENANT));
  return house && new Date(house.createdAt);
}
