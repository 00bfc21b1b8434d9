import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A log that has grown beyond this moves to `vigia.log.1` at the next start. */
const MAX_LOG_BYTES = 10 * 1_048_576;

/** Where log lines go while the dashboard has the terminal: `vigia.log` in the data directory. */
export function openLogFile(dataDir: string): { path: string; write(line: string): void; close(): void } {
  const path = join(dataDir, "vigia.log");
  if (existsSync(path) && statSync(path).size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  const file = openSync(path, "a", 0o600);
  return { path, write: (line) => void writeSync(file, line), close: () => closeSync(file) };
}
