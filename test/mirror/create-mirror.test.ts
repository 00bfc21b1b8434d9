import { expect, test } from "bun:test";
import { statement } from "../../src/db/index.ts";
import type { HouseEvent } from "../../src/jobs/events.ts";
import { JobBusyError } from "../../src/jobs/job-busy-error.ts";
import type { RunNowOptions } from "../../src/jobs/runtime.ts";
import { savePaused } from "../../src/jobs/slot-store.ts";
import { yieldToEventLoop } from "../../src/kit/clock.ts";
import { createEventBus } from "../../src/kit/events.ts";
import { createIds } from "../../src/kit/ids.ts";
import { createMirror } from "../../src/mirror/create-mirror.ts";
import { DIRECTORY_SYNC, MIRROR_CHECK, MIRROR_DRAIN, MIRROR_RECONCILE } from "../../src/mirror/job-names.ts";
import type { MirrorStream } from "../../src/mirror/stream.ts";
import { createMetrics } from "../../src/server/metrics/index.ts";
import { loadSettings } from "../../src/settings.ts";
import { vigia } from "../cli/harness.ts";
import { createMemoryLog } from "../net/harness.ts";
import { createFakeClock } from "../support/clock.ts";
import { openTestHouse } from "../support/house.ts";
import { readStore } from "../support/mirror-tables.ts";
import { openThings, owedKeys, things } from "./outbox/things.ts";

/** Nobody listens there. */
const ON = { SUPABASE_URL: "http://127.0.0.1:9", SUPABASE_SERVICE_ROLE_KEY: `sb_secret_${"a".repeat(31)}` };
const written: MirrorStream = { ...things, writers: ["writer"] };

async function passTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await yieldToEventLoop();
}

/** A database in which mirrors are made as processes make them, one after the other. */
async function openMirrors() {
  const store = await openThings([]);
  const clock = createFakeClock();
  const { log, lines } = createMemoryLog();
  const events = createEventBus<HouseEvent>({ now: clock.now });
  const started: [string, RunNowOptions | undefined][] = [];
  const jobs = {
    running: [] as { job: string; runId: number }[],
    lastTickAt: clock.now() as Date | null,
    runNow: async (job: string, options?: RunNowOptions) => {
      started.push([job, options]);
      return { id: 1, uid: "u" };
    },
    pause: async () => {},
    resume: async () => {},
    runs: async () => [],
  };
  const open = ({ settings = ON, isService = true }: { settings?: Record<string, string>; isService?: boolean } = {}) =>
    createMirror({
      settings: loadSettings(settings).settings,
      db: store.db,
      clock,
      ids: createIds(clock),
      log,
      events,
      metrics: createMetrics({ log }),
      audit: async () => {},
      streams: [written],
      jobs: () => jobs,
      isService,
    });
  const finish = async (job: string) => {
    const rest = { outcome: "ok", duration_ms: 1, units_written: 1, errors: 0, retry_at: null } as const;
    events.publish({ type: "run.finished", job, run_id: 1, ...rest });
    await passTurns();
  };
  return { ...store, open, jobs, lines, started, finish, owed: () => owedKeys(store.db) };
}

/** A mirror that serves, whose rows are all owed. */
async function openServing() {
  const mirrors = await openMirrors();
  const mirror = await mirrors.open();
  mirror.begin();
  const drain = mirror.jobs.find(({ name }) => name === MIRROR_DRAIN)!;
  await passTurns();
  return { ...mirrors, mirror, drain };
}

const WOKEN = [MIRROR_DRAIN, { trigger: "cron" }] as const;

test("the end of a run that writes mirrored rows wakes the drain, when it left something to send", async () => {
  await using house = await openServing();
  await house.finish("writer");
  expect(house.started).toEqual([]);
  await house.run("insert into things values ('a', 1, 0, null)");
  await house.finish("reader");
  expect(house.started).toEqual([]);
  await house.finish("writer");
  expect(house.started).toEqual([[...WOKEN]]);
});

test("a writer that runs again leaves its rows to gather", async () => {
  await using house = await openServing();
  await house.run("insert into things values ('a', 1, 0, null)");
  house.jobs.running.push({ job: "writer", runId: 2 });
  await house.finish("writer");
  expect(house.started).toEqual([]);
});

