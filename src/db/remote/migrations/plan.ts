import { VigiaError } from "../../../kit/errors.ts";
import type { MigrationFile } from "./files.ts";
import type { LedgerRow } from "./ledger.ts";

/** `interrupted`: begun statement by statement and not finished; the next run in either direction finishes it. */
export type MigrationState = "applied" | "pending" | "interrupted" | "changed" | "unknown";

export interface MigrationStatus {
  version: string;
  name: string;
  state: MigrationState;
  applied_at: string | null;
  /** `none`: nothing to compare with, because it is not applied or the Supabase CLI applied it. */
  checksum: "same" | "different" | "none";
}

/** Every version that a file or the ledger knows, in order. */
export function describeMigrations(files: readonly MigrationFile[], ledger: readonly LedgerRow[]): MigrationStatus[] {
  const rows = new Map(ledger.map((row) => [row.version, row]));
  const unknown = ledger.filter(({ version }) => !files.some((file) => file.version === version));
  return [
    ...files.map((file) => describeFile(file, rows.get(file.version))),
    ...unknown.map(({ version, name, appliedAt }) => {
      return { version, name, state: "unknown", applied_at: timeOf(appliedAt), checksum: "none" } as const;
    }),
  ];
}

function describeFile({ version, name, checksum }: MigrationFile, row: LedgerRow | undefined): MigrationStatus {
  if (!row) return { version, name, state: "pending", applied_at: null, checksum: "none" };
  const agreement = row.checksum === null ? "none" : row.checksum === checksum ? "same" : "different";
  const status = { version, name, applied_at: timeOf(row.appliedAt), checksum: agreement } as const;
  if (row.appliedAt === null) return { ...status, state: "interrupted" };
  return { ...status, state: agreement === "different" ? "changed" : "applied" };
}

/** The epoch stands for a time that the CLI did not write down. */
const timeOf = (at: Date | null): string | null => (at === null || at.getTime() === 0 ? null : at.toISOString());

/** Throws `MIG002` for an applied file that has changed, `MIG003` for an unknown applied version or one left out. */
export function requireSound(statuses: readonly MigrationStatus[]): void {
  const changed = statuses.find(({ state }) => state === "changed");
  if (changed)
    throw new VigiaError("MIG002", `MIG002: ${labelOf(changed)} has changed since it was applied.`, {
      hint: "Put the file back as it was, and write what is new into a migration of its own.",
    });
  const unknown = statuses.find(({ state }) => state === "unknown");
  if (unknown)
    throw new VigiaError("MIG003", `MIG003: ${labelOf(unknown)} is applied there, and this version does not know it.`, {
      hint: "Use the version of Vigía that applied it, or a newer one.",
    });
  const newest = statuses.findLastIndex(({ state }) => state === "applied");
  const gap = statuses.findIndex(({ state }, index) => state === "pending" && index < newest);
  if (gap !== -1)
    throw new VigiaError(
      "MIG003",
      `MIG003: ${labelOf(statuses[gap]!)} is not applied, and ${labelOf(statuses[newest]!)} is.`,
      {
        hint: "Somebody changed the ledger (app.schema_migrations): make it say what the schema is.",
      },
    );
}

/** What to apply, oldest first, up to and including version `to`. Throws `MIG002`, `MIG003`, `bad_usage`. */
export function planUp(files: readonly MigrationFile[], ledger: readonly LedgerRow[], to?: string): MigrationFile[] {
  const statuses = describeMigrations(files, ledger);
  requireSound(statuses);
  const last = to === undefined ? files.length : positionOf(files, to);
  return files.slice(0, last).filter((_, index) => statuses[index]?.state !== "applied");
}

/** How far down: the newest `steps`, or everything above version `to` (0: everything). */
export type Downward = { steps: number } | { to: string };

/** What to undo, newest first. Throws `MIG002`–`MIG004`, `bad_usage`. */
export function planDown(
  files: readonly MigrationFile[],
  ledger: readonly LedgerRow[],
  how: Downward,
): MigrationFile[] {
  const statuses = describeMigrations(files, ledger);
  requireSound(statuses);
  const applied = files.filter((_, index) => statuses[index]?.state !== "pending").reverse();
  const plan = "steps" in how ? applied.slice(0, how.steps) : above(applied, files, how.to);
  const stuck = plan.find(({ down }) => down === undefined);
  if (!stuck) return plan;
  throw new VigiaError(
    "MIG004",
    `MIG004: supabase/down/${labelOf(stuck)}.sql is missing or empty; nothing was undone.`,
    {
      hint: "Write the way back, or choose a version above it with --to.",
    },
  );
}

function above(applied: readonly MigrationFile[], files: readonly MigrationFile[], to: string): MigrationFile[] {
  const kept = /^0+$/.test(to) ? 0 : positionOf(files, to);
  return applied.filter((file) => files.indexOf(file) >= kept);
}

/** How many files end with the one called `7`, `0007` or `0007_rls`. */
function positionOf(files: readonly MigrationFile[], wanted: string): number {
  const digits = /^(\d{1,4})(?:_|$)/.exec(wanted)?.[1] ?? "";
  const index = files.findIndex(({ version }) => version === digits.padStart(4, "0"));
  if (index !== -1 && (/^\d+$/.test(wanted) || wanted === labelOf(files[index]!))) return index + 1;
  throw new VigiaError("bad_usage", `There is no migration ${wanted}.`, {
    hint: `The newest is ${files.length === 0 ? "none" : labelOf(files.at(-1)!)}; vigia db status lists them.`,
  });
}

export const labelOf = ({ version, name }: { version: string; name: string }): string => `${version}_${name}`;
