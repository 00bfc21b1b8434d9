import type { Clock } from "../kit/clock.ts";
import type { Logger } from "../kit/log.ts";
import { createLogger } from "../kit/logger.ts";
import { createRedactor } from "../kit/redact.ts";
import { camelCase, type Settings, VARIABLES } from "../settings.ts";

/** The process's log as the settings want it; every secret among them is masked wherever it might occur. */
export function openLog(settings: Settings, clock: Clock, write?: (line: string) => void): Logger {
  const onTerminal = process.stdout.isTTY === true && write === undefined;
  return createLogger({
    level: settings.debug ? "debug" : settings.logLevel,
    format: settings.logFormat ?? (onTerminal ? "pretty" : "json"),
    redactor: createRedactor(secretsOf(settings)),
    now: clock.now,
    color: onTerminal && settings.noColor === undefined,
    ...(write ? { write } : {}),
  });
}

/** Values of all variables marked as secret. */
export function secretsOf(settings: Settings): string[] {
  const values = settings as unknown as Record<string, unknown>;
  return Object.entries(VARIABLES).flatMap(([name, variable]) => {
    const value = "secret" in variable ? values[camelCase(name)] : undefined;
    return typeof value === "string" ? [value] : [];
  });
}
