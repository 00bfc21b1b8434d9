import { expect, test } from "bun:test";
import { alerts } from "../../src/db/schema/jobs.ts";
import type { AlertMessage } from "../../src/jobs/alert-delivery.ts";
import { hours, minutes, seconds } from "../../src/kit/duration.ts";
import { FAILED, gate, OK, openBench, settle, skip, testJob } from "./harness.ts";

const brief = (list: { rule: string; subject: string; level: string; state: string }[]) =>
  list.map(({ rule, subject, level, state }) => [rule, subject, level, state]);

test("row 24 alerts: job.failing fires when a slot and all its retries failed, once, and clears with the next completed run", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  let works = false;
  const { engine, events } = bench.boot([
    testJob({ retries: { times: 3, delaysMs: [minutes(1)] }, run: async () => (works ? OK : FAILED) }),
  ]);
  await engine.start();
  await bench.clock.advance(minutes(4) - 1);
  expect(await engine.runs({ limit: 9 })).toHaveLength(3);
  expect(await engine.alerts()).toEqual([]);
  await bench.clock.advance(minutes(5));
  expect(await engine.alerts()).toMatchObject([
    { rule: "job.failing", subject: "daily", level: "critical", state: "firing", since: "2026-03-02T09:03:00.000Z" },
  ]);
  expect((await engine.status())[0]).toMatchObject({ consecutive_failures: 1 });
  works = true;
  await engine.waitForRun((await engine.runNow("daily")).id);
  expect(await engine.alerts({ state: "firing" })).toEqual([]);
  expect((await engine.status())[0]).toMatchObject({ consecutive_failures: 0 });
  expect(events.filter(({ type }) => type.startsWith("alert.")).map(({ type }) => type)).toEqual([
    "alert.firing",
    "alert.resolved",
  ]);
});

test("row 24 alerts: job.slow fires while a slot's attempts together take too long and clears with a shorter run", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  let workMs = minutes(40);
  let fails = true;
  const { engine } = bench.boot([
    testJob({
      timeoutMs: minutes(60),
      slowAfterMs: minutes(60),
      retries: { times: 1, delaysMs: [minutes(5)] },
      run: async ({ clock, signal }) => {
        await clock.sleep(workMs, signal);
        return fails ? FAILED : OK;
      },
    }),
  ]);
  await engine.start();
  await bench.clock.advance(minutes(1 + 40 + 5) + seconds(1));
  fails = false;
  await bench.clock.advance(minutes(19));
  expect(await engine.alerts({ state: "firing" })).toEqual([]);
  await bench.clock.advance(minutes(2));
  expect(brief(await engine.alerts({ state: "firing" }))).toEqual([["job.slow", "daily", "warning", "firing"]]);
  await bench.clock.advance(minutes(20));
  expect(await engine.alerts({ state: "firing" })).toMatchObject([
    { rule: "job.slow", message: "daily takes long: 80 min instead of at most 60 min.", threshold: 3_600 },
  ]);
  workMs = minutes(1);
  await skip(bench.clock, hours(24));
  await engine.runNow("daily");
  await bench.clock.advance(minutes(2));
  expect(await engine.alerts({ state: "firing" })).toEqual([]);
});

test("job.slow is 80 % of the time limit when the job does not say", async () => {
  await using bench = await openBench();
  const slow = gate();
  const { engine } = bench.boot([testJob({ timeoutMs: minutes(10), run: slow.run })]);
  await engine.start();
  await engine.runNow("daily");
  await bench.clock.advance(minutes(8));
  expect(await engine.alerts()).toEqual([]);
  await bench.clock.advance(seconds(31));
  expect(await engine.alerts()).toMatchObject([{ rule: "job.slow", threshold: 480 }]);
});

