import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type FileGuard, holdFileGuard } from "../db/file-guard.ts";
import type { Clock } from "../kit/clock.ts";
import { VigiaError } from "../kit/errors.ts";

/** What `vigia.lock` says about the process that owns the data directory. */
export interface LockInfo {
  pid: number;
  boot_id: string;
  /** ISO instant. */
  started_at: string;
  host: string;
  /** Start of the process in the kernel's clock ticks; tells it from a later one with the same pid. Linux only. */
  process_start?: string;
  /** Address of the HTTP API once it listens. */
  url?: string;
  /** The operator's generated token. */
  token?: string;
  /** Work during which nobody else may even read the store. */
  doing?: "restore";
}

export interface ProcessLock {
  readonly info: LockInfo;
  /** Adds what is known later; the file is replaced as a whole. */
  update(more: Pick<LockInfo, "url" | "token" | "doing">): void;
  release(): void;
}

const LOCK_FILE = "vigia.lock";
/** The lock itself: `vigia.lock` only says who holds it. */
const GUARD_FILE = "vigia.lock.guard";
/** A process that has just taken the guard writes its name within this. */
const NAME_WAIT_MS = 50;
const NAME_WAITS = 10;

/**
 * Makes this process the owner of `dataDir`. Errors: `already_running`, saying who holds it.
 *
 * Ownership is a lock of the kernel on the guard file, so two processes that start together cannot both get it, and a
 * killed process leaves nothing that has to be judged: whatever `vigia.lock` says is then overwritten.
 */
export async function acquireLock(
  dataDir: string,
  { bootId, clock, token }: { bootId: string; clock: Clock; token?: string },
): Promise<ProcessLock> {
  const guard = await takeGuard(dataDir);
  if (!guard) throw alreadyRunning(dataDir, await ownerOf(dataDir, clock));
  const survivor = await survivorOf(dataDir, clock);
  if (survivor) {
    guard.release();
    throw alreadyRunning(dataDir, survivor);
  }
  const path = join(dataDir, LOCK_FILE);
  const processStart = processStartOf(process.pid);
  let info: LockInfo = {
    pid: process.pid,
    boot_id: bootId,
    started_at: clock.now().toISOString(),
    host: hostname(),
    ...(processStart ? { process_start: processStart } : {}),
    ...(token ? { token } : {}),
  };
  let held = true;
  try {
    replaceFile(path, info);
  } catch (cause) {
    guard.release();
    throw lockFailure(dataDir, cause);
  }
  return {
    get info() {
      return info;
    },
    update(more) {
      if (!held) return;
      info = { ...info, ...more };
      replaceFile(path, info);
    },
    release() {
      if (!held) return;
      held = false;
      // The name goes first: once the guard is free, the file may be somebody else's.
      rmSync(path, { force: true });
      guard.release();
    },
  };
}

/** The process that owns `dataDir`; undefined when there is none or it is gone. */
export function readLock(dataDir: string): LockInfo | undefined {
  const info = parseLock(join(dataDir, LOCK_FILE));
  return info && isAlive(info) ? info : undefined;
}

async function takeGuard(dataDir: string): Promise<FileGuard | undefined> {
  try {
    mkdirSync(dataDir, { recursive: true });
    return await holdFileGuard(join(dataDir, GUARD_FILE));
  } catch (cause) {
    throw lockFailure(dataDir, cause);
  }
}

const lockFailure = (dataDir: string, cause: unknown) =>
  new VigiaError("lock_failed", `The data directory ${dataDir} cannot be locked.`, {
    hint: `Check that it exists, is writable, has free space and lies on a local disk, and that ${LOCK_FILE} and ${GUARD_FILE} in it are files of Vigía.`,
    cause,
  });

/**
 * The process that `vigia.lock` names, when it certainly lives although the guard was free: somebody deleted the guard
 * file below it. A killed process may be seen for a moment after the kernel freed its guard.
 */
async function survivorOf(dataDir: string, clock: Clock): Promise<LockInfo | undefined> {
  for (let wait = 0; ; wait++) {
    const owner = readLock(dataDir);
    const certain = owner?.host === hostname() && owner.process_start === processStartOf(owner.pid);
    if (!owner?.process_start || !certain || owner.pid === process.pid) return undefined;
    if (wait === NAME_WAITS) return owner;
    await clock.sleep(NAME_WAIT_MS);
  }
}

async function ownerOf(dataDir: string, clock: Clock): Promise<LockInfo | undefined> {
  for (let wait = 0; wait < NAME_WAITS; wait++) {
    const owner = readLock(dataDir);
    if (owner) return owner;
    await clock.sleep(NAME_WAIT_MS);
  }
  return undefined;
}

function alreadyRunning(dataDir: string, owner: LockInfo | undefined): VigiaError {
  const who = owner ? `process ${owner.pid}, since ${owner.started_at}` : "another process";
  const where = owner?.url ? `, at ${owner.url}` : "";
  return new VigiaError("already_running", `Vigía already runs on ${dataDir}: ${who}${where}.`, {
    hint: "Use that one, stop it, or set VIGIA_DATA_DIR to another directory.",
  });
}

function parseLock(path: string): LockInfo | undefined {
  try {
    const info = JSON.parse(readFileSync(path, "utf8")) as Partial<LockInfo>;
    return typeof info.pid === "number" && typeof info.started_at === "string" ? (info as LockInfo) : undefined;
  } catch {
    return undefined;
  }
}

/** On another host nothing can be asked, so the file is believed. */
function isAlive({ pid, host, process_start: processStart }: LockInfo): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // EPERM: it lives and belongs to somebody else.
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EPERM")) return false;
  }
  const running = processStartOf(pid);
  return running === undefined || processStart === undefined || running === processStart;
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); the command's name before it may hold spaces and parentheses. A dead process whose parent has not asked yet (state Z) has none. */
function processStartOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Readers see the old content or the new one, never half of it; only the owner of the directory may read the token. */
function replaceFile(path: string, info: LockInfo): void {
  const next = `${path}.${process.pid}.tmp`;
  writeFileSync(next, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, path);
}
