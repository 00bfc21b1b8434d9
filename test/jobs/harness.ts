import type { Database } from "../../src/db/index.ts";
import { createJobRuntime, type JobEngine, type JobRuntimeOptions } from "../../src/jobs/create-runtime.ts";
import { defineJob, type JobDefinition, type JobResult } from "../../src/jobs/define.ts";
import type { HouseEvent } from "../../src/jobs/events.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { minutes } from "../../src/kit/duration.ts";
import { createEventBus } from "../../src/kit/events.ts";
import { silentLogger } from "../../src/kit/log.ts";
import { seededRandom } from "../../src/kit/random.ts";
import type { HttpClient } from "../../src/net/client.ts";
import { createFakeClock, type FakeClock } from "../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";

export interface Boot {
  engine: JobEngine;
  /** Everything published so far. */
  events: HouseEvent[];
  /** As `kill -9`: nothing of this process happens any more. */
  crash(): void;
}

export interface Bench {
  store: TestDatabase;
  clock: FakeClock;
  boot(jobs: JobDefinition[], options?: Partial<JobRuntimeOptions>): Boot;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A database and a clock on which runtimes are started, killed and started again. */
export async function openBench(start?: string): Promise<Bench> {
  const store = await openTestDatabase();
  const clock = createFakeClock(start);
  const boots: Boot[] = [];
  let ids = 0;
  return {
    store,
    clock,
    boot(jobs, options = {}) {
      const life = { over: false };
      const own = mortalClock(clock, life);
      const bus = createEventBus<HouseEvent>({ now: () => clock.now() });
      const events: HouseEvent[] = [];
      bus.subscribe(({ event }) => events.push(event));
      const engine = createJobRuntime({
        db: mortalDatabase(store.db, life),
        logs: mortalDatabase(store.logs, life),
        clock: own,
        ids: { uuid: () => `id-${String(++ids).padStart(6, "0")}` },
        random: seededRandom(1),
        log: silentLogger,
        events: bus,
        bootId: `boot-${boots.length + 1}`,
        jobs: jobs.map((definition) => ({ system: "test", definition })),
        httpFor: () => noNetwork,
        ...options,
      });
      const crash = () => {
        life.over = true;
      };
      const boot = { engine, events, crash };
      boots.push(boot);
      return boot;
    },
    async [Symbol.asyncDispose]() {
      for (const { crash } of boots) crash();
      await store[Symbol.asyncDispose]();
    },
  };
}

const noNetwork: HttpClient = {
  call: () => Promise.reject(new Error("no network in this test")),
  budgetLeft: () => Promise.resolve(0),
};

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

function mortalClock(clock: FakeClock, life: { over: boolean }): Clock {
  return {
    now: clock.now,
    monotonicMs: clock.monotonicMs,
    sleep: async (ms, signal) => {
      if (life.over) return never();
      try {
        await clock.sleep(ms, signal);
      } finally {
        if (life.over) await never();
      }
    },
  };
}

function mortalDatabase(database: Database, life: { over: boolean }): Database {
  return {
    ...database,
    write: async (work) => {
      if (life.over) return never();
      const written = await database.write(work);
      return life.over ? never() : written;
    },
    get writersWaiting() {
      return database.writersWaiting;
    },
  };
}

export const OK: JobResult = { outcome: "ok", unitsWritten: 1, errors: 0 };
export const FAILED: JobResult = { outcome: "failed", unitsWritten: 0, errors: 1, message: "nothing worked" };

/** A job at 09:00 UTC every day that does nothing, with what the test changes. */
export function testJob(changes: Partial<JobDefinition> = {}): JobDefinition {
  return defineJob({
    name: "daily",
    about: "Does what the test says.",
    schedule: { cron: "0 9 * * *", timezone: "UTC" },
    overlap: "skip",
    catchUp: { mode: "none" },
    timeoutMs: minutes(10),
    retries: { times: 0, delaysMs: [] },
    run: async () => OK,
    ...changes,
  });
}

/** A run that ends when it is told to, or with its signal. */
export function gate() {
  const open = Promise.withResolvers<JobResult>();
  let calls = 0;
  const run: JobDefinition["run"] = ({ signal }) => {
    calls++;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      open.promise.then(resolve, reject);
    });
  };
  return { run, open: (result: JobResult = OK) => open.resolve(result), calls: () => calls };
}

/** Lets everything that is ready go on, without time passing. */
export const settle = (clock: FakeClock): Promise<void> => clock.advance(0);

/** Lets the time until shortly before pass in one step (asleep, as it were), and the last minute second by second. */
export async function skip(clock: FakeClock, ms: number): Promise<void> {
  clock.jump(ms - minutes(1));
  await clock.advance(minutes(1));
}
