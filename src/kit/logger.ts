import pino from "pino";
import { toError, VigiaError } from "./errors.ts";
import { type LogFields, type Logger, type LogLevel, logContext } from "./log.ts";
import type { Redactor } from "./redact.ts";

export interface LoggerOptions {
  level: LogLevel;
  /** `json`: one object a line. `pretty`: for people at a terminal. */
  format: "json" | "pretty";
  redactor: Redactor;
  now: () => Date;
  color?: boolean;
  /** Where lines go; default: standard output. */
  write?: (line: string) => void;
}

/** The house's log: `ts, level, event, msg` and the fields of the work in progress; secrets are removed from all of it. */
export function createLogger(options: LoggerOptions): Logger {
  const { redactor, now } = options;
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"ts":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Errors were described and redacted before; pino must not touch them again.
      serializers: { err: (described) => described },
    },
    destination(options),
  );
  const wrap = (own: LogFields): Logger => {
    const line = (level: LogLevel) => (event: string, message: string, fields?: LogFields) => {
      if (!root.isLevelEnabled(level)) return;
      const all = { event, ...logContext.getStore(), ...own, ...fields };
      root[level](redactor.fields(describeErrors(all)), redactor.text(message));
    };
    return {
      debug: line("debug"),
      info: line("info"),
      warn: line("warn"),
      error: line("error"),
      child: (fields) => wrap({ ...own, ...fields }),
    };
  };
  return wrap({});
}

/** Errors become `{ type, code, message, stack }`; pino would drop them after redaction. */
function describeErrors(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describeError(value) : value]),
  );
}

function describeError(error: Error): LogFields {
  return {
    type: error.name,
    ...(error instanceof VigiaError ? { code: error.code } : {}),
    message: error.message,
    ...(error.cause === undefined ? {} : { cause: toError(error.cause).message }),
    ...(error instanceof VigiaError ? {} : { stack: error.stack?.split("\n").slice(1, 6).join("\n") }),
  };
}

function destination({ format, color, write }: LoggerOptions): pino.DestinationStream {
  const out = neverFailing(write ?? ((line) => void process.stdout.write(line)));
  if (format === "json") return out;
  // Loaded for people only: JSON lines and commands start without it.
  const { prettyFactory } = require("pino-pretty") as typeof import("pino-pretty");
  const prettify = prettyFactory({
    colorize: color ?? false,
    timestampKey: "ts",
    translateTime: "SYS:HH:MM:ss",
    messageKey: "msg",
    ignore: "event,pid,hostname",
    singleLine: true,
  });
  return { write: (line) => out.write(prettify(line) ?? line) };
}

/** A full disk or a reader that went away costs the line, never the work that the line tells about. */
function neverFailing(write: (line: string) => void): pino.DestinationStream {
  return {
    write(line) {
      try {
        write(line);
      } catch {}
    },
  };
}