test("row 24 alerts: db.errors fires at the third failed write within 5 minutes and clears after 15 quiet ones", async () => {
  await using bench = await openBench();
  const { engine } = bench.boot([testJob()]);
  await engine.start();
  engine.reportDatabaseError();
  await bench.clock.advance(minutes(4));
  engine.reportDatabaseError();
  await bench.clock.advance(minutes(2));
  engine.reportDatabaseError();
  await bench.clock.advance(seconds(31));
  expect(await engine.alerts()).toEqual([]);
  engine.reportDatabaseError();
  await bench.clock.advance(seconds(31));
  expect(brief(await engine.alerts())).toEqual([["db.errors", "", "critical", "firing"]]);
  await bench.clock.advance(minutes(14));
  expect(await engine.alerts({ state: "firing" })).toHaveLength(1);
  await bench.clock.advance(minutes(1));
  expect(await engine.alerts({ state: "firing" })).toEqual([]);
});

test("row 24 alerts: disk.low warns, becomes critical, and clears when there is room again", async () => {
  await using bench = await openBench();
  const disk = { freeBytes: 499_000_000, totalBytes: 1_000_000_000 };
  const { engine, events } = bench.boot([testJob()], { diskFree: () => disk });
  await engine.start();
  const judged = async (freeBytes: number, totalBytes = 1_000_000_000) => {
    Object.assign(disk, { freeBytes, totalBytes });
    await bench.clock.advance(seconds(31));
    return brief(await engine.alerts({ state: "firing" }));
  };
  expect(await judged(500_000_000)).toEqual([]);
  expect(await judged(499_999_999)).toEqual([["disk.low", "", "warning", "firing"]]);
  expect(await judged(99_000_000)).toEqual([["disk.low", "", "critical", "firing"]]);
  expect(await judged(99_000_000)).toEqual([["disk.low", "", "critical", "firing"]]);
  expect(await judged(1_000_000_000, 20_000_000_001)).toEqual([["disk.low", "", "warning", "firing"]]);
  expect(await judged(1_000_000_000, 20_000_000_000)).toEqual([]);
  const told = events
    .filter(({ type }) => type.startsWith("alert."))
    .map((event) => [event.type, "level" in event && event.level]);
  expect(told).toEqual([
    ["alert.firing", "warning"],
    ["alert.firing", "critical"],
    ["alert.resolved", "warning"],
  ]);
});

test("job.overdue fires when nothing finished for two periods, not for paused jobs, and clears with the next run", async () => {
  await using bench = await openBench("2026-03-02T08:30:00.000Z");
  const stuck = gate();
  let free = false;
  const job = testJob({
    schedule: { cron: "0 * * * *", timezone: "UTC" },
    timeoutMs: minutes(30),
    run: (context) => (free ? Promise.resolve(OK) : stuck.run(context)),
  });
  const { engine } = bench.boot([job, testJob({ name: "own_limit", overdueAfterMs: hours(30) })]);
  await engine.start();
  await engine.pause("daily");
  await skip(bench.clock, hours(4));
  expect(await engine.alerts()).toEqual([]);
  await engine.resume("daily");
  await bench.clock.advance(seconds(31));
  expect(brief(await engine.alerts())).toEqual([["job.overdue", "daily", "warning", "firing"]]);
  free = true;
  await engine.waitForRun((await engine.runNow("daily")).id);
  expect(await engine.alerts({ state: "firing" })).toEqual([]);
});

test("three slots in a row without a completed run fire job.failing even while retries are pending", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const { engine } = bench.boot([
    testJob({
      schedule: { cron: "* * * * *", timezone: "UTC" },
      retries: { times: 5, delaysMs: [hours(1)] },
      run: async () => FAILED,
    }),
  ]);
  await engine.start();
  await bench.clock.advance(minutes(3));
  expect(await engine.alerts()).toEqual([]);
  await bench.clock.advance(minutes(1));
  expect(brief(await engine.alerts())).toEqual([["job.failing", "daily", "critical", "firing"]]);
});

