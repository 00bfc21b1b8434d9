import { statfs } from "node:fs/promises";
import type { Clock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";

/** Where a local store and its copies are. */
export interface BackupHome {
  dataDir: string;
  /** The file of the store; undefined when DATABASE_URL names a server. */
  databasePath: string | undefined;
  /** `development`, `staging` or `production`: part of the names. */
  environment: string;
  clock: Clock;
  /** Free bytes on the disk of a directory; undefined when it is not known. Default: as the file system says. */
  freeBytes?: (dir: string) => Promise<number | undefined>;
}

export const REMOTE_STORE = "The local store is on a libSQL server (DATABASE_URL), which keeps its own backups.";

/** The file to copy or to replace. Errors: `backup_remote_store`. */
export function storePath({ databasePath }: BackupHome): string {
  if (databasePath !== undefined) return databasePath;
  throw new VigiaError("backup_remote_store", REMOTE_STORE, {
    hint: "Use that server's backups, or set DATABASE_URL to a file.",
  });
}

/** Left free: below 100 MB jobs no longer start, and a backup must not be what brings that about. */
const RESERVE_BYTES = 100_000_000;

/** Errors: `backup_disk_full`, before anything is written. */
export async function requireSpace(home: BackupHome, dir: string, neededBytes: number): Promise<void> {
  const free = await (home.freeBytes ?? freeBytesOf)(dir);
  if (free === undefined || free >= neededBytes + RESERVE_BYTES) return;
  throw new VigiaError(
    "backup_disk_full",
    `A copy needs ${megabytes(neededBytes + RESERVE_BYTES)} free in ${dir}; there are ${megabytes(free)}.`,
    { hint: "Free space, or remove copies: vigia backup prune --keep 2d --keep-weekly 1." },
  );
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`;

async function freeBytesOf(dir: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
