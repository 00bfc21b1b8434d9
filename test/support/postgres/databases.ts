import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sql } from "postgres";
import { startPostgres, type TestPostgres } from "./cluster.ts";

/** A database of a test's own: `await using database = await migratedDatabase()`. */
export interface PostgresDatabase extends AsyncDisposable {
  readonly name: string;
  /** URL of the superuser. */
  readonly url: string;
  /** Client of the superuser. */
  readonly sql: Sql;
  readonly postgres: TestPostgres;
  /** A further client; ended with the database. */
  connect(user?: string): Sql;
}

const MIGRATIONS = join(import.meta.dir, "../../../supabase/migrations");

/** A new project of Supabase: its roles and schemas, none of our tables. */
export async function bareDatabase(): Promise<PostgresDatabase> {
  return cloneOf(await bareTemplate());
}

/** The same with all of `supabase/migrations` applied. */
export async function migratedDatabase(): Promise<PostgresDatabase> {
  return cloneOf(await migratedTemplate());
}

const templates = new Map<string, Promise<string>>();

function once(kind: string, build: () => Promise<string>): Promise<string> {
  const built = templates.get(kind) ?? build();
  templates.set(kind, built);
  return built;
}

const bareTemplate = () =>
  once("bare", () =>
    buildTemplate(undefined, async (sql, { password }) => {
      await sql.unsafe(readFileSync(join(import.meta.dir, "roles.sql"), "utf8"));
      await sql.unsafe(`alter role authenticator password '${password.replaceAll("'", "''")}'`);
      await sql.unsafe(readFileSync(join(import.meta.dir, "bootstrap.sql"), "utf8"));
    }),
  );

const migratedTemplate = () =>
  once("migrated", async () => buildTemplate(await bareTemplate(), (sql) => applyMigrations(sql)));

async function buildTemplate(
  template: string | undefined,
  build: (sql: Sql, postgres: TestPostgres) => Promise<void>,
): Promise<string> {
  const postgres = await startPostgres();
  const name = await postgres.createDatabase(template ? { template } : {});
  const sql = postgres.connect(name, undefined, { max: 1 });
  await build(sql, postgres);
  // A template must have no connections when it is copied.
  await sql.end();
  return name;
}

async function cloneOf(template: string): Promise<PostgresDatabase> {
  const postgres = await startPostgres();
  const name = await postgres.createDatabase({ template });
  const clients: Sql[] = [];
  const connect = (user?: string) => {
    const client = postgres.connect(name, user);
    clients.push(client);
    return client;
  };
  return {
    name,
    url: postgres.urlOf(name),
    sql: connect(),
    postgres,
    connect,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
      await postgres.dropDatabase(name);
    },
  };
}

async function applyMigrations(sql: Sql): Promise<void> {
  for (const file of readdirSync(MIGRATIONS).sort()) {
    if (!file.endsWith(".sql")) continue;
    const text = readFileSync(join(MIGRATIONS, file), "utf8");
    if (text.startsWith("-- no-transaction")) {
      for (const statement of text.split(/;\s*$/m)) if (statement.trim()) await sql.unsafe(statement);
    } else {
      await sql.begin((transaction) => transaction.unsafe(text));
    }
  }
}
