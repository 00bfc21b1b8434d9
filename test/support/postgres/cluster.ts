import postgres, { type Options, type Sql } from "postgres";
import { runOnce } from "./running.ts";
import { type Server, startServer } from "./server.ts";

export interface TestPostgres {
  /** Directory of the Unix socket; empty when `TEST_DATABASE_URL` names another server. */
  readonly socketDir: string;
  readonly port: number;
  /** A new client; ended at the latest with the run. Default user: the superuser. */
  connect(database: string, user?: string, options?: Options<Record<string, never>>): Sql;
  /** A new database, by default from Postgres' own template. Returns its name. */
  createDatabase(options?: { template?: string }): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** URL with the run's password: valid for the superuser, `authenticator` and roles that were given `password`. */
  urlOf(database: string, user?: string): string;
  readonly password: string;
  stop(): Promise<void>;
}

/** One Postgres for each test process, started by the first who asks. */
export const startPostgres = (): Promise<TestPostgres> => runOnce(start);

async function start(): Promise<TestPostgres> {
  const external = process.env.TEST_DATABASE_URL;
  return external ? clusterAt(new URL(external)) : ownCluster(await startServer());
}

const ownCluster = (server: Server): TestPostgres =>
  createCluster({
    ...server,
    superuser: "postgres",
    address: { host: server.socketDir, port: server.port },
    urlHost: `127.0.0.1:${server.port}`,
    stopServer: server.stop,
  });

const clusterAt = (url: URL): TestPostgres =>
  createCluster({
    socketDir: "",
    port: Number(url.port || 5432),
    superuser: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    address: { host: url.hostname, port: Number(url.port || 5432), password: decodeURIComponent(url.password) },
    urlHost: url.host,
  });

interface ClusterParts {
  socketDir: string;
  port: number;
  superuser: string;
  password: string;
  address: { host: string; port: number; password?: string };
  urlHost: string;
  /** Absent: the server stays, and our databases are dropped from it. */
  stopServer?: () => Promise<void>;
}

function createCluster(parts: ClusterParts): TestPostgres {
  const { superuser, password, address, urlHost, stopServer } = parts;
  const clients = new Set<Sql>();
  const databases = new Set<string>();
  const connect: TestPostgres["connect"] = (database, user = superuser, options = {}) => {
    const client = postgres({ ...address, database, user, onnotice: () => undefined, ...options }) as Sql;
    clients.add(client);
    return client;
  };
  const admin = connect("postgres", superuser, { max: 2 });
  const dropDatabase = async (name: string) => {
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    databases.delete(name);
  };
  return {
    socketDir: parts.socketDir,
    port: parts.port,
    password,
    connect,
    dropDatabase,
    async createDatabase({ template = "template1" } = {}) {
      const name = `vigia_test_${process.pid}_${crypto.randomUUID().slice(0, 8)}`;
      await admin.unsafe(`create database ${name} template ${template}`);
      databases.add(name);
      await configure(admin, name);
      return name;
    },
    urlOf: (database, user = superuser) =>
      `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${urlHost}/${database}`,
    async stop() {
      if (!stopServer) for (const name of [...databases]) await dropDatabase(name);
      await Promise.all([...clients].map((client) => client.end({ timeout: 1 })));
      await stopServer?.();
    },
  };
}

/** Settings belong to a database's name, so its copies do not have them. Two minutes: the limit of hosted projects. */
async function configure(admin: Sql, name: string): Promise<void> {
  await admin.unsafe(`alter database ${name} set search_path = "$user", public, extensions`);
  await admin.unsafe(`alter database ${name} set statement_timeout = '2min'`);
}
