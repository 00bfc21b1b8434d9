import { expect, test } from "bun:test";
import { createJobRuntime } from "../../src/jobs/create-runtime.ts";
import { defineJob, type JobContext, type JobResult } from "../../src/jobs/define.ts";
import type { HouseEvent } from "../../src/jobs/events.ts";
import { createEventBus } from "../../src/kit/events.ts";
import { createIds } from "../../src/kit/ids.ts";
import { silentLogger } from "../../src/kit/log.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTestDatabase } from "../support/database.ts";
import { openTestServer, operator } from "./harness.ts";

type Json = Record<string, unknown>;

/** The server on the real runtime with one public job whose body the test gives. */
async function openRealServer(run: (context: JobContext) => Promise<JobResult>) {
  const store = await openTestDatabase();
  const clock = createFakeClock();
  const events = createEventBus<HouseEvent>({ now: () => clock.now() });
  const ids = createIds(clock);
  const jobs = createJobRuntime({
    db: store.db,
    logs: store.logs,
    clock,
    ids,
    random: seededRandom(1),
    log: silentLogger,
    events,
    bootId: "boot-1",
    httpFor: () => ({ call: () => Promise.reject(new Error("no network")), budgetLeft: async () => 0 }),
    jobs: [
      {
        system: "test",
        definition: defineJob({
          name: "daily_analysis",
          about: "Does what the test says.",
          schedule: { cron: "0 6 * * *", timezone: "UTC" },
          overlap: "skip",
          catchUp: { mode: "none" },
          timeoutMs: 60_000,
          retries: { times: 0, delaysMs: [] },
          public: true,
          run,
        }),
      },
    ],
  });
  await jobs.start();
  const server = await openTestServer({ overrides: { jobs, events, clock } });
  const read = async (path: string, init?: RequestInit) =>
    (await (await server.app.request(path, init)).json()) as Json;
  return {
    server,
    read,
    jobs,
    clock,
    post: (path: string) => server.app.request(path, operator({ method: "POST" })),
    async [Symbol.asyncDispose]() {
      await jobs.stop({ graceMs: 0 });
      await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

test("a run started over HTTP can be followed to its end in status, list, log and figures", async () => {
  const gate = Promise.withResolvers<void>();
  const working = Promise.withResolvers<void>();
  await using real = await openRealServer(async ({ progress, log }) => {
    progress.total(2);
    progress.advance(1, "YPF");
    log.info("ticker.done", "YPF is done.", { ticker: "YPF" });
    working.resolve();
    await gate.promise;
    return { outcome: "partial", unitsWritten: 1, errors: 1, logData: { errors_by_analysis: { macro: 1 } } };
  });
  const stream = (await real.server.app.request("/api/events")).body!.getReader();
  const started = await real.post("/api/jobs/daily_analysis/run");
  expect(started.status).toBe(202);
  const { run_id: id, uid } = (await started.json()) as { run_id: number; uid: string };
  await working.promise;

  const busy = await real.post("/api/jobs/daily_analysis/run");
  expect([busy.status, ((await busy.json()) as Json).running_id]).toEqual([409, id]);
  const during = ((await real.read("/api/jobs/status")).jobs as Json[])[0]!;
  expect(during).toMatchObject({ running: true, next_run: "2026-03-03T06:00:00.000Z", cron: "0 6 * * *" });
  expect((await real.server.app.request("/health/ready")).status).toBe(200);

  gate.resolve();
  await real.jobs.waitForRun(id);
  const run = await real.read(`/api/jobs/runs/${id}`);
  expect(run).toMatchObject({
    uid,
    trigger: "manual",
    status: "completed",
    outcome: "partial",
    tickers_processed: 1,
    errors_count: 1,
    errors_by_analysis: { macro: 1 },
  });
  expect((run.logs as Json[]).map((line) => line.message)).toContain("YPF is done.");
  expect(((await real.read("/api/jobs/daily_analysis/runs")).items as Json[]).map((item) => item.id)).toEqual([id]);
  const figures = await (await real.server.app.request("/metrics")).text();
  expect(figures).toContain('job_runs_total{job="daily_analysis",status="completed",outcome="partial"} 1');

  let heard = "";
  const decoder = new TextDecoder();
  while (!heard.includes("event: run.finished")) heard += decoder.decode((await stream.read()).value);
  expect(heard).toContain("event: run.started");
  await stream.cancel();
});

test("cancelling over HTTP ends the run as cancelled", async () => {
  const working = Promise.withResolvers<void>();
  await using real = await openRealServer(async ({ signal }) => {
    working.resolve();
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return { outcome: "ok", unitsWritten: 0, errors: 0 };
  });
  expect((await real.post("/api/jobs/daily_analysis/cancel")).status).toBe(409);
  const { run_id: id } = (await (await real.post("/api/jobs/daily_analysis/run")).json()) as { run_id: number };
  await working.promise;
  expect((await real.post("/api/jobs/daily_analysis/cancel")).status).toBe(202);
  await real.jobs.waitForRun(id);
  expect(await real.read(`/api/jobs/runs/${id}`)).toMatchObject({ status: "failed", outcome: "cancelled" });
});

test("pausing over HTTP shows in the status and survives in the store", async () => {
  await using real = await openRealServer(async () => ({ outcome: "ok", unitsWritten: 0, errors: 0 }));
  await real.post("/api/jobs/daily_analysis/pause");
  expect(((await real.read("/api/jobs/status")).jobs as Json[])[0]!.paused).toBe(true);
  await real.post("/api/jobs/daily_analysis/resume");
  expect(((await real.read("/api/jobs/status")).jobs as Json[])[0]!.paused).toBe(false);
  expect((await real.post("/api/jobs/unknown_one/run")).status).toBe(404);
});

test("while stopping, starts are refused with 503", async () => {
  await using real = await openRealServer(async () => ({ outcome: "ok", unitsWritten: 0, errors: 0 }));
  await real.jobs.stop({ graceMs: 0 });
  const response = await real.post("/api/jobs/daily_analysis/run");
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("5");
});
