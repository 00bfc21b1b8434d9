import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../../src/db/index.ts";

/**
 * What lies on the disk after a kill, opened as the next start would find it, in a directory of its own. Never the files
 * themselves: libSQL lets go of a closed database only when its memory is collected, and this process would then look at the
 * next one through what it remembers of the last.
 */
export async function openCrashCopy(dataDir: string): Promise<{ db: Database } & AsyncDisposable> {
  const dir = mkdtempSync(join(tmpdir(), "vigia-crash-"));
  const path = join(dir, "vigia.db");
  // The log first: a process that ends in between moves it into the file, and its pages stand in both.
  for (const suffix of ["-wal", ""]) {
    const source = join(dataDir, `vigia.db${suffix}`);
    if (existsSync(source)) copyFileSync(source, path + suffix);
  }
  const db = await openDatabase({ url: `file:${path}`, path });
  return {
    db,
    async [Symbol.asyncDispose]() {
      db.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
