import type { Clock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import { type ConnectionOptions, openConnection, type Query, type RemoteConnection } from "./connection.ts";
import { isPassing, isStatementTimeout, toRemoteError } from "./failure.ts";
import { type ConnectionProfile, connectionProfile, poolSize } from "./profile.ts";
import { planTls, type TlsSettings } from "./tls.ts";
import {
  inTransaction,
  limitSession,
  MIGRATION_LIMITS,
  type TimeLimits,
  type TransactionSettings,
} from "./transaction.ts";

/** Postgres over its own protocol: for migrations, checks and other readers of SQL. The mirror does not use it. */
export interface RemoteDatabase {
  readonly profile: ConnectionProfile;
  /** What the operator should know of this connection, as sentences. */
  readonly warnings: readonly string[];
  /**
   * Work in one transaction: tried twice when it only reads and the connection was lost, else once. No calls over the
   * network inside: the server ends an idle transaction after 10 s. Rejects with `RemoteError`, `pool_timeout`, or
   * whatever `work` threw.
   */
  transaction<Result>(settings: TransactionSettings, work: (query: Query) => Promise<Result>): Promise<Result>;
  /** Work on a session of its own, with the limits of migrations. Throws `MIG001` where sessions are not kept. */
  session<Result>(work: (connection: RemoteConnection) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export interface RemoteSettings extends TlsSettings {
  environment: "development" | "staging" | "production";
  postgresPoolSize?: number | undefined;
  postgresMaxOverflow?: number | undefined;
}

export interface ConnectRemoteOptions {
  url: string;
  settings: RemoteSettings;
  clock: Clock;
  onNotice?: (message: string) => void;
  /** Hears of each statement that ran into its time limit, and of each caller that waited for a connection in vain. */
  count?: (event: "statement_timeout" | "pool_timeout") => void;
  /** Default: the limits of O 3.4. */
  limits?: TimeLimits;
}

/** How long a caller waits for a connection of the pool. */
const ACQUIRE_MS = 5_000;
const READ_ATTEMPTS = 2;
const RETRY_WAIT_MS = 1_000;

/** Reads the address and opens nothing yet. Throws `bad_postgres_url`, `bad_tls`. */
export function connectRemote(options: ConnectRemoteOptions): RemoteDatabase {
  const { url, settings, clock, onNotice, count = () => undefined } = options;
  const profile = connectionProfile(url);
  const tls = planTls(url, profile.local, settings, clock.now());
  const applicationName = `vigia_${settings.environment}`;
  const connection: ConnectionOptions = {
    url,
    profile,
    tls,
    applicationName,
    clock,
    ...(onNotice ? { onNotice } : {}),
  };
  const pool = createPool(connection, poolSize(profile, settings.environment, settings));

  const attempt = async <Result>(wanted: TransactionSettings, work: (query: Query) => Promise<Result>) => {
    const taken = await pool.take();
    try {
      return await inTransaction(taken, wanted, work);
    } finally {
      pool.giveBack(taken);
    }
  };

  return {
    profile,
    warnings: tls.warning === undefined ? [] : [tls.warning],
    async transaction(wanted, work) {
      const limited = options.limits ? { limits: options.limits, ...wanted } : wanted;
      for (let left = wanted.readOnly ? READ_ATTEMPTS : 1; ; ) {
        try {
          return await attempt(limited, work);
        } catch (thrown) {
          if (isStatementTimeout(thrown)) count("statement_timeout");
          if (thrown instanceof VigiaError && thrown.code === "pool_timeout") count("pool_timeout");
          left -= 1;
          if (left === 0 || !isPassing(thrown)) throw fromDriver(thrown, profile);
          await clock.sleep(RETRY_WAIT_MS);
        }
      }
    },
    async session(work) {
      if (!profile.sessionState) throw noSession(profile);
      let opened: RemoteConnection | undefined;
      try {
        opened = await openConnection(connection);
        await limitSession(opened, MIGRATION_LIMITS);
        return await work(opened);
      } catch (thrown) {
        throw fromDriver(thrown, profile);
      } finally {
        await opened?.close();
      }
    },
    close: () => pool.close(),
  };
}

/** What the driver or the way threw gets words; a fault of the caller's own code stays what it is. */
function fromDriver(thrown: unknown, profile: ConnectionProfile): unknown {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? toRemoteError(thrown, profile) : thrown;
}

function noSession({ host, port }: ConnectionProfile): VigiaError {
  return new VigiaError(
    "MIG001",
    `MIG001: ${host}:${port} is a transaction pooler, which keeps no lock and no session.`,
    {
      hint: "Set MIGRATION_DB_URL to the session pooler (port 5432) or to the direct address of the project.",
    },
  );
}

interface Pool {
  take(): Promise<RemoteConnection>;
  giveBack(connection: RemoteConnection): void;
  close(): Promise<void>;
}

/** At most `size` sessions, opened when needed; a lost one is never handed out again. */
function createPool(options: ConnectionOptions, size: number): Pool {
  const idle: RemoteConnection[] = [];
  const waiting: (() => void)[] = [];
  let taken = 0;

  const waitForTurn = async (): Promise<void> => {
    const turn = Promise.withResolvers<void>();
    const settled = new AbortController();
    waiting.push(turn.resolve);
    const limit = options.clock.sleep(ACQUIRE_MS, settled.signal).then(() => {
      const place = waiting.indexOf(turn.resolve);
      if (place === -1) return;
      waiting.splice(place, 1);
      throw new VigiaError("pool_timeout", `No connection became free within ${ACQUIRE_MS / 1000} s.`, {
        hint: "Raise POSTGRES_POOL_SIZE, or do less at once.",
        retryable: true,
      });
    });
    limit.catch(() => undefined);
    await Promise.race([turn.promise, limit]).finally(() => settled.abort());
  };
  const free = () => {
    const next = waiting.shift();
    // A waiting caller takes the place over: it is never free in between.
    if (next) next();
    else taken -= 1;
  };

  return {
    async take() {
      if (taken < size) taken += 1;
      else await waitForTurn();
      try {
        for (let candidate = idle.pop(); candidate; candidate = idle.pop()) {
          if (!candidate.lost) return candidate;
          await candidate.close();
        }
        return await openConnection(options);
      } catch (thrown) {
        free();
        throw thrown;
      }
    },
    giveBack(connection) {
      if (connection.lost) void connection.close();
      else idle.push(connection);
      free();
    },
    async close() {
      await Promise.all(idle.splice(0).map((connection) => connection.close()));
    },
  };
}
