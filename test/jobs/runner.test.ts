import { expect, test } from "bun:test";
import { jobRuns } from "../../src/db/schema/jobs.ts";
import { JobBusyError } from "../../src/jobs/job-busy-error.ts";
import { hours, minutes, seconds } from "../../src/kit/duration.ts";
import { VigiaError } from "../../src/kit/errors.ts";
import { FAILED, gate, OK, openBench, settle, testJob } from "./harness.ts";

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "resolved",
    (thrown) => (thrown as VigiaError).code,
  );

test("row 17 single instance: of two simultaneous starts one runs, the other is told which run is in the way", async () => {
  await using bench = await openBench();
  const slow = gate();
  const { engine } = bench.boot([testJob({ run: slow.run })]);
  await engine.start();
  const starts = await Promise.allSettled([engine.runNow("daily"), engine.runNow("daily")]);
  const started = starts.find((start) => start.status === "fulfilled")!;
  const refused = starts.find((start) => start.status === "rejected")!;
  expect(refused.reason).toBeInstanceOf(JobBusyError);
  expect(refused.reason).toMatchObject({ code: "job_busy", runId: started.value.id, retryable: true });
  expect(engine.running).toEqual([{ job: "daily", runId: started.value.id }]);
  await settle(bench.clock);
  expect(slow.calls()).toBe(1);
  slow.open();
  await engine.waitForRun(started.value.id);
  expect(engine.running).toEqual([]);
});

test("the database itself refuses a second running row of a job", async () => {
  await using bench = await openBench();
  const now = bench.clock.now().toISOString();
  const row = {
    jobName: "daily",
    trigger: "manual",
    startTime: now,
    status: "running",
    bootId: "a",
    createdAt: now,
  } as const;
  const insert = (uid: string) =>
    bench.store.db.write(async (tx) => void (await tx.insert(jobRuns).values({ ...row, uid })));
  await insert("one");
  await expect(insert("two")).rejects.toThrow();
});

test("what cannot be started says why", async () => {
  await using bench = await openBench();
  const { engine } = bench.boot([testJob(), testJob({ name: "off", enabled: false })], {
    diskFree: () => ({ freeBytes: disk, totalBytes: 1e12 }),
  });
  let disk = 99_000_000;
  await engine.start();
  expect(await codeOf(engine.runNow("unknown"))).toBe("unknown_job");
  expect(await codeOf(engine.runNow("off"))).toBe("job_disabled");
  expect(await codeOf(engine.runNow("daily"))).toBe("disk_full");
  disk = 1e11;
  await engine.stop({ graceMs: 0 });
  expect(await codeOf(engine.runNow("daily"))).toBe("shutting_down");
});

test("on a full disk a due slot fails at once, without its work", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const slow = gate();
  const { engine } = bench.boot([testJob({ run: slow.run })], { diskFree: () => ({ freeBytes: 1, totalBytes: 1e12 }) });
  await engine.start();
  await bench.clock.advance(minutes(2));
  expect(slow.calls()).toBe(0);
  expect(await engine.runs({ limit: 1 })).toMatchObject([{ outcome: "failed", log_data: { error_code: "disk_full" } }]);
});

test("row 20 timeout: a hanging run is failed/timed_out at its limit and keeps what it counted", async () => {
  await using bench = await openBench();
  let reason: unknown;
  const { engine } = bench.boot([
    testJob({
      timeoutMs: minutes(60),
      run: ({ signal, progress }) => {
        progress.total(10);
        progress.advance(4, "GGAL");
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            reject(signal.reason);
          });
        });
      },
    }),
  ]);
  await engine.start();
  const { id } = await engine.runNow("daily");
  await bench.clock.advance(minutes(60) - 1);
  expect(await engine.run(id)).toMatchObject({ status: "running" });
  await bench.clock.advance(1);
  expect(await engine.waitForRun(id)).toMatchObject({
    status: "failed",
    outcome: "timed_out",
    duration_seconds: 3_600,
    tickers_processed: 4,
    progress: { done: 4, total: 10, item: "GGAL" },
    log_data: { outcome: "timed_out", error_code: "run_timed_out" },
  });
  expect(reason).toMatchObject({ code: "run_timed_out", outcome: "timed_out" });
});

test("a run that ignores its signal is left behind after 5 s; its late result changes nothing", async () => {
  await using bench = await openBench();
  const late = Promise.withResolvers<typeof OK>();
  const { engine } = bench.boot([testJob({ timeoutMs: minutes(1), run: () => late.promise })]);
  await engine.start();
  const { id } = await engine.runNow("daily");
  await bench.clock.advance(minutes(1) + seconds(4));
  expect(engine.running).toHaveLength(1);
  await bench.clock.advance(seconds(1));
  expect(engine.running).toHaveLength(0);
  late.resolve(OK);
  await settle(bench.clock);
  expect(await engine.run(id)).toMatchObject({ outcome: "timed_out", log_data: { abandoned: true } });
});

