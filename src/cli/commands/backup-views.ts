import { type Backup, isSafetyCopy } from "../../db/backup/backup-files.ts";
import type { Restored } from "../../db/backup/restore-backup.ts";
import { days, hours, minutes } from "../../kit/duration.ts";
import { renderTable } from "../output.ts";

/** A backup as `--json` shows it. */
export interface BackupView {
  file: string;
  target: "local";
  created_at: string;
  age_seconds: number;
  bytes: number;
  sha256: string | null;
  migration: string | null;
  verified_at: string | null;
  /** Whether it is of what a restore replaced: `latest` never means it. */
  safety_copy: boolean;
  /** Why it cannot be relied on; null when nothing speaks against it. */
  problem: string | null;
}

export function backupView(backup: Backup, now: Date): BackupView {
  const { name, createdAt, bytes, manifest, problem } = backup;
  return {
    file: name,
    target: "local",
    created_at: createdAt.toISOString(),
    age_seconds: Math.max(0, Math.round((now.getTime() - createdAt.getTime()) / 1_000)),
    bytes,
    sha256: manifest?.sha256 ?? null,
    migration: manifest?.migration ?? null,
    verified_at: manifest?.verified_at ?? null,
    safety_copy: isSafetyCopy(backup),
    problem: problem ?? null,
  };
}

export const restoredView = ({ backup, databasePath, safetyBackup, replaced }: Restored) => ({
  restored: backup.name,
  database: databasePath,
  migration: backup.manifest.migration,
  safety_backup: safetyBackup?.name ?? null,
  replaced: replaced ?? null,
  /** The command that removes what Supabase has of the time after the backup; null for a store that was never mirrored. */
  next: [backup, safetyBackup].some((copy) => copy && wasMirrored(copy)) ? "vigia mirror reconcile --delete" : null,
});

/** The mirror remembers its streams from its first start on. */
const wasMirrored = ({ manifest }: Backup): boolean => (manifest?.tables.mirror_streams ?? 0) > 0;

export function renderBackups(views: readonly BackupView[]): string {
  return renderTable(views, [
    { title: "BACKUP", value: ({ file }) => file },
    { title: "AGE", value: ({ age_seconds }) => ageText(age_seconds * 1_000), align: "right" },
    { title: "MB", value: ({ bytes }) => (bytes / 1_000_000).toFixed(1), align: "right" },
    {
      title: "VERIFIED (UTC)",
      value: ({ verified_at, problem, safety_copy }) => {
        const state = problem ?? verified_at?.slice(0, 16).replace("T", " ") ?? "not yet";
        return safety_copy ? `${state} (of what a restore replaced)` : state;
      },
    },
  ]);
}

function ageText(ms: number): string {
  if (ms < hours(1)) return `${Math.floor(ms / minutes(1))} min`;
  if (ms < days(2)) return `${Math.floor(ms / hours(1))} h`;
  return `${Math.floor(ms / days(1))} d`;
}
