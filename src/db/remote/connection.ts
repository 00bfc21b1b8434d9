import postgres from "postgres";
import type { Clock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import { createRedactor } from "../../kit/redact.ts";
import { parsePostgresAddress } from "./address.ts";
import { isLost, maskTexts } from "./failure.ts";
import { createOneSocket } from "./one-socket.ts";
import type { ConnectionProfile } from "./profile.ts";
import type { TlsPlan } from "./tls.ts";

export type Row = Record<string, unknown>;

/** Sends one statement with its values bound; resolves with the rows. Rejects with the driver's error, `code` = SQLSTATE. */
export type Query = <Result extends Row = Row>(text: string, values?: readonly unknown[]) => Promise<Result[]>;

/** One session with the server. */
export interface RemoteConnection {
  query: Query;
  /** Sends text that may hold several statements; resolves with the tag of the last one (`COMMIT`, `ROLLBACK`, …). */
  run(text: string): Promise<string>;
  /** Whether the session is over: whatever it had begun is undone. */
  readonly lost: boolean;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  url: string;
  profile: ConnectionProfile;
  tls: TlsPlan;
  /** `vigia_<environment>`, as `db connections` shows it; a shared pooler may put its own name there. */
  applicationName: string;
  clock: Clock;
  /** Hears what the server warns of. */
  onNotice?: (message: string) => void;
}

const CONNECT_SECONDS = 10;
const IDLE_SECONDS = 20;
const LIFETIME_SECONDS = 1800;

/** What the driver gets. Nothing of the address's own parameters: a pooler refuses those that it does not know. */
export function driverOptions({ url, profile, tls, applicationName, onNotice }: ConnectionOptions) {
  const { user, password } = parsePostgresAddress(url);
  const mask = createRedactor([password]).text;
  return {
    host: profile.host,
    port: profile.port,
    database: profile.database,
    user: user || "postgres",
    password,
    ssl: tls.options,
    prepare: profile.prepare,
    // A pool of one: a transaction must never go on over another connection than the one that it began on.
    max: 1,
    connect_timeout: CONNECT_SECONDS,
    idle_timeout: IDLE_SECONDS,
    max_lifetime: LIFETIME_SECONDS,
    connection: { application_name: applicationName },
    onnotice({ severity, message = "" }: { severity?: string; message?: string }) {
      // Below are remarks like "already exists, skipping", which statements that may run twice bring every time.
      if (severity === "WARNING") onNotice?.(mask(message));
    },
  } as const;
}

/** Opens a session within 10 s. Rejects with the driver's error. */
export async function openConnection(options: ConnectionOptions): Promise<RemoteConnection> {
  const driver = driverOptions(options);
  const life = createLife(createRedactor([driver.password]).text);
  const socket = createOneSocket(options.profile);
  const client = postgres({
    ...(driver as postgres.Options<Record<string, never>>),
    onclose: life.end,
    ...{ socket: socket.open },
  });
  const opening = async () => {
    // A `reserve` that fails stays in the driver's queue and connects again by itself: a wrong password would be sent twice.
    await client.unsafe("select 1");
    // Reserved, so that neither the idle nor the lifetime timer ends it between two statements of a transaction.
    return await client.reserve();
  };
  const session = await withinLimit(life.during(opening), options.clock).catch(async (thrown) => {
    await client.end({ timeout: 0 });
    socket.destroy();
    throw thrown;
  });
  // Always the extended protocol for `query`: one statement a call, whatever the text holds.
  const extended = { prepare: options.profile.prepare, simple: false } as postgres.UnsafeQueryOptions;
  return {
    async query<Result extends Row>(text: string, values: readonly unknown[] = []) {
      const bound = values as postgres.ParameterOrJSON<never>[];
      const rows = await life.during(() => session.unsafe(text, bound, extended));
      return [...rows] as unknown as Result[];
    },
    async run(text) {
      // One result is a list of rows that carries its tag; several are a plain list of such results.
      const answer = (await life.during(() => session.unsafe(text))) as unknown as Tagged[] & Partial<Tagged>;
      return answer.command ?? answer.at(-1)?.command ?? "";
    },
    get lost() {
      return life.over;
    },
    async close() {
      // A lost one may wait for ever for the statement that was under way.
      if (life.over) return await client.end({ timeout: 0 }).finally(socket.destroy);
      session.release();
      await client.end({ timeout: 1 });
    },
  };
}

interface Tagged {
  command: string;
}

/**
 * Settles what the driver leaves open: a statement that is sent between a socket's error and its close never answers,
 * and one that is sent after the close is written to nothing. Nor does it keep a server's texts from naming the password,
 * which `mask` takes out of them.
 */
function createLife(mask: (text: string) => string) {
  const open = new Set<(error: Error) => void>();
  const closed = () => Object.assign(new Error("the connection is closed"), { code: "CONNECTION_CLOSED" });
  let over = false;
  const finish = () => {
    over = true;
    for (const reject of open) reject(closed());
  };
  return {
    get over() {
      return over;
    },
    end: finish,
    async during<Answer>(send: () => PromiseLike<Answer>): Promise<Answer> {
      if (over) throw closed();
      const end = Promise.withResolvers<never>();
      open.add(end.reject);
      try {
        return await Promise.race([send(), end.promise]);
      } catch (thrown) {
        if (isLost(thrown)) finish();
        throw maskTexts(thrown, mask);
      } finally {
        open.delete(end.reject);
      }
    },
  };
}

/** A server that accepts and hangs up makes the driver try for ever. */
async function withinLimit<Value>(opening: Promise<Value>, clock: Clock): Promise<Value> {
  const settled = new AbortController();
  const limit = clock.sleep((CONNECT_SECONDS + 1) * 1000, settled.signal).then(() => {
    throw new VigiaError("postgres_silent", `Postgres did not answer within ${CONNECT_SECONDS} s.`, {
      hint: "Check host and port, whether the project is paused, and whether POSTGRES_SSL fits a server without TLS.",
      retryable: true,
    });
  });
  limit.catch(() => undefined);
  opening.catch(() => undefined);
  try {
    return await Promise.race([opening, limit]);
  } finally {
    settled.abort();
  }
}
