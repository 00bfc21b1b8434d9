import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { VigiaError } from "../kit/errors.ts";

/** The directory's whole path; made, for its owner alone, when it is not there. Errors: `data_dir_unusable`. */
export function openDataDir(path: string): string {
  const dataDir = resolve(path);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return dataDir;
  } catch (cause) {
    throw new VigiaError("data_dir_unusable", `There is no data directory ${dataDir}, and it cannot be made.`, {
      hint: "Set VIGIA_DATA_DIR to a directory that this user may write; a file may be in its place.",
      cause,
    });
  }
}