test("cancel ends the running attempt as cancelled, without a retry", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const { engine } = bench.boot([testJob({ run: gate().run, retries: { times: 3, delaysMs: [minutes(5)] } })]);
  await engine.start();
  expect(await engine.cancel("daily")).toBe(false);
  await bench.clock.advance(minutes(2));
  expect(await engine.cancel("daily")).toBe(true);
  await settle(bench.clock);
  expect(await engine.runs({ limit: 5 })).toMatchObject([{ status: "failed", outcome: "cancelled", retry_at: null }]);
  expect(await engine.slots({ limit: 5 })).toMatchObject([{ state: "done" }]);
});

test("row 21 retry: a job that fails twice and then works has three rows, attempts 1 to 3, for one slot", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  let calls = 0;
  const { engine } = bench.boot([
    testJob({
      retries: { times: 3, delaysMs: [minutes(5), minutes(15), minutes(45)] },
      run: async () => (++calls < 3 ? FAILED : OK),
    }),
  ]);
  await engine.start();
  await bench.clock.advance(minutes(2));
  expect(await engine.runs({ limit: 5 })).toMatchObject([
    { attempt: 1, outcome: "failed", retry_at: "2026-03-02T09:05:00.000Z", log_data: { error: "nothing worked" } },
  ]);
  expect(await engine.slots({ limit: 5 })).toMatchObject([{ state: "due", reason: null, run_id: 1 }]);
  const last = engine.waitForRun(1, { retries: true });
  await bench.clock.advance(minutes(30));
  const slot_at = "2026-03-02T09:00:00.000Z";
  expect(await engine.runs({ limit: 5 })).toMatchObject([
    { attempt: 3, trigger: "retry", outcome: "ok", slot_at, retry_at: null, start_time: "2026-03-02T09:20:00.000Z" },
    { attempt: 2, trigger: "retry", outcome: "failed", slot_at, retry_at: null },
    { attempt: 1, trigger: "cron", outcome: "failed", slot_at, retry_at: null },
  ]);
  expect(await engine.slots({ limit: 5 })).toMatchObject([{ state: "done", run_id: 3 }]);
  expect(await last).toMatchObject({ id: 3, outcome: "ok" });
});

test("a pending retry survives a restart and runs when it is due", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  let works = false;
  const job = testJob({ retries: { times: 1, delaysMs: [hours(1)] }, run: async () => (works ? OK : FAILED) });
  const first = bench.boot([job]);
  await first.engine.start();
  await bench.clock.advance(minutes(2));
  first.crash();
  works = true;
  const second = bench.boot([job]);
  await second.engine.start();
  await bench.clock.advance(minutes(58));
  expect(await second.engine.runs({ limit: 5 })).toHaveLength(1);
  await bench.clock.advance(minutes(2));
  expect(await second.engine.runs({ limit: 5 })).toMatchObject([{ attempt: 2, trigger: "retry", outcome: "ok" }, {}]);
});

test("a newer slot drops the pending retry of an older one, whose slot is done", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const { engine } = bench.boot([
    testJob({
      schedule: { cron: "0 * * * *", timezone: "UTC" },
      retries: { times: 1, delaysMs: [minutes(90)] },
      run: async ({ run }) => (run.slotAt?.getUTCHours() === 9 ? FAILED : OK),
    }),
  ]);
  await engine.start();
  await bench.clock.advance(hours(3));
  expect(
    (await engine.runs({ limit: 10 })).map(({ attempt, outcome, retry_at }) => [attempt, outcome, retry_at]),
  ).toEqual([
    [1, "ok", null],
    [1, "ok", null],
    [1, "failed", null],
  ]);
  expect((await engine.slots({ limit: 10 })).map(({ state }) => state)).toEqual(["done", "done", "done"]);
});

test("a retry waits while the job runs by hand or is paused", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const byHand = gate();
  const { engine } = bench.boot([
    testJob({
      retries: { times: 1, delaysMs: [minutes(5)] },
      run: (context) => (context.run.trigger === "manual" ? byHand.run(context) : Promise.resolve(FAILED)),
    }),
  ]);
  await engine.start();
  await bench.clock.advance(minutes(2));
  await engine.runNow("daily");
  await bench.clock.advance(minutes(6));
  expect(await engine.runs({ limit: 5 })).toHaveLength(2);
  await engine.pause("daily");
  byHand.open();
  await bench.clock.advance(minutes(1));
  expect(await engine.runs({ limit: 5 })).toHaveLength(2);
  await engine.resume("daily");
  await settle(bench.clock);
  expect(await engine.runs({ limit: 5 })).toMatchObject([{ attempt: 2, trigger: "retry" }, {}, {}]);
});

