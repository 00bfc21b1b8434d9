import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { hours, seconds } from "../../kit/duration.ts";
import { toError, VigiaError } from "../../kit/errors.ts";
import type { BackupHome } from "./backup-home.ts";
import { codeOf } from "./durable-files.ts";
import { loadManifest, type Manifest } from "./manifest.ts";

/** A copy of the local store with what its manifest says. */
export interface Backup {
  /** Whole path. */
  file: string;
  name: string;
  createdAt: Date;
  bytes: number;
  /** Absent when it is missing or damaged; `problem` says so. */
  manifest?: Manifest;
  /** Why it cannot be relied on, as far as can be seen without restoring it, and what its last verification found. */
  problem?: string;
}

type Place = Pick<BackupHome, "dataDir" | "clock">;

export const backupsDir = (dataDir: string): string => join(resolve(dataDir), "backups");

/** `vigia_<environment>_local_<YYYYMMDDTHHMMSSZ>.db`, in UTC. */
const NAME = /^vigia_[a-z]+_local_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/;
/** Names tried, a second later each, when one is taken. */
const MAX_NAMES = 60;
/** A clock that is set right is put back by less. */
const MAX_AHEAD_MS = hours(1);

/** `20260307T040000Z`. */
export const timeStamp = (at: Date): string => at.toISOString().replace(/[-:]|\.\d{3}/g, "");

/** The first of the next 60 seconds whose name is free: `nameOf` makes a path of its stamp. Errors: `backup_name_taken`. */
export function freePath(at: Date, nameOf: (stamp: string) => string, isTaken: (path: string) => boolean): string {
  for (let later = 0; later < MAX_NAMES; later++) {
    const path = nameOf(timeStamp(new Date(at.getTime() + seconds(later))));
    if (!isTaken(path)) return path;
  }
  throw new VigiaError("backup_name_taken", `${nameOf(timeStamp(at))} and the names of the next minute are taken.`, {
    hint: "Check the clock of this machine, and who else writes there.",
    retryable: true,
  });
}

/** Newest first; none when nothing was ever backed up. Whatever else lies in the directory is left out. */
export async function listBackups({ dataDir, clock }: Place): Promise<Backup[]> {
  const dir = backupsDir(dataDir);
  const names = await readdir(dir).catch((thrown: unknown) => {
    if (codeOf(thrown) === "ENOENT") return [];
    throw unreadable(dir, thrown);
  });
  const backups: Backup[] = [];
  for (const name of names) {
    const backup = NAME.test(name) ? await describe(join(dir, name), clock.now()) : undefined;
    if (backup) backups.push(backup);
  }
  return backups.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.name < b.name ? 1 : -1));
}

/** The newest copy that nothing speaks against; never one of what a restore replaced, which is often what was bad. */
export async function newestBackup(place: Place): Promise<Backup | undefined> {
  return (await listBackups(place)).find((backup) => backup.problem === undefined && !isSafetyCopy(backup));
}

export const isSafetyCopy = ({ manifest }: Backup): boolean => manifest?.safety_copy ?? false;

/** When a copy that still lies there was last restored to see that it works; undefined when none ever was. */
export async function lastVerifiedAt(place: Place): Promise<Date | undefined> {
  const sound = (await listBackups(place)).filter((backup) => !backup.problem && !isSafetyCopy(backup));
  const times = sound.flatMap((backup) => verifiedAt(backup) ?? []).filter((at) => !isAhead(at, place.clock.now()));
  return times.sort((a, b) => b.getTime() - a.getTime())[0];
}

export const verifiedAt = ({ manifest }: Backup): Date | undefined =>
  manifest?.verified_at ? new Date(manifest.verified_at) : undefined;

/**
 * `latest` (neither a copy of what a restore replaced, nor one dated in the future), a name in the directory of backups, or a
 * path. Errors: `backup_missing`, `backup_manifest_missing`, `backup_manifest_damaged`.
 */
export async function findBackup(place: Place, wanted: string): Promise<Backup & { manifest: Manifest }> {
  const { dataDir, clock } = place;
  const now = clock.now();
  const mayBeLatest = (backup: Backup) => !isSafetyCopy(backup) && !isAhead(backup.createdAt, now);
  const file = wanted === "latest" ? (await listBackups(place)).find(mayBeLatest)?.file : pathOf(dataDir, wanted);
  const backup = file === undefined ? undefined : await describe(file, now);
  if (!backup) throw notThere(dataDir, wanted);
  return { ...backup, manifest: await loadManifest(backup.file) };
}

function pathOf(dataDir: string, wanted: string): string | undefined {
  if (!wanted.endsWith(".db")) return undefined;
  return basename(wanted) === wanted ? join(backupsDir(dataDir), wanted) : resolve(wanted);
}

/** Undefined when the file is gone, for example pruned meanwhile. */
async function describe(file: string, now: Date): Promise<Backup | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const name = basename(file);
  const known = { file, name, bytes: found.size };
  try {
    const manifest = await loadManifest(file);
    const { bytes, verify_problem, created_at } = manifest;
    const cut = bytes === found.size ? undefined : `it has ${found.size} bytes instead of ${bytes}`;
    const createdAt = new Date(created_at);
    const ahead = isAhead(createdAt, now) ? `it is dated ${created_at}, later than this machine's clock` : undefined;
    const problem = cut ?? verify_problem ?? ahead;
    return { ...known, createdAt, manifest, ...(problem ? { problem } : {}) };
  } catch (thrown) {
    const at = nameTime(name) ?? found.mtime;
    return { ...known, createdAt: at, problem: toError(thrown).message };
  }
}

/** Of a clock that was wrong: such a copy would count as the newest for years. */
const isAhead = (at: Date, now: Date): boolean => at.getTime() - now.getTime() > MAX_AHEAD_MS;

function nameTime(name: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = NAME.exec(name) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

const notThere = (dataDir: string, wanted: string) =>
  new VigiaError("backup_missing", wanted === "latest" ? "There is no backup yet." : `There is no backup ${wanted}.`, {
    hint:
      `Backups of ${backupsDir(dataDir)} are listed by \`vigia backup list\`; \`vigia backup create\` makes one. ` +
      "Copies of what a restore replaced, and ones dated in the future, are restored by name.",
  });

const unreadable = (dir: string, cause: unknown) =>
  new VigiaError("backup_dir_unusable", `The directory of backups ${dir} cannot be read.`, {
    hint: "It must be a directory of the user that Vigía runs as.",
    cause,
  });
