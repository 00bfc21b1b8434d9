import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { othersMayEnter, serverUser } from "./binaries.ts";

const PREFIX = "vigia-pg-";
const OWNER = "owner.pid";

const root = (): string => (serverUser() && !othersMayEnter(tmpdir()) ? "/tmp" : tmpdir());

/** A directory for one cluster, with the pid of its owner in it. Short: socket paths end at about 104 characters. */
export function createClusterDir(): string {
  const dir = mkdtempSync(join(root(), PREFIX));
  const user = serverUser();
  if (user) chownSync(dir, user.uid, user.gid);
  writeFileSync(join(dir, OWNER), String(process.pid));
  return dir;
}

/** Ends and removes what runs left behind that were killed before their own end. */
export function sweepDeadOwners(): string[] {
  const dead = readdirSync(root())
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(root(), name))
    .filter(isAbandoned);
  for (const dir of dead) {
    killServerOf(dir);
    rmSync(dir, { recursive: true, force: true });
  }
  return dead;
}

function isAbandoned(dir: string): boolean {
  const owner = readPid(join(dir, OWNER));
  return owner !== undefined && !isAlive(owner);
}

/** By the pid that the server wrote, and only if that process still works on this directory. */
function killServerOf(dir: string): void {
  const pid = readPid(join(dir, "data/postmaster.pid"));
  if (pid === undefined || !isAlive(pid)) return;
  const { stdout } = Bun.spawnSync(["ps", "-o", "command=", "-p", String(pid)]);
  if (stdout.toString().includes(dir)) process.kill(pid, "SIGKILL");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
