import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { VigiaError } from "../../kit/errors.ts";
import { randomToken } from "../../kit/hash.ts";

export interface KeptSecret {
  value: string;
  /** True for the call that made it. */
  created: boolean;
}

const OWNER_ONLY = 0o600;
/** A shorter content is the rest of an interrupted write. */
const LENGTH = randomToken().length;

/** A random secret that lives in a file only its owner can read; made on first use. */
export function keepSecret(path: string): KeptSecret {
  const kept = readSecret(path);
  if (kept !== undefined) return { value: kept, created: false };
  mkdirSync(dirname(path), { recursive: true });
  const value = randomToken();
  const draft = `${path}.${randomToken(6)}`;
  writeFileSync(draft, value, { mode: OWNER_ONLY, flag: "wx" });
  try {
    // A link fails when another process was faster; its secret counts then.
    linkSync(draft, path);
    return { value, created: true };
  } catch (failure) {
    const theirs = readSecret(path);
    if (theirs === undefined) throw failure;
    return { value: theirs, created: false };
  } finally {
    rmSync(draft, { force: true });
  }
}

function readSecret(path: string): string | undefined {
  try {
    const value = readFileSync(path, "utf8").trim();
    if (value.length < LENGTH) {
      rmSync(path);
      return undefined;
    }
    if ((statSync(path).mode & 0o777) !== OWNER_ONLY) chmodSync(path, OWNER_ONLY);
    return value;
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new VigiaError("secret_unreadable", `The secret in ${path} cannot be read.`, {
      hint: "Check that it is a file and belongs to this user, or move it away to get a new one.",
      cause: failure,
    });
  }
}
