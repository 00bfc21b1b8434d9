import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { makeScope } from "../../../src/db/scope.ts";
import type { JobContext, JobResult, RunInfo } from "../../../src/jobs/define.ts";
import { days, minutes, seconds } from "../../../src/kit/duration.ts";
import { silentLogger } from "../../../src/kit/log.ts";
import { constituentsPeer } from "../../../src/market/universe/fetch-constituents.ts";
import { loadUniverse } from "../../../src/market/universe/load-universe.ts";
import type { Peer } from "../../../src/net/peer.ts";
import { importUniverse, universeRefreshJob } from "../../../src/systems/portfolio/universe-refresh.ts";
import { csvOf, members, symbolsOf } from "../../market/universe/lists.ts";
import { type Bench, openBench } from "../../net/harness.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";
import * as faults from "../../support/faults.ts";
import { hasShared, sharedPath } from "../../support/shared.ts";

const URL = "https://lists.example/data/constituents.csv";
const settings = { marketData: "yahoo", universeCsvUrl: URL } as const;
/** The real rules without their waits. */
const quick: Peer = { ...constituentsPeer(URL), delaysMs: [1], spacingMs: 0, timeoutMs: 1_000 };

let bench: Bench;
let clock: FakeClock;
beforeEach(async () => {
  bench = await openBench();
  clock = createFakeClock("2026-03-02T05:00:00.000Z");
});
afterEach(() => bench[Symbol.asyncDispose]());

function refresh(params: RunInfo["params"] = {}, signal = new AbortController().signal): Promise<JobResult> {
  const context: JobContext = {
    run: {
      id: 1,
      uid: "run-1",
      job: "universe_refresh",
      trigger: "cron",
      attempt: 1,
      slotAt: null,
      startedAt: clock.now(),
      params,
    },
    scope: makeScope({ kind: "job", tenantId: "default", role: "operator" }),
    http: bench.door.clientFor("portfolio", [quick]),
    log: silentLogger,
    progress: { total: () => {}, advance: () => {} },
    signal,
    clock,
    emit: () => {},
    alerts: { raise: async () => {}, clear: async () => {} },
  };
  return universeRefreshJob({ db: bench.store.db, settings }).run(context);
}

const serve = (text: string) => bench.server.otherwise(faults.answer(text));
const inUse = () => loadUniverse({ db: bench.store.db, folder: undefined }, "sp500", "2026-12-31");

test("the job has the slots, limits and retries of its table, and runs only with prices from the network", () => {
  const job = universeRefreshJob({ db: bench.store.db, settings });
  expect(job).toMatchObject({
    name: "universe_refresh",
    schedule: { cron: "0 5 * * 1", timezone: "UTC" },
    catchUp: { mode: "latest", windowMs: days(7) },
    timeoutMs: minutes(5),
    retries: { times: 1, delaysMs: [minutes(60)] },
    enabled: true,
  });
  for (const marketData of ["csv", "sample"] as const)
    expect(universeRefreshJob({ db: bench.store.db, settings: { ...settings, marketData } }).enabled).toBe(false);
});

test("the source is called by the rules of its row, at the configured host alone", () => {
  expect(constituentsPeer("http://127.0.0.1:8080/list.csv")).toMatchObject({
    name: "constituents",
    hosts: ["127.0.0.1:8080"],
    attempts: 3,
    delaysMs: [seconds(1), seconds(2)],
    timeoutMs: seconds(10),
    spacingMs: seconds(1),
    concurrency: 1,
  });
  expect(constituentsPeer(URL).hosts).toEqual(["lists.example"]);
});

test("P16: one request renews the list, and the next run says what changed", async () => {
  serve(csvOf(members(503)));
  expect(await refresh()).toMatchObject({
    outcome: "ok",
    unitsWritten: 503,
    logData: { added: 503, removed: 0, total: 503 },
  });
  expect(bench.server.requests.map(({ host, path }) => host + path)).toEqual(["lists.example/data/constituents.csv"]);
  await clock.advance(days(7));
  serve(csvOf(members(503, 4)));
  const result = await refresh();
  expect(result).toMatchObject({ outcome: "ok", unitsWritten: 6, nothingNew: false });
  expect(result.logData).toEqual({ added: 3, removed: 3, total: 503 });
  expect(await inUse()).toEqual({ symbols: symbolsOf(members(503, 4)), source: "constituents", asOf: "2026-03-09" });
});

test("P16: an equal list is nothing new, and moves the date on which it was known", async () => {
  serve(csvOf(members(503)));
  await refresh();
  await clock.advance(days(7));
  const result = await refresh();
  expect(result).toEqual({
    outcome: "ok",
    unitsWritten: 0,
    errors: 0,
    logData: { added: 0, removed: 0, total: 503 },
    nothingNew: true,
  });
  expect((await inUse()).asOf).toBe("2026-03-09");
});

