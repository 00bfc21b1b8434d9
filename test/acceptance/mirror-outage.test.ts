import { expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { connect, createServer, type Server } from "node:net";
import { hours, minutes, seconds } from "../../src/kit/duration.ts";
import { createFakeClock, type FakeClock } from "../support/clock.ts";
import { type MirrorHouse, openMirrorHouse } from "../support/mirror-house.ts";
import { expectSameFiles, expectSameTables } from "../support/mirror-tables.ts";
import { soakTimes } from "../support/soak.ts";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";

setDefaultTimeout(300_000);

/** What the project may be asked: two requests a second, one after the other. */
const SPACING_MS = 500;
/** Half of the outage: of a whole day in soak, else of the hours in which every daily job of the morning comes due. */
const HALF_MS = hours(soakTimes(4, 12));

/** Jobs that talk to the project; all others must not notice anything. */
const REMOTE_JOBS = new Set(["mirror_drain", "mirror_check", "mirror_reconcile", "directory_sync"]);

test("A23: a day without Supabase stops nothing; afterwards the backlog drains at its pace, and once", async () => {
  const clock = createFakeClock("2024-03-11T03:30:00.000Z");
  await using supabase = await openSupabase();
  await using front = await reservePort(new URL(supabase.url));
  using sent = watchRequests(clock, front.url);
  await using house = await openMirrorHouse({
    supabase,
    clock,
    scheduler: true,
    settings: {
      SUPABASE_URL: front.url,
      MIRROR_RATE_PER_SECOND: "2",
      RECOMMENDATION_TICKERS: "YPF,GGAL,SPY",
      SVGA_INTERVAL_MINUTES: "60",
    },
  });
  let answers = true;
  const passTime = (ms: number, stepMs: number) => letTimePass({ house, clock, sent, answers }, ms, stepMs);

  // Connections are refused for half of the time; then they are made, and nothing ever comes back.
  await passTime(HALF_MS, seconds(30));
  expect(sent.starts.length).toBeGreaterThan(100);
  await expectHouseToWork(house);
  supabase.faults.during(() => true, "hang");
  await front.open();
  answers = false;
  await passTime(HALF_MS, seconds(30));
  await expectHouseToWork(house);
  await expectJobsToHaveRun(house);
  expect(supabase.history.requests.some(({ fault }) => fault === "hang")).toBe(true);
  expect(supabase.history.requests.filter(({ committed }) => committed)).toEqual([]);
  const backlog = await house.owed();
  expect(Object.keys(backlog).length).toBeGreaterThan(5);

  supabase.faults.clear();
  while (sent.open > 0) await passTime(seconds(1), seconds(1));
  answers = true;
  sent.forgetOpen();
  const before = supabase.history.requests.length;
  for (let minute = 0; minute < 30 && (await isBehind(house)); minute++) await passTime(minutes(1), SPACING_MS / 4);
  expect(await house.owed()).toEqual({});
  await expectSameTables(house.dataDir, supabase);
  expect(await expectSameFiles(house.dataDir, supabase)).toBeGreaterThan(0);
  expectEachRowOnce(supabase, before);
  expect(sent.mostOpen).toBe(1);
  expect(Math.min(...sent.gapsMs())).toBeGreaterThanOrEqual(SPACING_MS);
  expect(await firing(house)).not.toContain("mirror.lag");
  const resolved = await house.jobs.alerts({ state: "resolved" });
  expect(resolved.map(({ rule }) => rule)).toContain("mirror.lag");
});

const firing = async ({ jobs }: MirrorHouse) => (await jobs.alerts({ state: "firing" })).map(({ rule }) => rule);

const isBehind = async (house: MirrorHouse) =>
  (await firing(house)).includes("mirror.lag") || Object.keys(await house.owed()).length > 0;

async function expectHouseToWork(house: MirrorHouse): Promise<void> {
  for (const path of ["/health/live", "/health/ready", "/api/recommendations/latest", "/api/jobs/status"])
    expect([path, (await house.fetch(path)).status]).toEqual([path, 200]);
  const status = (await (await house.asOperator("/api/mirror/status")).json()) as { owed: number; lag_seconds: number };
  expect(status.owed).toBeGreaterThan(0);
  expect(status.lag_seconds).toBeGreaterThan((HALF_MS - hours(1)) / 1_000);
  expect(await firing(house)).toContain("mirror.lag");
}

async function expectJobsToHaveRun(house: MirrorHouse): Promise<void> {
  const runs = await house.read<{ job_name: string; outcome: string; runs: number }>(
    "select job_name, outcome, count(*) as runs from job_runs where end_time is not null group by 1, 2",
  );
  const own = runs.filter(({ job_name }) => !REMOTE_JOBS.has(job_name));
  expect(own.filter(({ outcome }) => outcome !== "ok")).toEqual([]);
  const counted = Object.fromEntries(own.map(({ job_name, runs: count }) => [job_name, count]));
  expect(counted).toMatchObject({ track_record: 1, backup_create: expect.anything() });
  expect(counted.daily_analysis).toBeGreaterThanOrEqual(1);
  expect(counted.portfolio_cycle).toBeGreaterThanOrEqual((2 * HALF_MS) / hours(1) - 2);
}

/** What was accepted since, no row twice as it was. */
function expectEachRowOnce({ history }: TestSupabase, since: number): void {
  const seen = new Set<string>();
  let rows = 0;
  for (const { table, rows: batch = [], committed } of history.requests.slice(since)) {
    if (!committed || table === undefined) continue;
    for (const row of batch) seen.add(`${table} ${JSON.stringify(row)}`);
    rows += batch.length;
  }
  expect(rows).toBeGreaterThan(50);
  expect(seen.size).toBe(rows);
}

/** A free port below those that systems hand out by themselves, so that nobody gets it before it is opened. */
async function reservePort(target: URL) {
  for (let port = 20_000 + (process.pid % 10_000); ; port++) {
    const server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
      client.on("close", () => upstream.destroy());
    });
    if (!(await listenOn(server, port))) continue;
    await new Promise((resolve) => server.close(resolve));
    return {
      url: `http://127.0.0.1:${port}`,
      open: async () => expect(await listenOn(server, port)).toBe(true),
      [Symbol.asyncDispose]: async () => void server.close(),
    };
  }
}

