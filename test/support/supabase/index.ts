import type { Sql } from "postgres";
import { bareDatabase, migratedDatabase, type PostgresDatabase } from "../postgres/index.ts";
import { createAuthHandler } from "./auth/handler.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createGateway } from "./gateway.ts";
import { createHistory, type History } from "./history.ts";
import { createKeys, type ProjectKeys, type UserClaims, userToken } from "./keys.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { createRestByLimits } from "./rest-by-limits.ts";
import { createStorageHandler } from "./storage/handler.ts";
import { openWire, type Wire } from "./wire.ts";

export interface SupabaseOptions {
  /** `migrated` (default): with all of `supabase/migrations`; `bare`: a new project. */
  database?: "migrated" | "bare";
  /** Clock of the history, in milliseconds. Default: `performance.now`. */
  nowMs?: () => number;
  /** Whether bodies of writes stay in the history; benches switch it off. Default: true. */
  recordBodies?: boolean;
  limits?: Partial<Limits>;
}

/** A Supabase project on a loopback port, to be used through unmodified supabase-js. */
export interface TestSupabase
  extends AsyncDisposable,
    Pick<ProjectKeys, "serviceKey" | "anonKey" | "secretKey" | "publishableKey" | "jwtSecret"> {
  readonly url: string;
  /** A user's token, as the Auth service issues it. The user need not exist. */
  userToken(claims: UserClaims): Promise<string>;
  /** Any claims, signed with this secret (default: the project's). */
  sign: ProjectKeys["sign"];
  /** Client of the superuser. */
  readonly sql: Sql;
  readonly database: PostgresDatabase;
  readonly history: History;
  readonly faults: Faults;
  readonly limits: Limits;
}

/** Starts a project on a database of its own: `await using supabase = await openSupabase()`. */
export async function openSupabase(options: SupabaseOptions = {}): Promise<TestSupabase> {
  const database = await (options.database === "bare" ? bareDatabase() : migratedDatabase());
  const keys = await createKeys();
  const limits = { ...defaultLimits(), ...options.limits };
  const history = createHistory(options.nowMs ?? (() => performance.now()));
  const faults = createFaults();
  const stopping = new AbortController();
  const authenticator = database.connect("authenticator");
  let wire: Wire | undefined;
  let url = "";
  const gateway = createGateway({
    keys,
    faults,
    history,
    limits,
    recordBodies: options.recordBodies ?? true,
    wire: () => wire!,
    stopping: stopping.signal,
    rest: createRestByLimits(database, authenticator, limits),
    storage: createStorageHandler({ keys, limits, service: database.sql, authenticator }),
    auth: createAuthHandler({ keys, sql: database.sql, publicUrl: () => url }),
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    // A request may hang for as long as its client waits.
    idleTimeout: 0,
    maxRequestBodySize: 1 << 30,
    fetch: gateway,
  });
  wire = await openWire(server.port ?? 0);
  url = `http://127.0.0.1:${wire.port}`;
  return {
    url,
    serviceKey: keys.serviceKey,
    anonKey: keys.anonKey,
    secretKey: keys.secretKey,
    publishableKey: keys.publishableKey,
    jwtSecret: keys.jwtSecret,
    userToken: (claims) => userToken(keys, url, claims),
    sign: keys.sign,
    sql: database.sql,
    database,
    history,
    faults,
    limits,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await wire?.close();
      await server.stop(true);
      await database[Symbol.asyncDispose]();
    },
  };
}
