import { expect, test } from "bun:test";
import type { Outcome } from "../../src/db/schema/jobs.ts";
import { alerts, jobRuns, jobSlots, jobState } from "../../src/db/schema/jobs.ts";
import { runLogs } from "../../src/db/schema/run-logs.ts";
import { MAX_RUNS_PER_JOB, MAX_SLOTS_PER_JOB, type RetentionOptions, retentionJob } from "../../src/jobs/retention.ts";
import { days } from "../../src/kit/duration.ts";
import { type Bench, openBench } from "./harness.ts";

const NOW = Date.parse("2026-03-02T12:00:00.000Z");
const ago = (count: number) => new Date(NOW - days(count)).toISOString();

const runOf = (uid: string, job: string, daysAgo: number, outcome: Outcome = "ok") => ({
  uid,
  jobName: job,
  trigger: "cron" as const,
  startTime: ago(daysAgo),
  endTime: ago(daysAgo),
  status: outcome === "ok" ? ("completed" as const) : ("failed" as const),
  outcome,
  bootId: "old",
  createdAt: ago(daysAgo),
});

async function sweep(bench: Bench, options: Partial<RetentionOptions> = {}) {
  const { db, logs } = bench.store;
  const { engine } = bench.boot([retentionJob({ db, logs, jobRunsDays: 180, ...options })]);
  return engine.waitForRun((await engine.runNow("retention")).id);
}

test("old runs go, but not the last success of a job, nor what waits for a retry", async () => {
  await using bench = await openBench();
  await bench.store.db.write(async (tx) => {
    await tx
      .insert(jobRuns)
      .values([
        runOf("old-ok", "a", 300),
        runOf("last-ok", "a", 200),
        runOf("old-failure", "a", 190, "failed"),
        { ...runOf("waits", "a", 190, "failed"), retryAt: ago(-1) },
        runOf("young", "a", 10, "failed"),
        runOf("only-failures", "b", 300, "failed"),
      ]);
  });
  const run = await sweep(bench);
  const left = await bench.store.db.read.select({ uid: jobRuns.uid, job: jobRuns.jobName }).from(jobRuns);
  expect(left.filter(({ job }) => job !== "retention").map(({ uid }) => uid)).toEqual(["last-ok", "waits", "young"]);
  expect(run).toMatchObject({ outcome: "ok", tickers_processed: 3, log_data: { deleted: { job_runs: 3 } } });
});

test("of a busy job the newest runs stay, whatever their age; with 0 days age does not count", async () => {
  await using bench = await openBench();
  await bench.store.db.write(async (tx) => {
    for (let start = 0; start < MAX_RUNS_PER_JOB + 700; start += 100)
      await tx
        .insert(jobRuns)
        .values(
          Array.from({ length: 100 }, (_, index) => runOf(`run-${start + index}`, "a", 400, start ? "failed" : "ok")),
        );
  });
  await sweep(bench, { jobRunsDays: 0 });
  const left = await bench.store.db.read.select({ uid: jobRuns.uid }).from(jobRuns).orderBy(jobRuns.id);
  // 5,000, the last success beyond them, and the sweep itself.
  expect(left).toHaveLength(MAX_RUNS_PER_JOB + 2);
  expect(left.slice(0, 2).map(({ uid }) => uid)).toEqual(["run-99", "run-700"]);
});

test("a job keeps its newest slots, whatever their age; open ones beyond them stay", async () => {
  await using bench = await openBench();
  const slotAt = (index: number) => new Date(Date.parse(ago(1)) + index * 1_000).toISOString();
  const slot = { job: "a", trigger: "cron" as const, createdAt: ago(1) };
  for (let start = 0; start < MAX_SLOTS_PER_JOB + 3; start += 3_000)
    await bench.store.db.write(async (tx) => {
      const count = Math.min(3_000, MAX_SLOTS_PER_JOB + 3 - start);
      const rows = Array.from({ length: count }, (_, index) => start + index);
      await tx
        .insert(jobSlots)
        .values(
          rows.map((index) => ({ ...slot, slotAt: slotAt(index), state: index === 1 ? "due" : "done" }) as const),
        );
    });
  await sweep(bench);
  const { read } = bench.store.db;
  expect(await read.$count(jobSlots)).toBe(MAX_SLOTS_PER_JOB + 1);
  const oldest = await read.select().from(jobSlots).orderBy(jobSlots.slotAt).limit(2);
  expect(oldest.map((row) => row.slotAt)).toEqual([slotAt(1), slotAt(3)]);
});

test("slots, log lines and resolved alerts go by age; open ones stay, and the schedule's memory too", async () => {
  await using bench = await openBench();
  await bench.store.db.write(async (tx) => {
    const slot = { job: "a", trigger: "cron" as const, createdAt: ago(40) };
    await tx.insert(jobSlots).values([
      { ...slot, slotAt: ago(31), state: "done" },
      { ...slot, slotAt: ago(32), state: "skipped", reason: "late" },
      { ...slot, slotAt: ago(33), state: "due" },
      { ...slot, slotAt: ago(29), state: "done" },
    ]);
    await tx.insert(jobState).values({ job: "a", scheduledThrough: ago(29), updatedAt: ago(29) });
    const alert = { rule: "x", level: "warning" as const, message: "m", firstSeen: ago(500) };
    await tx.insert(alerts).values([
      { ...alert, id: "old", state: "resolved", lastSeen: ago(401), resolvedAt: ago(401) },
      { ...alert, id: "young", state: "resolved", lastSeen: ago(399), resolvedAt: ago(399) },
      { ...alert, id: "firing", state: "firing", lastSeen: ago(450) },
    ]);
  });
  await bench.store.logs.write(async (tx) => {
    const line = { runId: 1, level: "info", event: "e", message: "m" };
    await tx.insert(runLogs).values([
      { ...line, seq: 1, at: ago(15) },
      { ...line, seq: 2, at: ago(13) },
    ]);
  });
  await sweep(bench);
  const { read } = bench.store.db;
  expect((await read.select().from(jobSlots).orderBy(jobSlots.slotAt)).map(({ slotAt }) => slotAt)).toEqual([
    ago(33),
    ago(29),
  ]);
  expect((await read.select().from(alerts).orderBy(alerts.id)).map(({ id }) => id)).toEqual(["firing", "young"]);
  expect(await read.$count(jobState)).toBeGreaterThan(0);
  const lines = await bench.store.logs.read.select().from(runLogs);
  expect(lines.filter(({ event }) => event === "e").map(({ seq }) => seq)).toEqual([2]);
});

test("a sweep that fails leaves the others and makes the run partial", async () => {
  await using bench = await openBench();
  const swept: Date[] = [];
  const run = await sweep(bench, {
    sweeps: [
      { name: "broken", sweep: () => Promise.reject(new Error("no such table")) },
      { name: "recommendations", sweep: async (now) => void swept.push(now) },
      { name: "http_usage", sweep: async () => 7 },
    ],
  });
  expect(swept).toEqual([new Date(NOW)]);
  expect(run).toMatchObject({
    outcome: "partial",
    errors_count: 1,
    tickers_processed: 7,
    progress: { done: 7, total: 7 },
    log_data: { failures: ["broken"], deleted: { recommendations: null, http_usage: 7 } },
  });
});
