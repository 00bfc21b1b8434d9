import { type Api, ApiError } from "./api.ts";
import type { Sleep } from "./time-limit.ts";
import type { LogLine, Run, RunLog } from "./wire.ts";

/** A run and the end of its log. */
export interface FollowedRun {
  run: Run | null;
  lines: readonly LogLine[];
  /** Lines before `lines` that are no longer kept here. */
  droppedLines: number;
  /** Why the last read failed. */
  problem: string | null;
}

export const NO_RUN: FollowedRun = { run: null, lines: [], droppedLines: 0, problem: null };

/** Before the first line, whose number may be 0. */
const NOTHING_READ = -1;
const MAX_LINES = 2_000;
const POLL_MS = 1_000;
/** Long logs come in pages, so there may be more at once. */
const NEXT_PAGE_MS = 250;
const RETRY_MS = 5_000;

export interface FollowOptions {
  api: Api;
  sleep: Sleep;
  signal: AbortSignal;
  onChange: (followed: FollowedRun) => void;
}

/** Reads a run's log to its end and goes on while it runs. Resolves when the run is over and read; rejects on abort. */
export async function followRun(runId: number, { api, sleep, signal, onChange }: FollowOptions): Promise<void> {
  let followed = NO_RUN;
  for (;;) {
    let waitMs = POLL_MS;
    try {
      const log = await api.fetchRunLog(runId, followed.lines.at(-1)?.seq ?? NOTHING_READ, signal);
      const fresh = newLines(followed, log);
      const over = log.status !== "running";
      if (fresh.length > 0 || over || log.progress.done !== followed.run?.progress.done || followed.problem !== null) {
        followed = append(followed, log, fresh);
        onChange(followed);
      }
      if (over && fresh.length === 0) return;
      if (fresh.length > 0) waitMs = over ? 0 : NEXT_PAGE_MS;
    } catch (error) {
      signal.throwIfAborted();
      followed = { ...followed, problem: error instanceof ApiError ? error.message : "no answer" };
      onChange(followed);
      waitMs = RETRY_MS;
    }
    await sleep(waitMs, signal);
  }
}

/** Only what was not read before, even if the server sends it again. */
function newLines(followed: FollowedRun, log: RunLog): LogLine[] {
  const lastSeq = followed.lines.at(-1)?.seq ?? NOTHING_READ;
  return log.logs.filter((line) => line.seq > lastSeq);
}

function append(followed: FollowedRun, { logs: _logs, ...run }: RunLog, fresh: LogLine[]): FollowedRun {
  const all = [...followed.lines, ...fresh];
  const dropped = Math.max(0, all.length - MAX_LINES);
  return { run, lines: all.slice(dropped), droppedLines: followed.droppedLines + dropped, problem: null };
}
