import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface MigrationFolder extends Disposable {
  path: string;
  /** Writes `migrations/<name>.sql`, and `down/<name>.sql` unless it is undefined. */
  add(name: string, up: string, down?: string): void;
}

/** A folder of migrations that disappears with the test. */
export function migrationFolder(files: Record<string, [up: string, down?: string]> = {}): MigrationFolder {
  const path = mkdtempSync(join(tmpdir(), "vigia-migrations-"));
  for (const kind of ["migrations", "down"]) mkdirSync(join(path, kind));
  const add: MigrationFolder["add"] = (name, up, down) => {
    writeFileSync(join(path, "migrations", `${name}.sql`), up);
    if (down === undefined) rmSync(join(path, "down", `${name}.sql`), { force: true });
    else writeFileSync(join(path, "down", `${name}.sql`), down);
  };
  for (const [name, [up, down]] of Object.entries(files)) add(name, up, down);
  return { path, add, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Three plain files and one that builds indexes without a transaction. */
export const SAMPLE: Record<string, [up: string, down?: string]> = {
  "0001_initial": [
    "create table public.people (id int primary key, name text);\ncreate table public.pets (id int);",
    "drop table public.pets;\ndrop table public.people;",
  ],
  "0002_age": ["alter table public.people add column age int;", "alter table public.people drop column age;"],
  "0003_indexes": [
    "-- no-transaction\ncreate index concurrently if not exists people_name on public.people (name);\n" +
      "create index concurrently if not exists people_age on public.people (age);\n" +
      "create index concurrently if not exists pets_id on public.pets (id);",
    "-- no-transaction\ndrop index concurrently if exists public.people_name;\n" +
      "drop index concurrently if exists public.people_age;\ndrop index concurrently if exists public.pets_id;",
  ],
  "0004_view": ["create view public.names as select name from public.people;", "drop view public.names;"],
};
