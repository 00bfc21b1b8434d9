import { expect, test } from "bun:test";
import { days, hours, minutes, seconds } from "../../src/kit/duration.ts";
import { gate, OK, openBench, settle, testJob } from "./harness.ts";

const brief = (runs: { attempt: number; trigger: string; outcome: string | null }[]) =>
  runs.map(({ attempt, trigger, outcome }) => [attempt, trigger, outcome]);

test("row 22 orphans: a killed process's run becomes failed/interrupted at its last heartbeat and is retried at once", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const first = bench.boot([testJob({ run: gate().run })]);
  await first.engine.start();
  await bench.clock.advance(minutes(1) + seconds(47));
  first.crash();
  await bench.clock.advance(minutes(3));
  const second = bench.boot([testJob()]);
  await second.engine.start();
  await settle(bench.clock);
  expect(await second.engine.run(1)).toMatchObject({
    status: "failed",
    outcome: "interrupted",
    end_time: "2026-03-02T09:00:40.000Z",
    retry_at: null,
    log_data: { trigger: "cron", scheduled_for: "2026-03-02T09:00:00.000Z", attempt: 1, outcome: "interrupted" },
  });
  expect(await second.engine.run(2)).toMatchObject({
    trigger: "retry",
    attempt: 2,
    outcome: "ok",
    slot_at: "2026-03-02T09:00:00.000Z",
  });
  expect(await second.engine.slots({ limit: 5 })).toMatchObject([{ state: "done", run_id: 2 }]);
  expect(second.events.slice(0, 2).map((event) => event.type)).toEqual(["run.finished", "run.started"]);
});

test("a job that always brings the process down is not restarted for ever", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const job = testJob({ run: gate().run, retries: { times: 2, delaysMs: [minutes(5)] } });
  for (let boot = 0; boot < 6; boot++) {
    const { engine, crash } = bench.boot([job]);
    await engine.start();
    await bench.clock.advance(minutes(2));
    crash();
  }
  const { engine } = bench.boot([job]);
  await engine.start();
  expect(brief(await engine.runs({ limit: 10 }))).toEqual([
    [3, "retry", "interrupted"],
    [2, "retry", "interrupted"],
    [1, "cron", "interrupted"],
  ]);
  expect(await engine.slots({ limit: 5 })).toMatchObject([{ state: "done" }]);
  expect(await engine.alerts()).toMatchObject([{ rule: "job.failing", state: "firing" }]);
});

test("an interrupted run by hand is tried once more with its parameters", async () => {
  await using bench = await openBench();
  const first = bench.boot([testJob({ run: gate().run })]);
  await first.engine.start();
  await first.engine.runNow("daily", { params: { as_of: "2024-03-08" } });
  await settle(bench.clock);
  first.crash();
  const second = bench.boot([testJob()]);
  await second.engine.start();
  await settle(bench.clock);
  expect(await second.engine.runs({ limit: 5 })).toMatchObject([
    { attempt: 2, trigger: "retry", outcome: "ok", params: { as_of: "2024-03-08" } },
    { attempt: 1, trigger: "manual", outcome: "interrupted" },
  ]);
});

test("after a long downtime the newest missed slot runs instead of the interrupted one's retry", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const catchUp = { mode: "latest", windowMs: hours(12) } as const;
  const first = bench.boot([testJob({ run: gate().run, catchUp })]);
  await first.engine.start();
  await bench.clock.advance(minutes(2));
  first.crash();
  bench.clock.jump(days(2) + hours(1));
  const second = bench.boot([testJob({ catchUp })]);
  await second.engine.start();
  await settle(bench.clock);
  expect(brief(await second.engine.runs({ limit: 5 }))).toEqual([
    [1, "catchup", "ok"],
    [1, "cron", "interrupted"],
  ]);
  expect(
    (await second.engine.slots({ limit: 5 })).map(({ slot_at, state, reason }) => [slot_at, reason ?? state]),
  ).toEqual([
    ["2026-03-04T09:00:00.000Z", "done"],
    ["2026-03-03T09:00:00.000Z", "late"],
    ["2026-03-02T09:00:00.000Z", "done"],
  ]);
});

test("without the scheduler interrupted runs are only marked; the next start with it retries them", async () => {
  await using bench = await openBench();
  const first = bench.boot([testJob({ run: gate().run })]);
  await first.engine.start();
  await first.engine.runNow("daily");
  first.crash();
  const once = bench.boot([testJob()]);
  await once.engine.start({ scheduler: false });
  await settle(bench.clock);
  expect(brief(await once.engine.runs({ limit: 5 }))).toEqual([[1, "manual", "interrupted"]]);
  await once.engine.stop({ graceMs: 0 });
  const third = bench.boot([testJob()]);
  await third.engine.start();
  await settle(bench.clock);
  expect(brief(await third.engine.runs({ limit: 5 }))[0]).toEqual([2, "retry", "ok"]);
});

test("a run interrupted by a graceful stop goes on at the next start", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const first = bench.boot([testJob({ run: gate().run })]);
  await first.engine.start();
  await bench.clock.advance(minutes(2));
  await first.engine.stop({ graceMs: 0 });
  const second = bench.boot([testJob({ run: async () => OK })]);
  await second.engine.start();
  await settle(bench.clock);
  expect(brief(await second.engine.runs({ limit: 5 }))).toEqual([
    [2, "retry", "ok"],
    [1, "cron", "interrupted"],
  ]);
});

test("runs of a job that is no longer declared are marked and wait for nothing", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const first = bench.boot([testJob({ run: gate().run })]);
  await first.engine.start();
  await bench.clock.advance(minutes(2));
  first.crash();
  const second = bench.boot([testJob({ name: "another" })]);
  await second.engine.start();
  await settle(bench.clock);
  expect(await second.engine.runs({ limit: 5 })).toMatchObject([{ outcome: "interrupted", retry_at: null }]);
  expect(await second.engine.slots({ job: "daily", limit: 5 })).toMatchObject([{ state: "done" }]);
});
