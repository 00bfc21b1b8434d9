import { connectRemote, type RemoteDatabase } from "../../../../src/db/remote/connect.ts";
import { loadStatus, type MigrationContext } from "../../../../src/db/remote/migrations/migrate.ts";
import { createSystemClock } from "../../../../src/kit/clock.ts";
import { bareDatabase, type PostgresDatabase } from "../../../support/postgres/index.ts";
import { type MigrationFolder, migrationFolder, SAMPLE } from "./folder.ts";

export interface Bench extends AsyncDisposable {
  postgres: PostgresDatabase;
  folder: MigrationFolder;
  remote: RemoteDatabase;
  context: MigrationContext;
  states(): Promise<string[]>;
}

/** A new project of its own, a folder of migrations, and what the runner needs. */
export async function openBench(files = SAMPLE, changes: Partial<MigrationContext> = {}): Promise<Bench> {
  const postgres = await bareDatabase();
  const folder = migrationFolder(files);
  const clock = createSystemClock();
  const remote = connectRemote({ url: postgres.url, settings: { environment: "development" }, clock });
  const context: MigrationContext = {
    database: remote,
    folder: folder.path,
    schema: "public",
    appVersion: "1.2.3",
    clock,
    newestBackupAt: async () => undefined,
    ...changes,
  };
  return {
    postgres,
    folder,
    remote,
    context,
    states: async () => (await loadStatus(context)).map(({ state }) => state),
    async [Symbol.asyncDispose]() {
      await remote.close();
      folder[Symbol.dispose]();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

/** Tables, columns, indexes (and whether they are valid) and views of public, as text. */
export async function catalogue({ sql }: PostgresDatabase): Promise<string[]> {
  const rows = await sql`
    select c.relkind::text || ' ' || c.relname || ' ' || coalesce(string_agg(a.attname, ',' order by a.attname), '') ||
           coalesce(' valid=' || i.indisvalid, '') as line
      from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_index i on i.indexrelid = c.oid
     where c.relnamespace = 'public'::regnamespace group by c.oid, i.indisvalid order by 1`;
  return rows.map(({ line }) => line as string);
}
