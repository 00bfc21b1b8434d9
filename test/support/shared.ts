import { existsSync } from "node:fs";
import { join } from "node:path";

const SHARED_ROOT = join(import.meta.dir, "../../../shared");

/** Path of a data or golden file that lies beside the checkout and is not part of it. */
export const sharedPath = (relative: string): string => join(SHARED_ROOT, relative);

/** Tests that need such files run only where they are. */
export const hasShared = existsSync(sharedPath("golden")) && existsSync(sharedPath("data"));

if (!hasShared) console.warn("skipped: tests that need ../shared/data or ../shared/golden (not found)");

export async function readShared<T>(relative: string): Promise<T> {
  return (await Bun.file(sharedPath(relative)).json()) as T;
}
