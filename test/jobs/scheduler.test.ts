import { expect, test } from "bun:test";
import { days, hours, minutes, seconds } from "../../src/kit/duration.ts";
import { gate, openBench, settle, skip, testJob } from "./harness.ts";

const fatesOf = async (engine: {
  slots(filter: { limit: number }): Promise<{ state: string; reason: string | null }[]>;
}) => (await engine.slots({ limit: 100 })).map(({ state, reason }) => reason ?? state).reverse();

test("row 18 schedule: a run starts at 06:00 Buenos Aires, as trigger cron, and its slot is done", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const schedule = { cron: "0 6 * * *", timezone: "America/Argentina/Buenos_Aires" };
  const { engine, events } = bench.boot([testJob({ schedule })]);
  await engine.start();
  expect(await engine.slots({ limit: 10 })).toEqual([]);
  await bench.clock.advance(minutes(2));
  expect(await engine.slots({ limit: 10 })).toEqual([
    { job: "daily", slot_at: "2026-03-02T09:00:00.000Z", state: "done", reason: null, trigger: "cron", run_id: 1 },
  ]);
  const [run] = await engine.runs({ limit: 10 });
  expect(run).toMatchObject({
    job_name: "daily",
    trigger: "cron",
    attempt: 1,
    slot_at: "2026-03-02T09:00:00.000Z",
    start_time: "2026-03-02T09:00:00.000Z",
    status: "completed",
    outcome: "ok",
    tickers_processed: 1,
    log_data: { trigger: "cron", scheduled_for: "2026-03-02T09:00:00.000Z", attempt: 1, outcome: "ok" },
  });
  expect(events.map(({ type }) => type)).toEqual(["run.started", "run.finished"]);
});

test("row 18 schedule: a disabled job and a scheduler that is off keep their slots as skipped(disabled)", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const boots = [
    bench.boot([testJob({ enabled: false })]),
    bench.boot([testJob({ name: "other" })], { schedulerEnabled: false }),
  ];
  for (const { engine } of boots) await engine.start();
  await bench.clock.advance(minutes(2));
  for (const [index, { engine, events }] of boots.entries()) {
    const slots = await engine.slots({ job: index === 0 ? "daily" : "other", limit: 10 });
    expect(slots.map(({ reason }) => reason)).toEqual(["disabled"]);
    expect(events.map(({ type }) => type)).toEqual(["slot.skipped"]);
    expect((await engine.status())[0]).toMatchObject({ next_run: null, last_run: null });
  }
});

test("row 19 catch-up: started 2 h after a missed slot it runs once; 13 h after, not at all", async () => {
  const job = testJob({
    catchUp: { mode: "latest", windowMs: hours(12) },
    schedule: { cron: "0 1,9 * * *", timezone: "UTC" },
  });
  const after = async (downMs: number) => {
    await using bench = await openBench("2026-03-02T10:00:00.000Z");
    const first = bench.boot([job]);
    await first.engine.start();
    first.crash();
    bench.clock.jump(downMs);
    const { engine } = bench.boot([job]);
    await engine.start();
    await settle(bench.clock);
    return {
      fates: (await engine.slots({ limit: 10 })).map((slot) => [slot.slot_at, slot.reason ?? slot.state]),
      runs: (await engine.runs({ limit: 10 })).map(({ trigger, slot_at }) => [trigger, slot_at]),
    };
  };
  expect(await after(hours(23 + 2))).toEqual({
    fates: [
      ["2026-03-03T09:00:00.000Z", "done"],
      ["2026-03-03T01:00:00.000Z", "coalesced"],
    ],
    runs: [["catchup", "2026-03-03T09:00:00.000Z"]],
  });
  expect(await after(hours(23 + 13))).toEqual({
    fates: [
      ["2026-03-03T09:00:00.000Z", "late"],
      ["2026-03-03T01:00:00.000Z", "late"],
    ],
    runs: [],
  });
});

test("a job that makes up for one slot of the day runs it after a downtime, although newer ones were missed too", async () => {
  const isEvening = (slotAt: Date) => slotAt.toISOString().endsWith("T20:00:00.000Z");
  const hourly = testJob({
    schedule: { cron: "0 * * * *", timezone: "UTC" },
    catchUp: { mode: "latest", windowMs: hours(12), only: isEvening },
  });
  const after = async (downMs: number) => {
    await using bench = await openBench("2026-03-02T18:30:00.000Z");
    const first = bench.boot([hourly]);
    await first.engine.start();
    first.crash();
    bench.clock.jump(downMs);
    const { engine } = bench.boot([hourly]);
    await engine.start();
    await settle(bench.clock);
    const runs = await engine.runs({ limit: 10 });
    return { fates: await fatesOf(engine), runs: runs.map(({ trigger, slot_at }) => [trigger, slot_at]) };
  };
  expect(await after(hours(4))).toEqual({
    fates: ["coalesced", "done", "coalesced", "coalesced"],
    runs: [["catchup", "2026-03-02T20:00:00.000Z"]],
  });
  expect(await after(hours(1))).toEqual({ fates: ["late"], runs: [] });
});