const listenOn = (server: Server, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });

type Watched = ReturnType<typeof watchRequests>;

/** Notes by the house's clock when each request leaves, and how many wait for their answer. */
function watchRequests(clock: FakeClock, url: string) {
  const real = globalThis.fetch;
  const starts: number[] = [];
  let open = 0;
  let mostOpen = 0;
  const send = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    if (!String(input).startsWith(url)) return real(input, init);
    starts.push(clock.monotonicMs());
    mostOpen = Math.max(mostOpen, ++open);
    try {
      return await real(input, init);
    } finally {
      open--;
    }
  };
  const spy = spyOn(globalThis, "fetch").mockImplementation(send as typeof fetch);
  return {
    starts,
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    forgetOpen() {
      mostOpen = open;
    },
    gapsMs: () => starts.slice(1).map((at, place) => at - starts[place]!),
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}

/** Turns of the event loop that work may take before time goes on without it. */
const PATIENCE_TURNS = 500;

/** Moves the clock in steps, and lets what has begun come to its end in between: answers and analyses take real time. */
async function letTimePass(
  { house, clock, sent, answers }: { house: MirrorHouse; clock: FakeClock; sent: Watched; answers: boolean },
  ms: number,
  stepMs: number,
): Promise<void> {
  const isBusy = () => (answers && sent.open > 0) || house.jobs.running.some(({ job }) => !REMOTE_JOBS.has(job));
  for (let passed = 0; passed < ms; passed += stepMs) {
    for (let turn = 0; turn < PATIENCE_TURNS && isBusy(); turn++) await new Promise((next) => setImmediate(next));
    await clock.advance(stepMs);
  }
}
