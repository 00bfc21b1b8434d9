import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sql } from "postgres";
import { connectRemote } from "../../../src/db/remote/connect.ts";
import { migrateUp } from "../../../src/db/remote/migrations/migrate.ts";
import { createSystemClock } from "../../../src/kit/clock.ts";
import { startPostgres, type TestPostgres } from "./cluster.ts";

/** A database of a test's own: `await using database = await migratedDatabase()`. */
export interface PostgresDatabase extends AsyncDisposable {
  readonly name: string;
  /** URL of the superuser. */
  readonly url: string;
  /** Client of the superuser; hosted projects have only an owner with BYPASSRLS and CREATEROLE. */
  readonly sql: Sql;
  readonly postgres: TestPostgres;
  /** A further client; ended with the database. */
  connect(user?: string): Sql;
}

const SUPABASE_FOLDER = join(import.meta.dir, "../../../supabase");

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
  once("bare", async () => {
    const postgres = await startPostgres();
    const name = await postgres.createDatabase();
    const sql = postgres.connect(name, undefined, { max: 1 });
    await sql.unsafe(readFileSync(join(import.meta.dir, "roles.sql"), "utf8"));
    await sql.unsafe(`alter role authenticator password '${postgres.password.replaceAll("'", "''")}'`);
    await sql.unsafe(readFileSync(join(import.meta.dir, "bootstrap.sql"), "utf8"));
    // A template must have no connections when it is copied.
    await sql.end();
    return name;
  });

const migratedTemplate = () =>
  once("migrated", async () => {
    const postgres = await startPostgres();
    const name = await postgres.createDatabase({ template: await bareTemplate() });
    await applyMigrations(postgres.urlOf(name));
    return name;
  });

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

/** By the product's own runner, over TCP: what a test finds in its database is what `vigia db migrate` makes. */
async function applyMigrations(url: string): Promise<void> {
  const clock = createSystemClock();
  const database = connectRemote({ url, settings: { environment: "development" }, clock });
  await migrateUp({
    database,
    folder: SUPABASE_FOLDER,
    schema: "public",
    appVersion: "test",
    clock,
    newestBackupAt: async () => undefined,
  });
  await database.close();
}
