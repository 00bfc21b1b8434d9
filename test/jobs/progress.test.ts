import { expect, test } from "bun:test";
import { createProgress } from "../../src/jobs/progress.ts";
import type { LiveProgress } from "../../src/jobs/views.ts";
import { minutes, seconds } from "../../src/kit/duration.ts";
import { createFakeClock } from "../support/clock.ts";
import { OK, openBench, settle, testJob } from "./harness.ts";

test("events are at least 250 ms apart, and what was held back comes later", async () => {
  const clock = createFakeClock();
  const told: LiveProgress[] = [];
  const progress = createProgress({ clock, msPerUnit: undefined, publish: (now) => void told.push(now) });
  progress.total(100);
  for (let unit = 0; unit < 50; unit++) {
    progress.advance(1, `S${unit}`);
    await clock.advance(10);
  }
  expect(told.map(({ done }) => done)).toEqual([0, 26]);
  progress.publishHeldBack();
  progress.publishHeldBack();
  expect(told.map(({ done, item }) => [done, item]).slice(2)).toEqual([[50, "S49"]]);
  progress.close();
  progress.advance();
  expect(progress.snapshot().done).toBe(50);
});

test("the time left comes from earlier runs, else from this one, else is unknown", async () => {
  const clock = createFakeClock();
  const known = createProgress({ clock, msPerUnit: 2_000, publish: () => {} });
  const fresh = createProgress({ clock, msPerUnit: undefined, publish: () => {} });
  expect(known.snapshot().etaMs).toBeNull();
  for (const progress of [known, fresh]) progress.total(10);
  expect([known, fresh].map((progress) => progress.snapshot().etaMs)).toEqual([20_000, null]);
  await clock.advance(seconds(12));
  for (const progress of [known, fresh]) progress.advance(4);
  expect([known, fresh].map((progress) => progress.snapshot().etaMs)).toEqual([12_000, 18_000]);
  for (const progress of [known, fresh]) progress.advance(7);
  expect([known, fresh].map((progress) => progress.snapshot().etaMs)).toEqual([0, 0]);
});

test("a running job shows its progress at once, writes it at most once a second, and beats every ten seconds", async () => {
  await using bench = await openBench();
  let writes = 0;
  const { write } = bench.store.db;
  bench.store.db.write = (work) => {
    writes++;
    return write(work);
  };
  const { engine, events } = bench.boot([
    testJob({
      run: async ({ progress, clock, signal }) => {
        progress.total(20);
        for (let unit = 0; unit < 20; unit++) {
          await clock.sleep(100, signal);
          progress.advance(1, `S${unit}`);
        }
        await clock.sleep(minutes(1), signal);
        return OK;
      },
    }),
  ]);
  await engine.start({ scheduler: false });
  const { id } = await engine.runNow("daily");
  await settle(bench.clock);
  writes = 0;
  await bench.clock.advance(500);
  expect((await engine.run(id))?.progress).toEqual({ done: 5, total: 20, item: "S4", eta_seconds: 1.5 });
  await bench.clock.advance(seconds(2));
  expect(writes).toBeLessThanOrEqual(2);
  expect(events.filter(({ type }) => type === "run.progress").length).toBeLessThanOrEqual(10);
  writes = 0;
  await bench.clock.advance(seconds(30));
  expect(writes).toBe(3);
  await bench.clock.advance(minutes(1));
  expect((await engine.waitForRun(id)).progress).toEqual({ done: 20, total: 20, item: "S19", eta_seconds: null });
  // 62 s for 20 units: the next run expects as much.
  await engine.runNow("daily");
  await settle(bench.clock);
  expect((await engine.status({ runs: 1 }))[0]?.last_run?.progress).toMatchObject({ done: 0, eta_seconds: 62 });
});