test("a thrown error, a missing result and an http door that cannot be made are failed runs", async () => {
  await using bench = await openBench();
  const jobs = [
    testJob({ name: "throws", run: () => Promise.reject(new VigiaError("source_down", "The source is down.")) }),
    testJob({ name: "forgets", run: (async () => undefined) as never }),
    testJob({ name: "fine" }),
  ];
  const { engine } = bench.boot(jobs, {
    httpFor: (_, run) => {
      if (run.job === "fine") throw new Error("no door");
      return undefined as never;
    },
  });
  await engine.start();
  const ended = async (job: string) => engine.waitForRun((await engine.runNow(job)).id);
  expect(await ended("throws")).toMatchObject({
    outcome: "failed",
    errors_count: 1,
    log_data: { error: "The source is down.", error_code: "source_down" },
  });
  expect(await ended("forgets")).toMatchObject({ outcome: "failed", log_data: { error_code: "bad_result" } });
  expect(await ended("fine")).toMatchObject({ outcome: "failed", log_data: { error: "no door" } });
});

test("log_data carries the job's data beside the house's facts, without secrets, and never breaks the end", async () => {
  await using bench = await openBench();
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const results = [
    { ...OK, logData: { per_ticker: [{ ticker: "GGAL" }], api_key: "abc", outcome: "mine" } },
    { ...OK, logData: { big: 10n } },
    { ...OK, logData: { long: "x".repeat(600_000) } },
    { ...OK, logData: circular },
  ];
  const { engine } = bench.boot([testJob({ run: async () => results.shift()! })]);
  await engine.start();
  const logData = async () => (await engine.waitForRun((await engine.runNow("daily")).id)).log_data;
  expect(await logData()).toEqual({
    per_ticker: [{ ticker: "GGAL" }],
    api_key: "***",
    trigger: "manual",
    scheduled_for: null,
    attempt: 1,
    outcome: "ok",
  });
  expect(await logData()).toMatchObject({ outcome: "ok", cut: expect.stringContaining("JSON") });
  expect(await logData()).toMatchObject({ outcome: "ok", cut: expect.stringContaining("600") });
  expect(await logData()).toMatchObject({ outcome: "ok" });
});

test("a run of the job gets its parameters, its scope and a way to publish", async () => {
  await using bench = await openBench();
  let seen: unknown;
  const { engine, events } = bench.boot([
    testJob({
      run: async ({ run, scope, emit }) => {
        seen = {
          params: run.params,
          trigger: run.trigger,
          slotAt: run.slotAt,
          kind: scope.kind,
          tenant: scope.tenantId,
        };
        emit({ type: "scores.stored", public: true, data: { count: 3 } });
        return OK;
      },
    }),
  ]);
  await engine.start();
  const { id } = await engine.runNow("daily", { trigger: "backfill", params: { as_of: "2024-03-08" } });
  expect((await engine.waitForRun(id)).params).toEqual({ as_of: "2024-03-08" });
  expect(seen).toEqual({
    params: { as_of: "2024-03-08" },
    trigger: "backfill",
    slotAt: null,
    kind: "job",
    tenant: "default",
  });
  expect(events).toContainEqual({ type: "system", event: { type: "scores.stored", public: true, data: { count: 3 } } });
});

test("stop lets runs finish within the grace, then interrupts them; the second stop does so at once", async () => {
  for (const [wait, second, outcome] of [
    [seconds(5), false, "ok"],
    [seconds(10), false, "interrupted"],
    [0, true, "interrupted"],
  ] as const) {
    await using bench = await openBench("2026-03-02T08:59:00.000Z");
    const slow = gate();
    const { engine } = bench.boot([testJob({ run: slow.run })]);
    await engine.start();
    await bench.clock.advance(minutes(1));
    const stopped = engine.stop({ graceMs: seconds(10) });
    await bench.clock.advance(wait);
    if (second) await engine.stop({ graceMs: 0 });
    if (outcome === "ok") slow.open();
    await settle(bench.clock);
    await stopped;
    expect(await engine.runs({ limit: 5 })).toMatchObject([{ outcome }]);
    const state = outcome === "ok" ? "done" : "due";
    expect(await engine.slots({ limit: 5 })).toMatchObject([{ state }]);
    expect(engine.running).toEqual([]);
  }
});

test("parameters that no row could hold are refused before anything runs, however deep", async () => {
  await using bench = await openBench();
  const { engine } = bench.boot([testJob()]);
  await engine.start();
  const nested = (depth: number) => {
    let value: unknown = "end";
    for (let level = 1; level < depth; level++) value = level % 2 ? [value] : { value };
    return { as_of: value };
  };
  for (const depth of [34, 1_100, 200_000])
    await expect(engine.runNow("daily", { params: nested(depth) })).rejects.toMatchObject({
      code: "bad_params",
      message: expect.stringContaining("params"),
    });
  expect(await bench.store.db.read.select().from(jobRuns)).toEqual([]);
  expect(await codeOf(engine.runNow("daily", { params: nested(33) }))).toBe("resolved");
});
