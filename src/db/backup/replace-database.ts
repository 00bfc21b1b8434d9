import { existsSync } from "node:fs";
import { link, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createClient } from "@libsql/client/sqlite3";
import { VigiaError } from "../../kit/errors.ts";
import { isDamaged } from "../database.ts";
import { fileUrl } from "../location.ts";
import { codeOf, SIDECARS, syncToDisk } from "./durable-files.ts";

export interface Replacement {
  path: string;
  next: string;
  aside: string;
  /** Runs once nobody else has the old database and it has its second name: the new one takes its place next. */
  beforeRename: () => Promise<void>;
}

/** A command that reads the store beside a process is done within this. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Puts the closed database `next` in place of `path` by one rename; what was there stays as `aside`. At every moment
 * `path` is the old database or the new one. `next` must lie on the same disk, and nothing in this process may have
 * opened `path` before: libSQL keeps closed files open until its garbage is collected. Errors: `restore_in_use`.
 */
export async function replaceDatabase({ path, next, aside, beforeRename }: Replacement): Promise<void> {
  const hold = existsSync(path) ? await holdAlone(path) : undefined;
  try {
    if (existsSync(path)) {
      await removeOtherNames(path);
      await link(path, aside);
    }
    // Only a damaged database has them still. Beside the new one, SQLite would play the old log into it.
    for (const suffix of SIDECARS) if (existsSync(path + suffix)) await rename(path + suffix, aside + suffix);
    await beforeRename();
    await rename(next, path);
  } finally {
    hold?.release();
  }
  await syncToDisk(dirname(path));
}

/** A restore that was killed between the two names of the old database left both: they are one file, not a copy. */
async function removeOtherNames(path: string): Promise<void> {
  const { ino } = await stat(path);
  for (const name of await readdir(dirname(path))) {
    const other = join(dirname(path), name);
    if (name.startsWith(`${basename(path)}.replaced-`) && (await stat(other)).ino === ino) await rm(other);
  }
}

/**
 * Moves the write-ahead log into the file and takes it for this process alone: leaving WAL mode only succeeds when
 * nobody else has the file open. Undefined for a damaged database, which nobody can work with anyway.
 */
async function holdAlone(path: string): Promise<{ release(): void } | undefined> {
  const client = createClient({ url: fileUrl(path), concurrency: 1, timeout: BUSY_TIMEOUT_MS });
  try {
    const { rows } = await client.execute("PRAGMA journal_mode = DELETE");
    if (rows[0]?.journal_mode !== "delete") throw inUse(path);
    const transaction = await client.transaction("write");
    return {
      release() {
        transaction.close();
        client.close();
      },
    };
  } catch (thrown) {
    client.close();
    if (isDamaged(thrown)) return undefined;
    throw codeOf(thrown).startsWith("SQLITE_BUSY") ? inUse(path, thrown) : thrown;
  }
}

const inUse = (path: string, cause?: unknown) =>
  new VigiaError("restore_in_use", `Another program has the database ${path} open; nothing was replaced.`, {
    hint: "Close it (a sqlite3 shell, a running backup, another command), then try again.",
    retryable: true,
    cause,
  });
