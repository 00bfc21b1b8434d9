import { expect } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client/sqlite3";
import type { BackupHome } from "../../../src/db/backup/backup-home.ts";
import { createBackup } from "../../../src/db/backup/create-backup.ts";
import { inspectDatabase } from "../../../src/db/backup/inspect-database.ts";
import { manifestPath } from "../../../src/db/backup/manifest.ts";
import { migrateDatabase, openDatabase } from "../../../src/db/index.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";

export interface BackupBench extends Disposable {
  home: BackupHome & { databasePath: string };
  clock: FakeClock;
  dir: string;
  /** Puts a store with `tenants` tenants in place, changed by `change`. */
  put(tenants: number, change?: (client: Client) => Promise<unknown>): Promise<void>;
  create(): ReturnType<typeof createBackup>;
  /** Puts a backup of two tenants in place that is byte for byte one that `create` made, and resolves with its file. */
  putBackup(): Promise<string>;
  /** Names in the directory of backups without the guard, sorted. */
  names(): string[];
}

export const START = "2026-03-02T12:00:00.000Z";

/**
 * A data directory whose database was never opened by this process: libSQL keeps closed files open for a while, which
 * no restore in the same process could stand. Contents are made elsewhere and copied into place.
 */
export function openBackupBench(): BackupBench {
  const root = mkdtempSync(join(tmpdir(), "vigia-backup-"));
  const dataDir = join(root, "data");
  mkdirSync(dataDir);
  const clock = createFakeClock(START);
  const home = { dataDir, databasePath: join(dataDir, "vigia.db"), environment: "development", clock };
  const dir = join(dataDir, "backups");
  return {
    home,
    clock,
    dir,
    async put(tenants, change) {
      const bytes = await (change ? makeStore(tenants, change) : storeOf(tenants));
      for (const suffix of ["-wal", "-shm"]) rmSync(home.databasePath + suffix, { force: true });
      writeFileSync(home.databasePath, bytes);
    },
    create: () => createBackup(home),
    async putBackup() {
      const { name, bytes, manifest } = await finishedBackup();
      const file = join(dir, name);
      mkdirSync(dir, { mode: 0o700 });
      writeFileSync(file, bytes, { mode: 0o600 });
      writeFileSync(manifestPath(file), manifest, { mode: 0o600 });
      return file;
    },
    names: () =>
      readdirSync(dir)
        .filter((name) => !name.startsWith("backup.guard"))
        .sort(),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

const stores = new Map<number, Promise<Uint8Array>>();

/** Made once in a test process: most tests need the same few. */
function storeOf(tenants: number): Promise<Uint8Array> {
  const known = stores.get(tenants) ?? makeStore(tenants);
  stores.set(tenants, known);
  return known;
}

let backup: Promise<{ name: string; bytes: Uint8Array; manifest: string }> | undefined;

function finishedBackup() {
  const make = async () => {
    using bench = openBackupBench();
    await bench.put(2);
    const { name, file } = await bench.create();
    return { name, bytes: readFileSync(file), manifest: readFileSync(manifestPath(file), "utf8") };
  };
  backup ??= make();
  return backup;
}

/** The bytes of a migrated store, its write-ahead log moved in. */
async function makeStore(tenants: number, change?: (client: Client) => Promise<unknown>): Promise<Uint8Array> {
  const dir = mkdtempSync(join(tmpdir(), "vigia-store-"));
  const path = join(dir, "vigia.db");
  const db = await openDatabase({ url: `file:${path}`, path });
  await migrateDatabase(db, "main");
  for (let count = 0; count < tenants; count++)
    await db.client.execute({
      sql: "insert into tenants (tenant_id, name, name_folded, timezone, settings, created_at, updated_at) values (?, ?, ?, 'UTC', '{}', ?, ?)",
      args: [`tenant-${count}`, `Tenant ${count}`, `tenant ${count}`, START, START],
    });
  await change?.(db.client);
  await db.client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const bytes = readFileSync(path);
  rmSync(dir, { recursive: true });
  return bytes;
}

/** Tenants in a sound database file, read from a copy: no restore here could stand that this process had it open. */
export async function tenantsIn(path: string): Promise<number | undefined> {
  const dir = mkdtempSync(join(tmpdir(), "vigia-read-"));
  try {
    const copy = join(dir, "copy.db");
    for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    const { faults, tables } = await inspectDatabase(copy);
    expect(faults).toEqual([]);
    return tables.tenants;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Changes a closed database file, for example a finished backup. */
export async function changeFile(path: string, sql: string): Promise<void> {
  const client = createClient({ url: `file:${path}`, concurrency: 1 });
  await client.execute("PRAGMA journal_mode = DELETE");
  await client.executeMultiple(sql);
  client.close();
}
