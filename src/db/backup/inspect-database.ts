import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type Client, createClient } from "@libsql/client/sqlite3";
import { fileUrl } from "../location.ts";

/** What is in a database file. */
export interface Inspection {
  sha256: string;
  bytes: number;
  /** Version of SQLite. */
  serverVersion: string;
  /** The first faults that SQLite found; empty for a sound file. */
  faults: string[];
  /** Rows that refer to rows which are not there. */
  brokenReferences: number;
  /** Instant that names the newest migration, in ms; null for a database without any. */
  lastMigrationMs: number | null;
  tables: Record<string, number>;
}

const MAX_FAULTS = 3;
/** How long another process's lock is waited for. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * Everything below is synchronous inside libSQL and takes seconds for a big file, so it belongs into a process of its
 * own (`runInChild`). Copies the state that `source` has now into the empty file `target`, beside its writers.
 */
export async function copyDatabase(source: string, target: string): Promise<Inspection> {
  const client = open(source);
  try {
    await client.execute({ sql: "VACUUM INTO ?", args: [target] });
  } finally {
    client.close();
  }
  return inspectDatabase(target);
}

export async function inspectDatabase(path: string): Promise<Inspection> {
  // The digest first: it speaks of the file as it came.
  const sha256 = await hashFile(path);
  const { size: bytes } = await stat(path);
  const client = open(path);
  try {
    const [version] = await rows(client, "select sqlite_version() as value");
    const integrity = await rows(client, `PRAGMA integrity_check(${MAX_FAULTS})`);
    const faults = integrity.map((row) => String(row.integrity_check)).filter((text) => text !== "ok");
    const references = await rows(client, "select count(*) as value from pragma_foreign_key_check");
    const tables = await countRows(client);
    const lastMigrationMs = await lastMigration(client, tables);
    return {
      sha256,
      bytes,
      serverVersion: String(version?.value),
      faults,
      brokenReferences: Number(references[0]?.value),
      lastMigrationMs,
      tables,
    };
  } finally {
    client.close();
  }
}

/** Makes the mirror owe every row again at its next start; a store from before the mirror has nothing to forget. */
export async function forgetDeliveries(path: string): Promise<void> {
  const client = open(path);
  try {
    const [known] = await rows(client, "select 1 from sqlite_master where name = 'mirror_streams'");
    if (known) await client.execute("update mirror_streams set destination = null");
  } finally {
    client.close();
  }
}

/** Whether the file opens and answers. */
export async function probeDatabase(path: string): Promise<void> {
  const client = open(path);
  try {
    await rows(client, "select count(*) from sqlite_master");
  } finally {
    client.close();
  }
}

const open = (path: string): Client => createClient({ url: fileUrl(path), concurrency: 1, timeout: BUSY_TIMEOUT_MS });

const rows = async (client: Client, sql: string) => (await client.execute(sql)).rows;

async function countRows(client: Client): Promise<Record<string, number>> {
  const tables: Record<string, number> = {};
  const list =
    "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by 1";
  for (const { name } of await rows(client, list)) {
    const table = String(name);
    const [counted] = await rows(client, `select count(*) as value from "${table.replaceAll('"', '""')}"`);
    tables[table] = Number(counted?.value);
  }
  return tables;
}

async function lastMigration(client: Client, tables: Readonly<Record<string, number>>): Promise<number | null> {
  if (!tables.__drizzle_migrations) return null;
  const [last] = await rows(client, "select max(created_at) as value from __drizzle_migrations");
  return Number(last?.value);
}

async function hashFile(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hasher.update(chunk as Uint8Array);
  return hasher.digest("hex");
}
