import type { Query, RemoteConnection } from "../connection.ts";
import type { MigrationFile } from "./files.ts";

/** What the ledger says of one version. */
export interface LedgerRow {
  version: string;
  name: string;
  /** Null where the Supabase CLI applied the file: it keeps none. */
  checksum: string | null;
  direction: "up" | "down";
  /** Null: begun statement by statement and not finished, in that direction. */
  appliedAt: Date | null;
}

/** Ours, and the Supabase CLI's own, so that neither applies what the other has. Both as their first files make them. */
const TABLES = `
  create schema if not exists app;
  create table if not exists app.schema_migrations (
    version text primary key, name text, checksum text, direction text,
    applied_at timestamptz, duration_ms integer, applied_by text, app_version text
  );
  create schema if not exists supabase_migrations;
  create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
  alter table supabase_migrations.schema_migrations add column if not exists statements text[];
  alter table supabase_migrations.schema_migrations add column if not exists name text;
`;

/** Makes both tables where they are absent. */
export const prepareLedger = async (connection: RemoteConnection): Promise<void> => void (await connection.run(TABLES));

/**
 * What has been applied, by version; nothing when there is no ledger yet. Versions that the Supabase CLI applied count
 * where our first file has run (a project may have a 0001_initial of its own).
 */
export async function loadLedger(query: Query, files: readonly MigrationFile[]): Promise<LedgerRow[]> {
  const [exist] = await query<{ ours: boolean; theirs: boolean }>(
    `select to_regclass('app.schema_migrations') is not null as ours,
            to_regclass('supabase_migrations.schema_migrations') is not null as theirs`,
  );
  if (!exist?.ours) return [];
  const own = await query<LedgerRow & { [column: string]: unknown }>(
    `select version, name, checksum, direction, applied_at as "appliedAt" from app.schema_migrations order by version`,
  );
  if (!exist.theirs) return own;
  const known = new Set(own.map(({ version }) => version));
  const foreign = await query<{ version: string; name: string | null }>(
    "select version, to_jsonb(m) ->> 'name' as name from supabase_migrations.schema_migrations m order by version",
  );
  const adopted = files
    .filter(
      ({ version, name }) => !known.has(version) && foreign.some((row) => row.version === version && row.name === name),
    )
    .map(
      ({ version, name }): LedgerRow => ({ version, name, checksum: null, direction: "up", appliedAt: new Date(0) }),
    );
  return [...own, ...adopted].sort((left, right) => (left.version < right.version ? -1 : 1));
}

interface Entry {
  file: MigrationFile;
  appVersion: string;
}

/** Notes that a file is run statement by statement: whatever happens, the next run knows that it must finish this. */
export async function saveBegun(query: Query, direction: "up" | "down", { file, appVersion }: Entry): Promise<void> {
  await query(
    `insert into app.schema_migrations (version, name, checksum, direction, applied_by, app_version)
     values ($1, $2, $3, $4, current_user, $5)
     on conflict (version) do update set direction = excluded.direction, applied_at = null, duration_ms = null`,
    [file.version, file.name, file.checksum, direction, appVersion],
  );
}

export async function saveApplied(
  query: Query,
  { file, appVersion, statements, durationMs }: Entry & { statements: readonly string[]; durationMs: number },
): Promise<void> {
  await query(
    `insert into app.schema_migrations (version, name, checksum, direction, applied_at, duration_ms, applied_by, app_version)
     values ($1, $2, $3, 'up', clock_timestamp(), $4, current_user, $5)
     on conflict (version) do update set name = excluded.name, checksum = excluded.checksum, direction = 'up',
       applied_at = excluded.applied_at, duration_ms = excluded.duration_ms, applied_by = excluded.applied_by,
       app_version = excluded.app_version`,
    [file.version, file.name, file.checksum, durationMs, appVersion],
  );
  await query(
    `insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2::text[], $3)
     on conflict (version) do nothing`,
    [file.version, statements, file.name],
  );
}

/** Takes a version out of both tables; of the CLI's only the row that is ours. */
export async function deleteApplied(query: Query, { version, name }: MigrationFile): Promise<void> {
  await query("delete from app.schema_migrations where version = $1", [version]);
  await query("delete from supabase_migrations.schema_migrations where version = $1 and name = $2", [version, name]);
}
