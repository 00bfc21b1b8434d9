import { expect, test } from "bun:test";
import fc from "fast-check";
import type { JobDefinition } from "../../src/jobs/define.ts";
import { openSchedule } from "../../src/jobs/schedule.ts";
import { hours, minutes, seconds } from "../../src/kit/duration.ts";
import { soakTimes } from "../support/soak.ts";
import { OK, openBench, settle, testJob } from "./harness.ts";

/** Around the changes of summer time in 2026, and one ordinary week. */
const STARTS = ["2026-03-06", "2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23", "2026-10-30", "2026-06-10"];
const ZONES = ["America/Argentina/Buenos_Aires", "America/New_York", "Australia/Lord_Howe", "Europe/London"];
const EXPRESSIONS = ["0 6 * * *", "30 1 * * *", "30 2 * * *", "15 */2 * * *", "*/20 1-3 * * *", "0 6 * * 1-5"];

type Step =
  | { kind: "run"; ms: number }
  | { kind: "jump"; ms: number }
  | { kind: "crash"; downMs: number }
  | { kind: "restart"; downMs: number };

const aWhile = (longest: number) => fc.integer({ min: seconds(1), max: longest });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("run" as const), ms: aWhile(minutes(3)) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("jump" as const), ms: aWhile(hours(30)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("jump" as const), ms: aWhile(hours(30)).map((ms) => -ms) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("crash" as const), downMs: aWhile(hours(60)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart" as const), downMs: aWhile(hours(60)) }) },
);

const plan = fc.record({
  start: fc.tuple(fc.constantFrom(...STARTS), fc.integer({ min: 0, max: 23 })),
  zone: fc.constantFrom(...ZONES),
  cron: fc.constantFrom(...EXPRESSIONS),
  windowMs: fc.constantFrom(undefined, minutes(30), hours(12), hours(100)),
  workMs: fc.constantFrom(0, seconds(30), minutes(2)),
  steps: fc.array(step, { minLength: 1, maxLength: 7 }),
});

test("over downtimes, clock jumps and summer time each due slot is exactly one row with one fate, and none runs twice", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ start: [date, hour], zone, cron, windowMs, workMs, steps }) => {
      await using bench = await openBench(`${date}T${String(hour).padStart(2, "0")}:07:03.250Z`);
      const { clock } = bench;
      const finished: string[] = [];
      const job: JobDefinition = testJob({
        schedule: { cron, timezone: zone },
        catchUp: windowMs === undefined ? { mode: "none" } : { mode: "latest", windowMs },
        timeoutMs: hours(2),
        run: async (context) => {
          await context.clock.sleep(workMs, context.signal);
          if (context.run.slotAt) finished.push(context.run.slotAt.toISOString());
          return OK;
        },
      });
      const firstSight = clock.now();
      // What was due: everything that the clock passed after the job was first seen, while it ran or not.
      let furthest = clock.now();
      const look = () => {
        if (clock.now() > furthest) furthest = clock.now();
      };
      let boot = bench.boot([job]);
      const restart = async (downMs: number) => {
        boot.crash();
        clock.jump(downMs);
        boot = bench.boot([job]);
        await boot.engine.start();
      };
      await boot.engine.start();
      for (const each of steps) {
        if (each.kind === "run") await clock.advance(each.ms);
        else if (each.kind === "jump") {
          clock.jump(each.ms);
          look();
          await clock.advance(seconds(31));
        } else if (each.kind === "crash") await restart(each.downMs);
        else {
          const stopped = boot.engine.stop({ graceMs: seconds(10) });
          await clock.advance(seconds(20));
          await stopped;
          await restart(each.downMs);
        }
        await settle(clock);
        look();
      }
      // The clock finds back to where it was furthest, and everything that runs ends.
      if (clock.now() < furthest) clock.jump(furthest.getTime() - clock.now().getTime());
      await clock.advance(minutes(3));

      const rows = await boot.engine.slots({ limit: 1_000 });
      const due = openSchedule(job.schedule)
        .between(firstSight, clock.now())
        .slots.map((slot) => slot.toISOString());
      // A clock that went back before the first sight may have met older slots too; those are only unique.
      const seen = rows.map(({ slot_at }) => slot_at).filter((slot) => slot > firstSight.toISOString());
      expect(seen.reverse()).toEqual(due);
      for (const row of rows) expect(["done", "skipped", "running"]).toContain(row.state);
      expect(new Set(finished).size).toBe(finished.length);
      const firstAttempts = (await boot.engine.runs({ limit: 1_000 })).filter(({ attempt }) => attempt === 1);
      expect(new Set(firstAttempts.map(({ slot_at }) => slot_at)).size).toBe(firstAttempts.length);
      const ran = rows.filter(({ run_id }) => run_id !== null).map(({ slot_at }) => slot_at);
      expect(ran.sort()).toEqual(firstAttempts.map(({ slot_at }) => slot_at!).sort());
    }),
    { numRuns: soakTimes(40, 400) },
  );
}, 600_000);
