import { open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** The system's or SQLite's code of a failure, such as `ENOENT`; empty when it has none. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";

/** Waits until the disk has what was written to `path` (a file or a directory): a rename alone survives no power loss. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Readers see the old content or the new one, never half of it, also after a power loss. For the owner alone. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const next = `${path}.tmp`;
  try {
    await rm(next, { force: true });
    await writeFile(next, text, { mode: 0o600 });
    await syncToDisk(next);
    await rename(next, path);
    await syncToDisk(dirname(path));
  } catch (thrown) {
    await rm(next, { force: true }).catch(() => undefined);
    throw thrown;
  }
}

/** What SQLite may put beside a database file. */
export const SIDECARS = ["-wal", "-shm", "-journal"] as const;

/** Removes a database file with everything that SQLite put beside it. */
export async function removeDatabase(path: string): Promise<void> {
  for (const suffix of ["", ...SIDECARS]) await rm(path + suffix, { force: true });
}
