import { AsyncLocalStorage } from "node:async_hooks";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Extra fields of a log line, snake_case as they are written: `job`, `run_id`, `duration_ms`, `error`, … */
export type LogFields = Record<string, unknown>;

/** `event` is a stable `noun.verb` literal that machines search for; `message` is the sentence that people read. */
export interface Logger {
  debug(event: string, message: string, fields?: LogFields): void;
  info(event: string, message: string, fields?: LogFields): void;
  warn(event: string, message: string, fields?: LogFields): void;
  error(event: string, message: string, fields?: LogFields): void;
  /** The same logger with fields that every line carries. */
  child(fields: LogFields): Logger;
}

/** Fields of the work in progress (`correlation_id`, `run_id`); every line logged inside carries them. */
export const logContext = new AsyncLocalStorage<LogFields>();

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
