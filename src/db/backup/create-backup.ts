import { existsSync } from "node:fs";
import { rename, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { VigiaError } from "../../kit/errors.ts";
import { type Backup, freePath } from "./backup-files.ts";
import { unfinishedPath, withBackupGuard } from "./backup-guard.ts";
import { type BackupHome, requireSpace, storePath } from "./backup-home.ts";
import { removeDatabase, syncToDisk } from "./durable-files.ts";
import type { Inspection } from "./inspect-database.ts";
import { loadKnownMigrations, migrationName } from "./known-migrations.ts";
import { type Manifest, saveManifest } from "./manifest.ts";
import { inspectInChild } from "./run-in-child.ts";

/**
 * Copies the store into `backups/`, checks the copy and writes its manifest; only reads, so it works beside a running
 * process. The file of run logs is left out: it holds log lines of two weeks, no results.
 * Errors: `backup_remote_store`, `backup_no_database`, `backup_busy`, `backup_dir_unusable`, `backup_disk_full`,
 * `db_damaged`, `backup_failed`; nothing is left behind by any of them.
 */
export async function createBackup(home: BackupHome, signal?: AbortSignal): Promise<Backup> {
  const path = storePath(home);
  if (!existsSync(path))
    throw new VigiaError("backup_no_database", `There is no database ${path} yet.`, {
      hint: "Start Vigía once (bun run start), or check VIGIA_DATA_DIR and DATABASE_URL.",
    });
  return withBackupGuard(home.dataDir, (dir) => writeBackup(home, dir, { signal }));
}

/** As `createBackup`, for who already holds the guard of `dir`; `safetyCopy`: of what a restore is about to replace. */
export async function writeBackup(
  home: BackupHome,
  dir: string,
  { signal, safetyCopy = false }: { signal?: AbortSignal | undefined; safetyCopy?: boolean } = {},
): Promise<Backup> {
  const { clock, environment } = home;
  const source = storePath(home);
  const createdAt = clock.now();
  const startedMs = clock.monotonicMs();
  await requireSpace(home, dir, (await sizeOf(source)) + (await sizeOf(`${source}-wal`)));
  const copy = unfinishedPath(dir, "copy");
  let file: string | undefined;
  try {
    // SQLite fills an empty file as it would a new one, which everybody on the machine could read.
    await writeFile(copy, "", { mode: 0o600 });
    const inspection = await inspectInChild({ kind: "copy", source, target: copy }, signal);
    refuseFaults(inspection);
    await syncToDisk(copy);
    file = freePath(createdAt, (stamp) => join(dir, `vigia_${environment}_local_${stamp}.db`), existsSync);
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    const known = await loadKnownMigrations();
    const manifest = manifestOf(inspection, { createdAt, durationMs, known, safetyCopy });
    await rename(copy, file);
    await saveManifest(file, manifest);
    return { file, name: basename(file), createdAt, bytes: inspection.bytes, manifest };
  } catch (thrown) {
    await removeDatabase(copy);
    // Without a manifest it would be no backup.
    if (file) await removeDatabase(file);
    throw thrown;
  }
}

interface Making {
  createdAt: Date;
  durationMs: number;
  known: ReadonlyMap<number, string>;
  safetyCopy: boolean;
}

function manifestOf(
  { sha256, bytes, serverVersion, lastMigrationMs, tables }: Inspection,
  { createdAt, durationMs, known, safetyCopy }: Making,
): Manifest {
  return {
    version: 1,
    target: "local",
    created_at: createdAt.toISOString(),
    duration_ms: durationMs,
    sha256,
    bytes,
    server_version: serverVersion,
    migration: migrationName(known, lastMigrationMs),
    tables,
    tool: "VACUUM INTO",
    safety_copy: safetyCopy,
    verified_at: null,
    verify_problem: null,
  };
}

function refuseFaults({ faults }: Inspection): void {
  if (faults.length === 0) return;
  throw new VigiaError("db_damaged", `The copy is not sound: ${faults.join("; ")}. It was not kept.`, {
    hint: "Check the disk; the newest verified backup is listed by `vigia backup list`.",
  });
}

/** 0 for a file that is not there: the write-ahead log comes and goes. */
const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;