test("missed slots that nothing makes up for leave the interrupted run of one that counts its second try", async () => {
  await using bench = await openBench("2026-03-02T19:59:30.000Z");
  const isEvening = (slotAt: Date) => slotAt.toISOString().endsWith("T20:00:00.000Z");
  const hanging = gate();
  const job = testJob({
    schedule: { cron: "0 * * * *", timezone: "UTC" },
    catchUp: { mode: "latest", windowMs: hours(12), only: isEvening },
    retries: { times: 1, delaysMs: [minutes(1)] },
  });
  const first = bench.boot([{ ...job, run: hanging.run }]);
  await first.engine.start();
  await bench.clock.advance(minutes(1));
  expect(hanging.calls()).toBe(1);
  first.crash();
  bench.clock.jump(hours(2) + minutes(30));
  const { engine } = bench.boot([job]);
  await engine.start();
  await settle(bench.clock);
  const runs = await engine.runs({ limit: 10 });
  expect(runs.map(({ trigger, slot_at, outcome }) => [trigger, slot_at, outcome])).toEqual([
    ["retry", "2026-03-02T20:00:00.000Z", "ok"],
    ["cron", "2026-03-02T20:00:00.000Z", "interrupted"],
  ]);
});

test("a slot met 60 s late still runs as cron; a clock that jumps over it by hours makes it a catch-up", async () => {
  await using bench = await openBench("2026-03-02T08:59:50.000Z");
  const { engine } = bench.boot([testJob({ catchUp: { mode: "latest", windowMs: hours(12) } })]);
  await engine.start();
  bench.clock.jump(seconds(60));
  await bench.clock.advance(seconds(10));
  bench.clock.jump(days(1) + hours(3));
  await bench.clock.advance(seconds(30));
  const runs = await engine.runs({ limit: 10 });
  expect(runs.map(({ trigger, slot_at }) => [trigger, slot_at])).toEqual([
    ["catchup", "2026-03-03T09:00:00.000Z"],
    ["cron", "2026-03-02T09:00:00.000Z"],
  ]);
});

test("a clock that goes back runs no slot twice, and slots that lie ahead again get their run", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const { engine } = bench.boot([testJob()]);
  await engine.start();
  await bench.clock.advance(minutes(2));
  bench.clock.jump(days(3));
  await bench.clock.advance(minutes(1));
  expect(await fatesOf(engine)).toEqual(["done", "late", "late", "late"]);
  bench.clock.jump(-days(3) - hours(1));
  await bench.clock.advance(minutes(1));
  expect(await fatesOf(engine)).toEqual(["done"]);
  await skip(bench.clock, hours(1));
  await skip(bench.clock, days(1) - minutes(5));
  await bench.clock.advance(minutes(3));
  expect(await fatesOf(engine)).toEqual(["done", "done"]);
  expect(await engine.runs({ limit: 10 })).toHaveLength(2);
});

test("a slot that comes due while the job runs is skipped(overlap)", async () => {
  await using bench = await openBench("2026-03-02T08:00:30.000Z");
  const slow = gate();
  const { engine, events } = bench.boot([
    testJob({
      schedule: { cron: "* * * * *", timezone: "UTC" },
      run: slow.run,
      catchUp: { mode: "latest", windowMs: hours(1) },
    }),
  ]);
  await engine.start();
  await bench.clock.advance(minutes(3));
  expect(await fatesOf(engine)).toEqual(["running", "overlap", "overlap"]);
  slow.open();
  await bench.clock.advance(minutes(1));
  expect(await fatesOf(engine)).toEqual(["done", "overlap", "overlap", "done"]);
  expect(events.filter(({ type }) => type === "slot.skipped")).toHaveLength(2);
});

test("a new job has no past; with runWhenNew it runs once, as startup, and not again at the next start", async () => {
  await using bench = await openBench();
  const job = testJob({ runWhenNew: true });
  const first = bench.boot([job]);
  await first.engine.start();
  await settle(bench.clock);
  expect((await first.engine.runs({ limit: 10 })).map(({ trigger, slot_at }) => [trigger, slot_at])).toEqual([
    ["startup", null],
  ]);
  await first.engine.stop({ graceMs: 0 });
  const second = bench.boot([job]);
  await second.engine.start();
  await settle(bench.clock);
  expect(await second.engine.runs({ limit: 10 })).toHaveLength(1);
  expect(await second.engine.slots({ limit: 10 })).toEqual([]);
});

