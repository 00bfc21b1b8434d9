import { parsePostgresAddress } from "./address.ts";

/** What stands at the other end: a pooler that changes the server connection at every transaction, or one session. */
export type ConnectionMode = "transaction" | "session" | "direct" | "plain";

/** What an address allows. Shown by commands, so it holds no password. */
export interface ConnectionProfile {
  mode: ConnectionMode;
  /** Whether prepared statements live as long as the connection. Measured on a transaction pooler: they hang for ever. */
  prepare: boolean;
  /** Whether settings and locks outlive a transaction: migrations need that. */
  sessionState: boolean;
  host: string;
  port: number;
  user: string;
  database: string;
  /** The project, where host or user name tell it. */
  ref: string | undefined;
  /** This machine: a loopback address or a Unix socket. */
  local: boolean;
}

const POOLER = /^[a-z0-9-]+\.pooler\.supabase\.com$/;
const PROJECT_HOST = /^db\.([a-z0-9]{20})\.supabase\.co$/;
const POOLER_USER = /\.([a-z0-9]{20})$/;
const SESSION_PORT = 5432;

/**
 * The profile of a Postgres URL, by host and port alone: what a password or a path contains never counts.
 * Throws `bad_postgres_url`.
 */
export function connectionProfile(url: string): ConnectionProfile {
  const address = parsePostgresAddress(url);
  const { host, port, user, database } = address;
  const mode = modeOf(host, port);
  const throughBouncer = mode === "plain" && address.parameters.get("pgbouncer") === "true";
  const session = mode !== "transaction" && !throughBouncer;
  const ref = PROJECT_HOST.exec(host)?.[1] ?? (POOLER.test(host) ? POOLER_USER.exec(user)?.[1] : undefined);
  return { mode, prepare: session, sessionState: session, host, port, user, database, ref, local: isLocal(host) };
}

/** Supabase's poolers speak sessions on 5432 only; 6543 and whatever comes next is one transaction at a time. */
function modeOf(host: string, port: number): ConnectionMode {
  if (POOLER.test(host)) return port === SESSION_PORT ? "session" : "transaction";
  if (PROJECT_HOST.test(host)) return port === SESSION_PORT ? "direct" : "transaction";
  return "plain";
}

const isLocal = (host: string): boolean =>
  host.startsWith("/") || host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

type Environment = "development" | "staging" | "production";

const POOL_SIZES: Readonly<Record<ConnectionMode, Readonly<Record<Environment | "cap", number>>>> = {
  transaction: { development: 2, staging: 4, production: 8, cap: 10 },
  session: { development: 1, staging: 2, production: 4, cap: 5 },
  direct: { development: 1, staging: 2, production: 4, cap: 5 },
  plain: { development: 5, staging: 5, production: 10, cap: 20 },
};

/** Connections at most: `POSTGRES_POOL_SIZE` + `POSTGRES_MAX_OVERFLOW`, or the profile's own number, within its cap. */
export function poolSize(
  { mode }: Pick<ConnectionProfile, "mode">,
  environment: Environment,
  configured: { postgresPoolSize?: number | undefined; postgresMaxOverflow?: number | undefined } = {},
): number {
  const sizes = POOL_SIZES[mode];
  const size = (configured.postgresPoolSize ?? sizes[environment]) + (configured.postgresMaxOverflow ?? 0);
  return Math.max(1, Math.min(size, sizes.cap));
}

/** The address to migrate with, and how it came about when nobody wrote it down. */
export interface MigrationUrl {
  url: string;
  derived?: string;
}

/**
 * `MIGRATION_DB_URL`, else `POSTGRES_URL`; where that is a transaction pooler of Supabase, the same host on 5432.
 * Undefined when neither is set. Throws `bad_postgres_url`.
 */
export function deriveMigrationUrl(urls: {
  migrationDbUrl?: string | undefined;
  postgresUrl?: string | undefined;
}): MigrationUrl | undefined {
  if (urls.migrationDbUrl) return { url: urls.migrationDbUrl };
  if (!urls.postgresUrl) return undefined;
  const { mode, host, port } = connectionProfile(urls.postgresUrl);
  if (mode !== "transaction") return { url: urls.postgresUrl };
  const url = new URL(urls.postgresUrl.replace(/^[^:]+:/, "postgres:"));
  url.port = String(SESSION_PORT);
  const derived = `MIGRATION_DB_URL is unset: ${host}:${SESSION_PORT} instead of port ${port}, which keeps no session.`;
  return { url: url.href, derived };
}
