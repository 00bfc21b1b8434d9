import { and, asc, eq, gt } from "drizzle-orm";
import type { Database } from "../db/index.ts";
import { runLogs } from "../db/schema/run-logs.ts";
import type { Clock } from "../kit/clock.ts";
import { loadAlerts } from "./alerts.ts";
import type { JobEntry } from "./job-entry.ts";
import { loadRun, loadRuns } from "./run-store.ts";
import type { Runner } from "./runner.ts";
import type { JobRuntime, RunView } from "./runtime.ts";
import { loadJobMemories, loadSlots } from "./slot-store.ts";
import { loadJobStatus } from "./status.ts";
import { alertView, type RunRow, runLogLine, runView, slotView } from "./views.ts";

const DEFAULT_STATUS_RUNS = 10;
const DEFAULT_LOG_LINES = 1_000;
const DEFAULT_ALERTS = 100;

export interface RuntimeReadsOptions {
  db: Database;
  /** The file of run log lines. */
  logs: Database;
  clock: Clock;
  entries: ReadonlyMap<string, JobEntry>;
  runner: Pick<Runner, "active">;
  schedulerEnabled: boolean;
}

export interface RuntimeReads extends Pick<JobRuntime, "status" | "runs" | "run" | "runLogs" | "slots" | "alerts"> {
  /** A stored run, with its live progress while it goes on in this process. */
  view(row: RunRow): RunView;
}

/** What the runtime tells of jobs, runs, slots and alerts: rows, and what goes on right now. Changes nothing. */
export function createRuntimeReads(options: RuntimeReadsOptions): RuntimeReads {
  const { db, logs, clock, entries, runner, schedulerEnabled } = options;
  const view = (row: RunRow): RunView => {
    const active = runner.active(row.jobName);
    return runView(row, active?.row.id === row.id ? active.live() : undefined);
  };
  return {
    view,
    async status({ runs = DEFAULT_STATUS_RUNS } = {}) {
      const memories = await loadJobMemories(db);
      const statuses = [];
      for (const entry of entries.values()) {
        const { name } = entry.definition;
        const memory = memories.get(name);
        const due = schedulerEnabled && (entry.definition.enabled ?? true) && !memory?.paused;
        const nextAfter = due ? clock.now() : undefined;
        statuses.push(await loadJobStatus(db, entry, { runs, memory, active: runner.active(name), nextAfter }));
      }
      return statuses;
    },
    runs: async (filter) => (await loadRuns(db, filter)).map(view),
    async run(id) {
      const row = await loadRun(db, id);
      return row && view(row);
    },
    async runLogs(id, { afterSeq = -1, limit = DEFAULT_LOG_LINES } = {}) {
      const lines = await logs.read
        .select()
        .from(runLogs)
        .where(and(eq(runLogs.runId, id), gt(runLogs.seq, afterSeq)))
        .orderBy(asc(runLogs.seq))
        .limit(limit);
      return lines.map(runLogLine);
    },
    slots: async (filter) => (await loadSlots(db, filter)).map(slotView),
    alerts: async ({ state, limit = DEFAULT_ALERTS } = {}) =>
      (await loadAlerts(db, { limit, ...(state ? { state } : {}) })).map(alertView),
  };
}