test("a system's own alert is one row while it fires, however often it is raised; again after recovery it is muted", async () => {
  await using bench = await openBench();
  const told: AlertMessage[] = [];
  const { engine, events } = bench.boot([testJob()], { deliverAlert: async (message) => void told.push(message) });
  await engine.start();
  const down = {
    rule: "source.down",
    subject: "yahoo",
    level: "warning" as const,
    message: "Yahoo is down.",
    context: { runs: 3 },
  };
  const titles = () => told.map(({ title, level }) => [title, level]);
  for (let time = 0; time < 3; time++) {
    await engine.alertBook.raise(down);
    await bench.clock.advance(minutes(2));
  }
  expect(await engine.alerts()).toMatchObject([{ state: "firing", last_seen: "2026-03-02T12:04:00.000Z" }]);
  await engine.alertBook.raise({ ...down, level: "critical" });
  await settle(bench.clock);
  await engine.alertBook.clear("source.down", "yahoo");
  await engine.alertBook.clear("source.down", "yahoo");
  await settle(bench.clock);
  const first = [
    ["source.down: yahoo", "warning"],
    ["source.down: yahoo", "critical"],
    ["Resolved: source.down: yahoo", "critical"],
  ];
  expect(titles()).toEqual(first);
  await bench.clock.advance(minutes(29));
  await engine.alertBook.raise(down);
  await bench.clock.advance(minutes(1));
  expect(await engine.alerts()).toHaveLength(2);
  expect(titles()).toEqual(first);
  await engine.alertBook.clear("source.down", "yahoo");
  await bench.clock.advance(minutes(31));
  await engine.alertBook.raise(down);
  await settle(bench.clock);
  expect(titles()).toEqual([...first, first[0]!]);
  expect(events.filter(({ type }) => type === "alert.firing")).toHaveLength(4);
});

test("an alert that cannot be delivered stays undelivered and is tried again, also at the next start", async () => {
  await using bench = await openBench();
  let reachable = false;
  let calls = 0;
  const deliverAlert = async () => {
    calls++;
    if (!reachable) throw new Error("refused");
  };
  const first = bench.boot([testJob()], { deliverAlert });
  await first.engine.start();
  await first.engine.alertBook.raise({ rule: "data.stale", level: "warning", message: "Old." });
  await bench.clock.advance(minutes(3));
  expect(calls).toBe(3);
  expect(await first.engine.alerts()).toMatchObject([{ delivered_at: null }]);
  first.crash();
  reachable = true;
  const second = bench.boot([testJob()], { deliverAlert });
  await second.engine.start();
  await settle(bench.clock);
  expect(calls).toBe(4);
  expect(await second.engine.alerts()).toMatchObject([{ delivered_at: "2026-03-02T12:03:00.000Z" }]);
  await bench.clock.advance(minutes(5));
  expect(calls).toBe(4);
});

test("an alert of the last run before a stop still gets out", async () => {
  await using bench = await openBench("2026-03-02T08:59:00.000Z");
  const answer = Promise.withResolvers<void>();
  const deliverAlert = (_: AlertMessage, signal: AbortSignal) =>
    Promise.race([
      answer.promise,
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    ]);
  const { engine } = bench.boot([testJob({ run: async () => FAILED })], { deliverAlert });
  await engine.start();
  await bench.clock.advance(minutes(1));
  const stopped = engine.stop({ graceMs: 0 });
  await bench.clock.advance(seconds(1));
  answer.resolve();
  await settle(bench.clock);
  await stopped;
  expect(await engine.alerts()).toMatchObject([{ rule: "job.failing", delivered_at: "2026-03-02T09:00:01.000Z" }]);
});

test("raising an alert never throws, even when the database refuses it", async () => {
  await using bench = await openBench();
  const { engine } = bench.boot([testJob()]);
  await engine.alertBook.raise({ rule: "x", level: "terrible" as never, message: "The level is not one." });
  expect(await bench.store.db.read.$count(alerts)).toBe(0);
});
