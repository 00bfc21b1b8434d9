import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql";
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

/** Opens the local store. Errors: `db_open_failed` with the path and the remedy. */
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
  try {
    if (path) mkdirSync(dirname(path), { recursive: true });
    const client = createClient({
      url,
      concurrency: CONNECTIONS,
      timeout: BUSY_TIMEOUT_MS,
      ...(authToken ? { authToken } : {}),
    });
    if (path) await setPragmas(client);
    return client;
  } catch (cause) {
    throw new VigiaError("db_open_failed", `Cannot open the database ${path ?? "at DATABASE_URL"}.`, {
      hint: path
        ? `Check that ${dirname(path)} exists, is writable and has free space.`
        : "Check DATABASE_URL and DATABASE_AUTH_TOKEN.",
      cause,
    });
  }
}

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

function isBusy(thrown: unknown): boolean {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && String(error.code).startsWith("SQLITE_BUSY")) return true;
  }
  return false;
}