describe("P16: a broken source keeps the last good list and fails the run with its reason", () => {
  const whole = csvOf(members(503));
  const cases: { what: string; fault: faults.Fault; problem: string; says: string; requests?: number }[] = [
    { what: "a web page", fault: faults.html(), problem: "bad_header", says: "web page" },
    { what: "a list cut off", fault: faults.answer(whole.slice(0, -10)), problem: "bad_csv", says: "line 504" },
    { what: "200 rows", fault: faults.answer(csvOf(members(200))), problem: "universe_size", says: "200 members" },
    {
      what: "rows that come twice",
      fault: faults.answer(csvOf([...members(503), ...members(3)])),
      problem: "duplicate_members",
      says: "M001, M002, M003",
    },
    {
      what: "a wrong header",
      fault: faults.answer(whole.replace("Symbol", "Code")),
      problem: "bad_header",
      says: "Code",
    },
    { what: "403", fault: faults.status(403), problem: "http_status", says: "403", requests: 1 },
    { what: "503", fault: faults.status(503), problem: "http_status", says: "503", requests: 3 },
    { what: "no answer", fault: faults.hang(), problem: "timeout", says: "", requests: 3 },
    { what: "a body cut off", fault: faults.cutBody(), problem: "network", says: "", requests: 3 },
    { what: "a huge body", fault: faults.hugeBody(3 * 1024 * 1024), problem: "too_large", says: "", requests: 1 },
  ];
  for (const { what, fault, problem, says, requests } of cases)
    test(what, async () => {
      serve(whole);
      await refresh();
      const before = await inUse();
      const seen = bench.server.requests.length;
      bench.server.otherwise(fault);
      const result = await refresh();
      expect(result).toMatchObject({ outcome: "failed", unitsWritten: 0, errors: 1 });
      expect(result.logData).toEqual({ added: 0, removed: 0, total: 503, problem });
      expect(result.message).toContain(says);
      expect(result.message).toContain("In use stays the list of 2026-03-02, 503 symbols.");
      expect(await inUse()).toEqual(before);
      if (requests !== undefined) expect(bench.server.requests.length - seen).toBe(requests);
    });

  test("and says so when there never was one", async () => {
    bench.server.otherwise(faults.html());
    expect((await refresh()).message).toContain("In use stays the embedded list, 103 symbols.");
    expect((await inUse()).source).toBe("embedded");
  });
});

test("P16: a list that changed too much waits for a person, and is taken with force", async () => {
  serve(csvOf(members(503)));
  await refresh();
  serve(csvOf(members(503, 60)));
  const refused = await refresh();
  expect(refused.outcome).toBe("failed");
  expect(refused.blockedReason).toStartWith("11.7 % of the list changed");
  expect(refused.message).toContain("with force");
  expect((await refresh({ force: "yes" })).outcome).toBe("failed");
  expect(await refresh({ force: true })).toMatchObject({
    outcome: "ok",
    logData: { added: 59, removed: 59, total: 503 },
  });
});

test("an aborted run ends with the reason of its signal, not as a broken source", async () => {
  bench.server.otherwise(faults.hang());
  const controller = new AbortController();
  const running = refresh({}, controller.signal);
  controller.abort(new Error("shutting down"));
  await expect(running).rejects.toThrow("shutting down");
});

describe("P16: a list that the operator gives", () => {
  const give = (text: string, options?: { asOf?: string; force?: boolean }) =>
    importUniverse({ db: bench.store.db, clock }, text, options);

  test("is taken as of today, or of the day that is named", async () => {
    await give(csvOf(members(500)), { asOf: "2026-01-05" });
    expect(await inUse()).toMatchObject({ source: "import", asOf: "2026-01-05" });
    expect(await give(csvOf(members(500, 2)))).toEqual({ added: ["M501"], removed: ["M001"], total: 500 });
    expect(await inUse()).toMatchObject({ source: "import", asOf: "2026-03-02" });
  });

  test("is held to the same checks, where force waives only the share that changed", async () => {
    await give(csvOf(members(500)));
    await expect(give(csvOf(members(500, 100)))).rejects.toMatchObject({ code: "universe_changed" });
    await expect(give(csvOf(members(100)), { force: true })).rejects.toMatchObject({ code: "universe_size" });
    expect((await give(csvOf(members(500, 100)), { force: true })).added).toHaveLength(99);
  });

  test("of tomorrow, or of no date, is refused with the remedy", async () => {
    for (const asOf of ["2026-03-03", "2026-02-30", "", "yesterday"])
      await expect(give(csvOf(members(500)), { asOf })).rejects.toMatchObject({ code: "bad_params" });
    expect((await inUse()).source).toBe("embedded");
  });

  test.skipIf(!hasShared)("may be the real one", async () => {
    const text = await Bun.file(sharedPath("data/universe/sp500.csv")).text();
    expect(await give(text, { asOf: "2024-03-05" })).toMatchObject({ total: 503 });
    expect((await inUse()).symbols).toContain("BRK-B");
  });
});