test("a paused mirror is not woken, and its slots find nothing to do", async () => {
  await using house = await openServing();
  await house.run("insert into things values ('a', 1, 0, null)");
  expect(await house.drain.hasWork!()).toBe(true);
  await savePaused(house.db, MIRROR_DRAIN, true, "2026-03-02T12:00:00.000Z");
  await house.finish("writer");
  expect([await house.drain.hasWork!(), house.started]).toEqual([false, []]);
  await savePaused(house.db, MIRROR_DRAIN, false, "2026-03-02T12:00:00.000Z");
  await house.finish("writer");
  expect(house.started).toEqual([[...WOKEN]]);
});

test("a process that runs one job and ends does not wake the drain", async () => {
  await using house = await openServing();
  house.jobs.lastTickAt = null;
  await house.run("insert into things values ('a', 1, 0, null)");
  await house.finish("writer");
  expect(house.started).toEqual([]);
});

test("a drain that runs already is no fault; a store that fails is told", async () => {
  await using house = await openServing();
  await house.run("insert into things values ('a', 1, 0, null)");
  house.jobs.runNow = () => Promise.reject(new JobBusyError(MIRROR_DRAIN, 7));
  await house.finish("writer");
  expect(house.lines).toMatchObject([{ level: "debug", event: "mirror.not_woken" }]);
  house.lines.length = 0;
  await house.run("alter table outbox rename to lost");
  await house.finish("writer");
  expect(house.lines).toMatchObject([{ level: "error", event: "mirror.not_woken" }]);
  expect(String(house.lines[0]!.fields.error)).toContain("outbox");
});

test("a process that serves owes its rows after it has begun, and drains when they are; changes are noted from the start", async () => {
  await using house = await openMirrors();
  await house.fill(20_000);
  const mirror = await house.open();
  expect(await house.owed()).toEqual([]);
  await house.run("delete from things where id = 'k7'");
  expect(await house.owed()).toEqual(['things ["k7"]']);
  mirror.begin();
  const drain = mirror.jobs.find(({ name }) => name === MIRROR_DRAIN)!;
  // Its rows would be children whose parents are not owed yet.
  expect(await drain.hasWork!()).toBe(false);
  expect(house.started).toEqual([]);
  const count = async () => (await house.db.read.all(statement("select 1 from outbox", []))).length;
  while ((await count()) < 20_000) await yieldToEventLoop();
  while (house.started.length === 0) await yieldToEventLoop();
  expect(house.started).toEqual([[...WOKEN]]);
  expect(await drain.hasWork!()).toBe(true);
});

test("rows that could not be owed are told and owed with the next slot", async () => {
  await using house = await openMirrors();
  await house.run("insert into things values ('a', 1, 0, null)");
  const mirror = await house.open();
  const drain = mirror.jobs.find(({ name }) => name === MIRROR_DRAIN)!;
  await house.run("create trigger broken before insert on outbox begin select raise(abort, 'no space'); end");
  mirror.begin();
  await passTurns();
  expect(house.lines).toMatchObject([{ level: "error", event: "mirror.not_owed" }]);
  await house.run("drop trigger broken");
  expect(await drain.hasWork!()).toBe(false);
  await passTurns();
  expect(await drain.hasWork!()).toBe(true);
  expect(await house.owed()).toEqual(['things ["a"]']);
});

test("a mirror that stops while rows are owed ends it quietly", async () => {
  await using house = await openMirrors();
  await house.fill(20_000);
  const mirror = await house.open();
  mirror.begin();
  await yieldToEventLoop();
  await mirror.stop();
  expect(house.lines).toEqual([]);
  expect(house.started).toEqual([]);
});

test("a command owes all rows before it does anything else", async () => {
  await using house = await openMirrors();
  await house.run("insert into things values ('a', 1, 0, null)");
  await house.open({ isService: false });
  expect(await house.owed()).toEqual(['things ["a"]']);
});

