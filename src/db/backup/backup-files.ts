import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { seconds } from "../../kit/duration.ts";
import { toError, VigiaError } from "../../kit/errors.ts";
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

export const backupsDir = (dataDir: string): string => join(resolve(dataDir), "backups");

/** `vigia_<environment>_local_<YYYYMMDDTHHMMSSZ>.db`, in UTC. */
const NAME = /^vigia_[a-z]+_local_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/;
/** Names tried, a second later each, when one is taken. */
const MAX_NAMES = 60;

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
export async function listBackups(dataDir: string): Promise<Backup[]> {
  const dir = backupsDir(dataDir);
  const names = await readdir(dir).catch((thrown: unknown) => {
    if (codeOf(thrown) === "ENOENT") return [];
    throw unreadable(dir, thrown);
  });
  const backups: Backup[] = [];
  for (const name of names) {
    const backup = NAME.test(name) ? await describe(join(dir, name)) : undefined;
    if (backup) backups.push(backup);
  }
  return backups.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.name < b.name ? 1 : -1));
}

/** The newest copy that nothing speaks against. */
export async function newestBackup(dataDir: string): Promise<Backup | undefined> {
  return (await listBackups(dataDir)).find(({ problem }) => problem === undefined);
}

/** When a copy that still lies there was last restored to see that it works; undefined when none ever was. */
export async function lastVerifiedAt(dataDir: string): Promise<Date | undefined> {
  const times = (await listBackups(dataDir)).flatMap((backup) => (backup.problem ? [] : (verifiedAt(backup) ?? [])));
  return times.sort((a, b) => b.getTime() - a.getTime())[0];
}

export const verifiedAt = ({ manifest }: Backup): Date | undefined =>
  manifest?.verified_at ? new Date(manifest.verified_at) : undefined;

/**
 * `latest`, a name in the directory of backups, or a path. Errors: `backup_missing`, `backup_manifest_missing`,
 * `backup_manifest_damaged`.
 */
export async function findBackup(dataDir: string, wanted: string): Promise<Backup & { manifest: Manifest }> {
  const file = wanted === "latest" ? (await listBackups(dataDir))[0]?.file : pathOf(dataDir, wanted);
  const backup = file === undefined ? undefined : await describe(file);
  if (!backup) throw notThere(dataDir, wanted);
  return { ...backup, manifest: await loadManifest(backup.file) };
}

function pathOf(dataDir: string, wanted: string): string | undefined {
  if (!wanted.endsWith(".db")) return undefined;
  return basename(wanted) === wanted ? join(backupsDir(dataDir), wanted) : resolve(wanted);
}

/** Undefined when the file is gone, for example pruned meanwhile. */
async function describe(file: string): Promise<Backup | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const name = basename(file);
  const known = { file, name, bytes: found.size };
  try {
    const manifest = await loadManifest(file);
    const { bytes, verify_problem, created_at } = manifest;
    const cut = bytes === found.size ? undefined : `it has ${found.size} bytes instead of ${bytes}`;
    const problem = cut ?? verify_problem ?? undefined;
    return { ...known, createdAt: new Date(created_at), manifest, ...(problem ? { problem } : {}) };
  } catch (thrown) {
    const at = nameTime(name) ?? found.mtime;
    return { ...known, createdAt: at, problem: toError(thrown).message };
  }
}

function nameTime(name: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = NAME.exec(name) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

const notThere = (dataDir: string, wanted: string) =>
  new VigiaError("backup_missing", wanted === "latest" ? "There is no backup yet." : `There is no backup ${wanted}.`, {
    hint: `Backups of ${backupsDir(dataDir)} are listed by \`vigia backup list\`; \`vigia backup create\` makes one.`,
  });

const unreadable = (dir: string, cause: unknown) =>
  new VigiaError("backup_dir_unusable", `The directory of backups ${dir} cannot be read.`, {
    hint: "It must be a directory of the user that Vigía runs as.",
    cause,
  });
