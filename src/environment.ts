import { existsSync, readFileSync } from "node:fs";
import { parseEnvFile } from "./kit/env-file.ts";
import { type LoadedSettings, loadSettings, SettingsError } from "./settings.ts";

const DEFAULT_ENV_FILE = ".env";

/**
 * Settings of this process: process environment over env file (`envFile`, else `.env` when it is there) over defaults.
 * Throws `SettingsError` with every fault of file and values at once.
 */
export function readSettings(
  processEnvironment: Readonly<Record<string, string | undefined>>,
  envFile?: string,
): LoadedSettings {
  const path = envFile ?? DEFAULT_ENV_FILE;
  if (!existsSync(path)) {
    if (envFile === undefined) return loadSettings(processEnvironment);
    throw new SettingsError([{ variable: "--env-file", problem: `${path} does not exist`, remedy: "Name a file." }]);
  }
  const file = parseEnvFile(readEnvFile(path), processEnvironment);
  const fileFaults = file.faults.map(({ line, problem }) => ({
    variable: `${path} line ${line}`,
    problem,
    remedy: "Write NAME=value.",
  }));
  try {
    const loaded = loadSettings({ ...file.values, ...definedOnly(processEnvironment) });
    if (fileFaults.length > 0) throw new SettingsError(fileFaults);
    return {
      ...loaded,
      warnings: [...file.warnings.map(({ line, problem }) => `${path} line ${line}: ${problem}`), ...loaded.warnings],
    };
  } catch (thrown) {
    if (!(thrown instanceof SettingsError) || fileFaults.length === 0) throw thrown;
    const valueFaults = thrown.faults.filter((fault) => !fileFaults.includes(fault));
    throw new SettingsError([...fileFaults, ...valueFaults]);
  }
}

function readEnvFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new SettingsError([
      { variable: path, problem: "cannot be read", remedy: "It must be a file that this user may read." },
    ]);
  }
}

function definedOnly(environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
}
