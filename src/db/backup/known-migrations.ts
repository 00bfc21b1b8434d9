import { join } from "node:path";
import { MIGRATIONS_ROOT } from "../migrate.ts";

/** Names of the migrations of this version by the instant that a database notes of each, in ms. */
export async function loadKnownMigrations(): Promise<ReadonlyMap<number, string>> {
  const journal = (await Bun.file(join(MIGRATIONS_ROOT, "main/meta/_journal.json")).json()) as {
    entries: { when: number; tag: string }[];
  };
  return new Map(journal.entries.map(({ when, tag }) => [when, tag]));
}

/** What a manifest says of the newest migration of a database. */
export function migrationName(known: ReadonlyMap<number, string>, lastMigrationMs: number | null): string | null {
  if (lastMigrationMs === null) return null;
  return known.get(lastMigrationMs) ?? `unknown_${lastMigrationMs}`;
}
