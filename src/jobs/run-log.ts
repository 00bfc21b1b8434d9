import type { Database } from "../db/index.ts";
import { runLogs } from "../db/schema/run-logs.ts";
import type { Clock } from "../kit/clock.ts";
import type { LogFields, Logger, LogLevel } from "../kit/log.ts";
import type { Redactor } from "../kit/redact.ts";

/** Lines kept of one run; one more line says how many were dropped. */
export const MAX_LINES = 2_000;
/** Lines wait this long for company before they are written. */
const FLUSH_AFTER_MS = 500;
/** Rows of one insert: SQLite takes 32,766 bound values, a line has seven. */
const LINES_PER_INSERT = 500;
const MAX_MESSAGE_LENGTH = 2_000;
const MAX_FIELDS_LENGTH = 8_000;

export interface RunLog {
  /** Writes to the main log and to the run's rows. */
  log: Logger;
  /** Writes what is waiting. Lines logged later reach the main log only. */
  close(): Promise<void>;
}

export interface RunLogOptions {
  runId: number;
  logs: Database;
  clock: Clock;
  /** The process's log, with the run's fields. */
  mainLog: Logger;
  redactor: Redactor;
  /** Told about lines that could not be stored; a failure never reaches the run. */
  onLost: (lines: number, error: unknown) => void;
}

export function openRunLog(options: RunLogOptions): RunLog {
  const { runId, logs, clock, redactor } = options;
  let waiting: (typeof runLogs.$inferInsert)[] = [];
  let lines = 0;
  let dropped = 0;
  let closed = false;
  let flushing: Promise<void> = Promise.resolve();
  const closing = new AbortController();

  const add = (level: LogLevel, event: string, message: string, fields: LogFields) => {
    if (closed) return;
    if (lines >= MAX_LINES) {
      dropped++;
      return;
    }
    waiting.push({
      runId,
      seq: ++lines,
      at: clock.now().toISOString(),
      level,
      event,
      message: redactor.text(message).slice(0, MAX_MESSAGE_LENGTH),
      fields: fieldsText(redactor, fields),
    });
    if (waiting.length === 1) flushLater();
    else if (waiting.length >= LINES_PER_INSERT) flush();
  };
  const flushLater = () => {
    clock.sleep(FLUSH_AFTER_MS, closing.signal).then(flush, () => undefined);
  };
  const flush = () => {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) flushing = flushing.then(() => save(batch));
  };
  const save = async (batch: (typeof runLogs.$inferInsert)[]) => {
    try {
      for (let start = 0; start < batch.length; start += LINES_PER_INSERT)
        await logs.write(async (tx) => {
          await tx.insert(runLogs).values(batch.slice(start, start + LINES_PER_INSERT));
        });
    } catch (error) {
      options.onLost(batch.length, error);
    }
  };

  return {
    log: teeLogger(options.mainLog, add, {}),
    async close() {
      if (dropped > 0) {
        waiting.push({
          runId,
          seq: ++lines,
          at: clock.now().toISOString(),
          level: "warn",
          event: "run.log_cut",
          message: `${dropped} more lines were dropped: a run keeps ${MAX_LINES}.`,
          fields: null,
        });
      }
      closed = true;
      closing.abort();
      flush();
      await flushing;
    },
  };
}

type AddLine = (level: LogLevel, event: string, message: string, fields: LogFields) => void;

function teeLogger(main: Logger, add: AddLine, inherited: LogFields): Logger {
  const at =
    (level: LogLevel) =>
    (event: string, message: string, fields: LogFields = {}) => {
      main[level](event, message, fields);
      // Debug lines are for the process's log: they would use up the run's room.
      if (level !== "debug") add(level, event, message, { ...inherited, ...fields });
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => teeLogger(main.child(fields), add, { ...inherited, ...fields }),
  };
}

function fieldsText(redactor: Redactor, fields: LogFields): string | null {
  if (Object.keys(fields).length === 0) return null;
  try {
    const text = JSON.stringify(redactor.fields(plainErrors(fields)));
    return text.length <= MAX_FIELDS_LENGTH ? text : JSON.stringify({ cut: text.slice(0, MAX_FIELDS_LENGTH / 2) });
  } catch {
    return JSON.stringify({ cut: "these fields cannot be written as JSON" });
  }
}

/** Errors have no enumerable properties and would be stored as `{}`. */
const plainErrors = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? { type: value.name, message: value.message } : value,
    ]),
  );
