import { toError } from "../../kit/errors.ts";
import { isDamaged } from "../database.ts";
import type { Inspection } from "./inspect-database.ts";
import { loadKnownMigrations, migrationName } from "./known-migrations.ts";
import type { Manifest } from "./manifest.ts";
import { inspectInChild } from "./run-in-child.ts";

/** Differences named in one sentence. */
const MAX_DIFFERENCES = 5;

/** What speaks against the restored file `path`, compared with what its manifest promises; empty when it is sound. */
export async function findFaults(path: string, manifest: Manifest, signal?: AbortSignal): Promise<string[]> {
  try {
    const inspection = await inspectInChild({ kind: "inspect", path }, signal);
    return compareWithManifest(inspection, manifest, await loadKnownMigrations());
  } catch (thrown) {
    if (!isDamaged(thrown)) throw thrown;
    return [`it cannot be read as a database (${toError(thrown).message})`];
  }
}

function compareWithManifest(found: Inspection, manifest: Manifest, known: ReadonlyMap<number, string>): string[] {
  const faults: string[] = [];
  if (found.sha256 !== manifest.sha256) faults.push("its SHA-256 differs from the manifest's");
  if (found.faults.length > 0) faults.push(`SQLite finds it damaged (${found.faults.join("; ")})`);
  if (found.brokenReferences > 0) faults.push(`${found.brokenReferences} rows refer to rows that are not there`);
  faults.push(...compareTables(found.tables, manifest.tables));
  const migration = migrationName(known, found.lastMigrationMs);
  if (found.lastMigrationMs !== null && !known.has(found.lastMigrationMs))
    faults.push("its schema is newer than this version of Vigía");
  else if (migration !== manifest.migration)
    faults.push(`its newest migration is ${migration ?? "none"} instead of ${manifest.migration ?? "none"}`);
  return faults;
}

function compareTables(found: Readonly<Record<string, number>>, wanted: Readonly<Record<string, number>>): string[] {
  const differences: string[] = [];
  for (const table of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    const [has, wants] = [found[table], wanted[table]];
    if (has === wants) continue;
    if (has === undefined) differences.push(`table ${table} is missing`);
    else if (wants === undefined) differences.push(`table ${table} is not in the manifest`);
    else differences.push(`table ${table} has ${has} rows instead of ${wants}`);
  }
  const rest = differences.length - MAX_DIFFERENCES;
  return rest > 0 ? [...differences.slice(0, MAX_DIFFERENCES), `${rest} more tables differ`] : differences;
}
