import { JobBusyError } from "../../src/jobs/job-busy-error.ts";
import type { AlertView, JobRuntime, JobStatus, RunLogLine, RunView } from "../../src/jobs/runtime.ts";
import { VigiaError } from "../../src/kit/errors.ts";

export interface FakeJobs extends JobRuntime {
  lastTickAt: Date | null;
  readonly calls: string[];
  readonly stored: RunView[];
  alertRows: AlertView[];
  busyWith: number | undefined;
}

export function runView(id: number, fields: Partial<RunView> = {}): RunView {
  return {
    id,
    uid: `uid-${id}`,
    job_name: "daily_analysis",
    trigger: "cron",
    attempt: 1,
    slot_at: "2026-03-02T09:00:00.000Z",
    start_time: "2026-03-02T09:00:00.000Z",
    end_time: "2026-03-02T09:00:05.000Z",
    duration_seconds: 5,
    status: "completed",
    outcome: "ok",
    tickers_processed: 15,
    errors_count: 1,
    progress: { done: 15, total: 15, item: null, eta_seconds: null },
    retry_at: null,
    params: null,
    log_data: { errors_by_analysis: { fundamental: 1 } },
    ...fields,
  };
}

const job = (name: string, fields: Partial<JobStatus>): JobStatus => ({
  job_name: name,
  system: "recommendations",
  about: "Does something.",
  enabled: true,
  paused: false,
  public: true,
  cron: "0 6 * * *",
  timezone: "America/Argentina/Buenos_Aires",
  next_run: "2026-03-03T09:00:00.000Z",
  running: false,
  last_run: null,
  last_success_at: null,
  consecutive_failures: 0,
  runs: [],
  ...fields,
});

export function alertView(fields: Partial<AlertView> = {}): AlertView {
  return {
    id: "alert-1",
    rule: "job.failing",
    subject: "daily_analysis",
    level: "critical",
    state: "firing",
    message: "daily_analysis failed and its retries too.",
    since: "2026-03-02T10:00:00.000Z",
    last_seen: "2026-03-02T10:00:00.000Z",
    resolved_at: null,
    delivered_at: null,
    value: 4,
    threshold: 3,
    ...fields,
  };
}

/** A runtime in memory with a public job (`daily_analysis`) and one of the house (`retention`). */
export function createFakeJobs(): FakeJobs {
  const calls: string[] = [];
  const stored: RunView[] = [];
  const paused = new Set<string>();
  const log: RunLogLine[] = [1, 2, 3].map((seq) => ({
    seq,
    at: "2026-03-02T09:00:01.000Z",
    level: "info",
    event: "ticker.done",
    message: `line ${seq}`,
    fields: { ticker: "YPF" },
  }));
  const newest = (name: string) => stored.filter((run) => run.job_name === name).sort((a, b) => b.id - a.id);
  const fake: FakeJobs = {
    calls,
    stored,
    alertRows: [],
    busyWith: undefined,
    lastTickAt: null,
    running: [],
    start: async () => {},
    stop: async () => {},
    async runNow(name, options) {
      if (fake.busyWith !== undefined) throw new JobBusyError(name, fake.busyWith);
      if (!["daily_analysis", "retention"].includes(name))
        throw new VigiaError("unknown_job", `There is no job called ${name}.`);
      calls.push(`run ${name} ${JSON.stringify(options?.params ?? {})}`);
      return { id: 77, uid: "uid-77" };
    },
    waitForRun: async (id) => runView(id),
    async cancel(name) {
      calls.push(`cancel ${name}`);
      return fake.busyWith !== undefined;
    },
    async pause(name) {
      paused.add(name);
      calls.push(`pause ${name}`);
    },
    async resume(name) {
      paused.delete(name);
      calls.push(`resume ${name}`);
    },
    async status(options) {
      const count = options?.runs ?? 0;
      const of = (name: string): Partial<JobStatus> => ({
        paused: paused.has(name),
        last_run: newest(name)[0] ?? null,
        runs: newest(name).slice(0, count),
        running: newest(name)[0]?.status === "running",
      });
      return [
        job("daily_analysis", of("daily_analysis")),
        job("retention", {
          ...of("retention"),
          public: false,
          system: "ops",
          cron: "15 4 * * *",
          timezone: "UTC",
          next_run: "2026-03-03T04:15:00.000Z",
        }),
      ];
    },
    runs: async ({ job: name, limit, beforeId }) =>
      stored
        .filter((run) => (!name || run.job_name === name) && (beforeId === undefined || run.id < beforeId))
        .sort((a, b) => b.id - a.id)
        .slice(0, limit),
    run: async (id) => stored.find((run) => run.id === id),
    runLogs: async (_id, options) =>
      log.filter((line) => line.seq > (options?.afterSeq ?? 0)).slice(0, options?.limit ?? 1000),
    slots: async () => [],
    alerts: async (filter) => fake.alertRows.filter((alert) => !filter?.state || alert.state === filter.state),
  };
  return fake;
}