test("a paused job keeps its slots as disabled, also over a restart, and runs by hand; resumed it runs again", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const job = testJob({ schedule: { cron: "0 * * * *", timezone: "UTC" } });
  const first = bench.boot([job]);
  await first.engine.start();
  await first.engine.pause("daily");
  await bench.clock.advance(minutes(2));
  await first.engine.waitForRun((await first.engine.runNow("daily")).id);
  expect((await first.engine.status())[0]).toMatchObject({
    paused: true,
    next_run: null,
    last_run: { trigger: "manual" },
  });
  first.crash();
  const { engine, events } = bench.boot([job]);
  await engine.start();
  await bench.clock.advance(hours(1));
  expect(await fatesOf(engine)).toEqual(["disabled", "disabled"]);
  await engine.resume("daily");
  expect((await engine.status())[0]).toMatchObject({ paused: false, next_run: "2026-03-02T11:00:00.000Z" });
  await bench.clock.advance(hours(1));
  expect(await fatesOf(engine)).toEqual(["disabled", "disabled", "done"]);
  expect(events).toContainEqual({ type: "job.changed", job: "daily", paused: false });
});

test("a run that found nothing new counts, and its slot is skipped(nothing_new)", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const { engine, events } = bench.boot([
    testJob({ run: async () => ({ outcome: "ok", unitsWritten: 0, errors: 0, nothingNew: true }) }),
  ]);
  await engine.start();
  await bench.clock.advance(minutes(2));
  expect(await engine.slots({ limit: 10 })).toMatchObject([{ state: "skipped", reason: "nothing_new", run_id: 1 }]);
  expect(await engine.runs({ limit: 10 })).toMatchObject([{ outcome: "ok", status: "completed" }]);
  expect(events.map(({ type }) => type)).toEqual(["run.started", "run.finished", "slot.skipped"]);
});

test("slots that came due while stopping are skipped(shutdown); the next start catches the newest up", async () => {
  await using bench = await openBench("2026-03-02T08:59:58.000Z");
  const slow = gate();
  const jobs = [
    testJob({ name: "other", schedule: { cron: "0 1 * * *", timezone: "UTC" }, run: slow.run }),
    testJob({ catchUp: { mode: "latest", windowMs: hours(1) } }),
    testJob({ name: "strict" }),
  ];
  const first = bench.boot(jobs);
  await first.engine.start();
  await first.engine.runNow("other");
  const stopped = first.engine.stop({ graceMs: seconds(10) });
  await bench.clock.advance(seconds(5));
  slow.open();
  await settle(bench.clock);
  await stopped;
  expect(await first.engine.slots({ limit: 10 })).toMatchObject([
    { job: "daily", reason: "shutdown" },
    { job: "strict", reason: "shutdown" },
  ]);
  first.crash();
  await bench.clock.advance(minutes(2));
  const second = bench.boot(jobs);
  await second.engine.start();
  await settle(bench.clock);
  expect(await second.engine.slots({ limit: 10 })).toMatchObject([
    { job: "daily", state: "done" },
    { job: "strict", reason: "shutdown" },
  ]);
  expect(await second.engine.runs({ job: "daily", limit: 10 })).toMatchObject([{ trigger: "catchup" }]);
});

test("without its scheduler a runtime starts nothing by itself and touches no slot", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const { engine } = bench.boot([testJob({ runWhenNew: true })]);
  await engine.start({ scheduler: false });
  await bench.clock.advance(hours(1));
  expect(await engine.slots({ limit: 10 })).toEqual([]);
  expect(await engine.runs({ limit: 10 })).toEqual([]);
  expect(engine.lastTickAt).toBeNull();
});

test("the clock is looked at every 30 seconds even when nothing is due", async () => {
  await using bench = await openBench("2026-03-02T10:00:00.000Z");
  const { engine } = bench.boot([testJob()]);
  expect(engine.lastTickAt).toBeNull();
  await engine.start();
  await bench.clock.advance(minutes(10) + seconds(10));
  expect(bench.clock.now().getTime() - engine.lastTickAt!.getTime()).toBeLessThanOrEqual(seconds(30));
});

test("a job that was only run by hand so far catches up what it missed since, but never years of it", async () => {
  const job = testJob({
    catchUp: { mode: "latest", windowMs: hours(12) },
    schedule: { cron: "0 9 * * *", timezone: "UTC" },
  });
  const after = async (downMs: number) => {
    await using bench = await openBench("2026-03-02T10:00:00.000Z");
    const first = bench.boot([job]);
    await first.engine.start({ scheduler: false });
    const { id } = await first.engine.runNow(job.name, { trigger: "startup" });
    await first.engine.waitForRun(id);
    first.crash();
    bench.clock.jump(downMs);
    const { engine } = bench.boot([job]);
    await engine.start();
    await settle(bench.clock);
    return (await engine.slots({ limit: 10 })).map((slot) => [slot.slot_at, slot.trigger, slot.state]);
  };
  expect(await after(hours(24))).toEqual([["2026-03-03T09:00:00.000Z", "catchup", "done"]]);
  expect(await after(hours(24 * 900))).toEqual([]);
});