test("a command without the settings leaves what is owed alone; the installation without them keeps the deletions", async () => {
  await using house = await openServing();
  await house.run("insert into things values ('a', 1, 0, null), ('b', 1, 0, null)");
  await house.run("delete from things where id = 'a'");
  const both = ['things ["a"]', 'things ["b"]'];
  await house.open({ settings: {}, isService: false });
  expect(await house.owed()).toEqual(both);
  await house.run("insert into things values ('c', 1, 0, null)");
  expect(await house.owed()).toEqual([...both, 'things ["c"]']);

  const off = await house.open({ settings: {} });
  expect(off.jobs).toEqual([]);
  off.begin();
  while ((await house.owed()).length > 1) await yieldToEventLoop();
  await house.run("delete from things where id = 'b'");
  expect(await house.owed()).toEqual(['things ["a"]']);

  const on = await house.open();
  on.begin();
  while ((await house.owed()).length < 2) await yieldToEventLoop();
  expect(await house.owed()).toEqual(['things ["a"]', 'things ["c"]']);
});

test("one command from a shell without SUPABASE_URL forgets nothing of the house", async () => {
  await using house = await openTestHouse({ settings: ON, isService: true });
  house.begin();
  await house.runJob("daily_analysis");
  const directory = house.settings.vigiaDataDir;
  const seen = () =>
    readStore(
      directory,
      "select stream || ' ' || key as what from outbox where stream <> 'job_runs' order by what",
      "select name as what from sqlite_master where type = 'trigger' order by name",
    );
  const before = await seen();
  expect(before.length).toBeGreaterThan(20);
  await house.close();
  expect((await vigia(["jobs"], { environment: { VIGIA_DATA_DIR: directory } })).code).toBe(0);
  expect(await seen()).toEqual(before);
});

test("the drain, the count and the comparison wait until all is owed, and leave with their run", async () => {
  await using house = await openMirrors();
  await house.fill(20_000);
  const mirror = await house.open();
  const over = AbortSignal.abort(new Error("time is up"));
  for (const name of [MIRROR_DRAIN, MIRROR_CHECK, MIRROR_RECONCILE]) {
    const job = mirror.jobs.find((candidate) => candidate.name === name)!;
    // A context with nothing else in it: what the run itself would ask for is not there.
    await expect(job.run({ signal: over } as never)).rejects.toThrow("time is up");
  }
  await mirror.stop();
});

test("the mirror's jobs come when concordance 5 says, and a failing drain does not try again by itself", async () => {
  await using house = await openMirrors();
  const mirror = await house.open();
  expect(
    mirror.jobs.map(({ name, schedule, catchUp, timeoutMs, retries, hasWork, tellsOwnFailures }) => [
      name,
      "cron" in schedule && `${schedule.cron} ${schedule.timezone}`,
      catchUp.mode,
      timeoutMs / 60_000,
      retries.delaysMs.map((ms) => ms / 60_000),
      hasWork !== undefined,
      tellsOwnFailures ?? false,
    ]),
  ).toEqual([
    [MIRROR_DRAIN, "* * * * * UTC", "none", 30, [], true, true],
    [MIRROR_CHECK, "30 2 * * * UTC", "none", 10, [15], false, false],
    [MIRROR_RECONCILE, "0 3 * * 0 UTC", "latest", 60, [60], false, false],
    [DIRECTORY_SYNC, "5 * * * * UTC", "none", 5, [], false, false],
  ]);
});

test("the daily sweep takes dead letters that were closed 90 days ago, with a target and without one", async () => {
  await using mirrors = await openMirrors();
  for (const settings of [ON, {}]) {
    await mirrors.db.write((tx) =>
      tx.run(
        statement(
          `insert into dead_letters (id, queue, subject, key, error_type, message, state, first_failed_at, last_failed_at, resolved_at)
           values ('old', 'mirror', 'things', '[1]', 'rejected', 'no', 'resolved', ?1, ?1, ?1)`,
          ["2020-01-01T00:00:00.000Z"],
        ),
      ),
    );
    const mirror = await mirrors.open({ settings });
    expect(await mirror.sweep(new Date("2026-03-02T12:00:00.000Z"))).toBe(1);
  }
});
