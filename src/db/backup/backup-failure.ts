import { VigiaError } from "../../kit/errors.ts";
import { isDamaged } from "../database.ts";
import { codeOf } from "./durable-files.ts";

/** The directory that the failed work wrote to. */
export interface Place {
  /** As in "the directory of backups". */
  noun: string;
  dir: string;
}

/** The error as it is when it already speaks to people, else what it means for work on a backup that writes to `place`. */
export function backupFailure(cause: unknown, { noun, dir }: Place): unknown {
  if (cause instanceof VigiaError) return cause;
  const code = codeOf(cause);
  if (/^(ENOSPC|EDQUOT|SQLITE_FULL)/.test(code))
    return new VigiaError("backup_disk_full", `The disk of ${dir} became full; the unfinished copy was removed.`, {
      hint: "Free space, or remove copies: vigia backup prune --keep 2d --keep-weekly 1.",
      cause,
    });
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT|EISDIR|SQLITE_CANTOPEN|SQLITE_READONLY)/.test(code))
    return new VigiaError("backup_dir_unusable", `The ${noun} ${dir} cannot be written (${code}).`, {
      hint: "It must be a directory that the user of Vigía may write; a file may be in its place.",
      cause,
    });
  if (isDamaged(cause))
    return new VigiaError("db_damaged", "The database is damaged: no copy of it was kept.", {
      hint: "Restore the newest verified backup: vigia backup list, then vigia backup restore <file> --yes.",
      cause,
    });
  return new VigiaError("backup_failed", `The work on a backup in ${dir} failed; nothing unfinished was kept.`, {
    hint: "The cause is in the log; try again, and check the disk if it happens again.",
    retryable: true,
    cause,
  });
}
