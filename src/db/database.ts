import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { Client, Config } from "@libsql/client";
import { createClient as createFileClient } from "@libsql/client/sqlite3";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
// The parts for files alone: the whole packages load clients of three network protocols at every start.
import { drizzle } from "drizzle-orm/libsql/sqlite3";
import { toError, VigiaError } from "../kit/errors.ts";
import { createMutex } from "../kit/mutex.ts";

type Drizzle = LibSQLDatabase<Record<string, never>>;

/** Queries that only read. Writing goes through `Database.write`, so the compiler keeps writers in one line. */
export type Reader = Pick<
  Drizzle,
  "select" | "selectDistinct" | "with" | "$with" | "$count" | "all" | "get" | "values"
>;

/** A write transaction. */
export type Writer = Parameters<Parameters<Drizzle["transaction"]>[0]>[0];

export interface Database {
  readonly read: Reader;
  /**
   * Runs `work` in one `BEGIN IMMEDIATE` transaction: all of it is stored or nothing. Writers queue in order, because
   * libSQL's file driver is synchronous and a second writer would block the event loop until the first one ends.
   * Keep `work` short, never wait for the network inside, and never call `write` inside `write`.
   */
  write<T>(work: (tx: Writer) => Promise<T>): Promise<T>;
  /** Statements outside drizzle: PRAGMA, VACUUM, probes. */
  readonly client: Client;
  /** Drizzle's handle for the migrator only. */
  readonly drizzle: Drizzle;
  /** Path of the database file; undefined for a remote one. */
  readonly path: string | undefined;
  readonly writersWaiting: number;
  close(): void;
}

export interface OpenOptions {
  /** `file:…` or `libsql://…`, as `databaseLocation` returns it. */
  url: string;
  path?: string;
  authToken?: string;
  /** Hears how long each write took (including its wait) and whether it failed: metrics and `db.errors`. */
  onWrite?: (durationMs: number, error: Error | undefined) => void;
}

/** Connections of one file: one writer, the rest readers. */
const CONNECTIONS = 4;
/** How long SQLite itself waits for another process's lock. */
const BUSY_TIMEOUT_MS = 5_000;
/** Tries of a write that finds the file locked, each after SQLite's own wait. */
const BUSY_ATTEMPTS = 3;

/** Opens the local store. Errors: `db_open_failed`, `db_damaged` with the path and the remedy. */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  const client = await connect(options);
  const handle = drizzle(client);
  const mutex = createMutex();
  return {
    read: handle,
    write: (work) =>
      mutex.run(async () => {
        const startedAt = performance.now();
        let failure: Error | undefined;
        try {
          return await retryWhileBusy(() => handle.transaction(work, { behavior: "immediate" }));
        } catch (thrown) {
          failure = toError(thrown);
          throw thrown;
        } finally {
          options.onWrite?.(performance.now() - startedAt, failure);
        }
      }),
    client,
    drizzle: handle,
    path: options.path,
    get writersWaiting() {
      return mutex.waiting;
    },
    close: () => client.close(),
  };
}

async function connect({ url, path, authToken }: OpenOptions): Promise<Client> {
  let client: Client | undefined;
  try {
    if (path) createForOwner(path);
    const config = { url, concurrency: CONNECTIONS, timeout: BUSY_TIMEOUT_MS, ...(authToken ? { authToken } : {}) };
    client = path ? createFileClient(config) : await createServerClient(config);
    if (path) await setPragmas(client);
    // A server is only reached by the first statement.
    else await client.execute("SELECT 1");
    return client;
  } catch (cause) {
    client?.close();
    throw openFailure(path, cause);
  }
}

async function createServerClient(config: Config): Promise<Client> {
  const { createClient } = await import("@libsql/client");
  return createClient(config);
}

/** SQLite would let everybody on the machine read it; its `-wal` and `-shm` get the same mode. */
function createForOwner(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    closeSync(openSync(path, "ax", 0o600));
  } catch (thrown) {
    // It is there already. To open and close it would take away the locks that this process holds on it.
    if (!hasCode(thrown, /^EEXIST$/)) throw thrown;
  }
}

function openFailure(path: string | undefined, cause: unknown): VigiaError {
  if (!path)
    return new VigiaError("db_open_failed", "Cannot open the database at DATABASE_URL.", {
      hint: "Check DATABASE_URL and DATABASE_AUTH_TOKEN, and that the server answers.",
      cause,
    });
  if (isDamaged(cause))
    return new VigiaError("db_damaged", `The file ${path} is damaged, or no database.`, {
      hint: "Put a copy back, or move it away with its -wal and -shm to begin anew.",
      cause,
    });
  return new VigiaError("db_open_failed", `Cannot open the database ${path}.`, {
    hint: `Check that ${dirname(path)} exists, is writable and has free space.`,
    cause,
  });
}

/** Whether SQLite found something in the file that it did not write. */
export const isDamaged = (thrown: unknown): boolean =>
  (thrown instanceof VigiaError && thrown.code === "db_damaged") || hasCode(thrown, /^SQLITE_(NOTADB|CORRUPT)/);

/**
 * Pragmas belong to a connection, and the client pools them: each one is borrowed in turn by an open transaction, so
 * that the next `execute` lands on the next connection.
 */
async function setPragmas(client: Client): Promise<void> {
  const held = [];
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    await client.execute("PRAGMA journal_mode = WAL");
    // NORMAL: nothing committed is lost when the process dies; power loss may cost the last transactions, never integrity.
    await client.execute("PRAGMA synchronous = NORMAL");
    await client.execute("PRAGMA foreign_keys = ON");
    await client.execute("PRAGMA temp_store = MEMORY");
    if (connection < CONNECTIONS - 1) held.push(await client.transaction("deferred"));
  }
  for (const transaction of held) await transaction.rollback();
}

async function retryWhileBusy<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      if (attempt >= BUSY_ATTEMPTS || !isBusy(thrown)) throw thrown;
    }
  }
}

const isBusy = (thrown: unknown): boolean => hasCode(thrown, /^SQLITE_BUSY/);

/** Drizzle and the client wrap SQLite's error: the code may be anywhere in the chain. */
function hasCode(thrown: unknown, pattern: RegExp): boolean {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && pattern.test(String(error.code))) return true;
  }
  return false;
}
