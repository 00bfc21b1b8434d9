import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type House, openHouse } from "../../src/house/index.ts";
import type { RunView } from "../../src/jobs/runtime.ts";
import type { Clock } from "../../src/kit/clock.ts";
import { type Logger, silentLogger } from "../../src/kit/log.ts";
import { listen } from "../../src/server/index.ts";
import { loadSettings } from "../../src/settings.ts";
import { createFakeClock, type FakeClock } from "./clock.ts";
import { sharedPath } from "./shared.ts";

export interface TestHouseOptions {
  /** Environment variables. Default: nothing set, which is sample data. */
  settings?: Record<string, string>;
  /** Default: a fake clock at `now`. */
  clock?: Clock;
  /** Where the fake clock starts. Default: an evening after the close of New York. */
  now?: string;
  /** Whether daily_analysis has run once. Default: true. */
  analyzed?: boolean;
  log?: Logger;
  /** Whether slots are taken as the clock moves. Default: jobs run by hand alone. */
  scheduler?: boolean;
  /** Whether it is the installation itself, as `bun run start` makes it. Default: a command. */
  isService?: boolean;
}

/** The shipped composition in a directory of its own: `await using house = await openTestHouse()`. */
export interface TestHouse extends House, AsyncDisposable {
  /** The clock, when it is a fake one. */
  readonly fake: FakeClock;
  /** Moves the fake clock on until something has happened, so that waits between requests end. */
  passTimeUntil<Value>(happened: Promise<Value>): Promise<Value>;
  /** Calls the API as the operator. */
  asOperator(path: string, init?: RequestInit): Promise<Response>;
  get<Body = unknown>(path: string): Promise<Body>;
  runJob(job: string, params?: Record<string, unknown>): Promise<RunView>;
  /** Listens on a free port of the loopback until the house is disposed of. */
  open(): string;
}

/** A Friday; the shared prices reach it. */
const EVENING = "2024-03-08T23:00:00.000Z";

/** Settings for real prices of the Argentine ADRs, beside the checkout. */
export const csvPrices = { MARKET_DATA: "csv", MARKET_DATA_DIR: sharedPath("data/prices/adr") } as const;

export async function openTestHouse({
  settings = {},
  clock,
  now = EVENING,
  analyzed = true,
  log = silentLogger,
  scheduler = false,
  isService = false,
}: TestHouseOptions = {}): Promise<TestHouse> {
  const dataDir = mkdtempSync(join(tmpdir(), "vigia-house-"));
  const fake = createFakeClock(now);
  const environment = { VIGIA_DATA_DIR: dataDir, ...settings };
  const house = await openHouse(loadSettings(environment), { clock: clock ?? fake, log, isService });
  const close: (() => Promise<void>)[] = [];
  const runJob = async (job: string, params?: Record<string, unknown>) => {
    const { id } = await house.jobs.runNow(job, params ? { params } : {});
    return house.jobs.waitForRun(id);
  };
  await house.jobs.start({ scheduler });
  if (analyzed) await runJob("daily_analysis");
  return {
    ...house,
    fake,
    runJob,
    async passTimeUntil(happened) {
      let waiting = true;
      const stop = () => {
        waiting = false;
      };
      happened.then(stop, stop);
      while (waiting) await fake.advance(1_000);
      return happened;
    },
    asOperator: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("Authorization", `Bearer ${house.operatorToken.token}`);
      return house.fetch(path, { ...init, headers });
    },
    async get<Body>(path: string) {
      const response = await house.fetch(path);
      if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Body;
    },
    open() {
      const listening = listen(house.app, { host: "127.0.0.1", port: 0 });
      close.push(() => listening.stop());
      return listening.url;
    },
    async [Symbol.asyncDispose]() {
      for (const stop of close) await stop();
      await house.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
