import { afterEach, beforeEach, expect, test } from "bun:test";
import { jobRuns } from "../../../../src/db/schema/jobs.ts";
import { openStage } from "../cycle/stage.ts";
import { uuid } from "../people/people-fixtures.ts";
import { giveCycle, giveResult, openPortfolioApi, type PortfolioApi } from "./portfolio-api.ts";

let api: PortfolioApi;
beforeEach(async () => {
  api = await openPortfolioApi();
});
afterEach(() => api[Symbol.asyncDispose]());
const house = (path: string) => api.ask("viewer", `/portfolio/cycles${path}`);

test("P36: a cycle and its users' results are stored and served, and the counts of failures are true", async () => {
  await using stage = await openStage();
  await stage.user({ userId: uuid(1), holds: { A: ["AAA", "BBB"] } });
  await stage.user({ userId: uuid(2), holds: { A: ["CCC", "NOPRICES"] } });
  await stage.user({ userId: uuid(3) });
  await stage.user({ userId: " ", holds: { A: ["DDD"] } });
  const { runId, result } = await stage.run();
  const { outcome, logData } = result;
  const ended = { outcome, logData, status: "completed", endTime: "2024-03-08T21:33:00.000Z" } as const;
  await stage.store.db.write(async (tx) => void (await tx.update(jobRuns).set(ended)));

  await using served = await openPortfolioApi({ db: stage.store.db });
  const { status, body } = await served.ask("viewer", "/portfolio/cycles/latest");
  expect([status, body.run_id, body.success, body.status, body.outcome]).toEqual([
    200,
    runId,
    false,
    "completed",
    "partial",
  ]);
  expect(body).toMatchObject({
    users_processed: 4,
    successful: 3,
    failed: 1,
    files_changed: 4 + 4 + 2,
    trading_date: "2024-03-08",
    data_source: "csv",
    timestamp: ended.endTime,
    duration_minutes: 3,
    next_cursor: null,
  });
  const results = body.results as {
    user_id: string;
    success: boolean;
    state: string;
    failed_symbols: number;
    error: string | null;
  }[];
  expect(results.map(({ user_id, state, failed_symbols }) => [user_id, state, failed_symbols])).toEqual([
    [" ", "failed", 1],
    [uuid(1), "ok", 0],
    [uuid(2), "ok", 1],
    [uuid(3), "empty", 0],
  ]);
  expect(results.filter(({ success }) => !success)).toHaveLength(body.failed);
  expect(results.filter(({ success }) => success)).toHaveLength(body.successful);
  expect(results.map(({ error }) => error === null)).toEqual([false, true, true, true]);
  expect(body.details.failed_symbols).toEqual(["NOPRICES"]);

  const { body: own } = await served.ask("self", "/portfolio/users/me/history");
  expect(own.items).toMatchObject([{ run_id: runId, state: "ok", files_changed: 4 }]);
  expect((await served.ask("viewer", "/portfolio/cycles")).body.items).toMatchObject([{ run_id: runId, failed: 1 }]);
});

test("404 before the first cycle has ended, one that still runs included", async () => {
  for (const path of ["/latest", "/1"]) expect([path, (await house(path)).status]).toEqual([path, 404]);
  expect((await house("/latest")).body).toMatchObject({ code: "no_cycle_yet", detail: "No cycle has ended yet." });
  await giveCycle(api.db, { id: 1, outcome: null });
  expect((await house("/latest")).body.code).toBe("no_cycle_yet");
  const { status, body, headers } = await house("/1");
  expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
  expect(body).toMatchObject({
    status: "running",
    success: false,
    outcome: null,
    users_processed: 0,
    trading_date: null,
    data_source: null,
    duration_minutes: null,
    timestamp: null,
    details: {},
    results: [],
  });
});

test("latest is the newest that ended; runs of other jobs are no cycles", async () => {
  await giveCycle(api.db, { id: 1 });
  await giveCycle(api.db, { id: 2, outcome: "failed" });
  await giveCycle(api.db, { id: 3, job: "daily_analysis" });
  await giveCycle(api.db, { id: 4, outcome: null });
  expect((await house("/latest")).body).toMatchObject({ run_id: 2, success: false, status: "failed" });
  expect((await house("/3")).body).toMatchObject({ code: "unknown_cycle", detail: "There is no cycle 3." });
  expect((await house("")).body.items.map(({ run_id }: { run_id: number }) => run_id)).toEqual([4, 2, 1]);
});

test("a cycle without users is no success", async () => {
  await giveCycle(api.db, { id: 1, logData: { users_processed: 0 } });
  await giveCycle(api.db, { id: 2, logData: { users_processed: 1, successful: 1, failed: 0 } });
  expect((await house("/1")).body.success).toBe(false);
  expect((await house("/2")).body.success).toBe(true);
});

test("pages of cycles and of results meet each once", async () => {
  for (const id of [1, 2, 3]) await giveCycle(api.db, { id });
  const users = [1, 2, 3, 4, 5].map(uuid);
  for (const userId of users) await giveResult(api.db, { runId: 3, userId });
  const cycles = await walk("", (body) => body.items.map(({ run_id }: { run_id: number }) => run_id));
  expect(cycles).toEqual([3, 2, 1]);
  expect(await walk("/3", (body) => body.results.map(({ user_id }: { user_id: string }) => user_id))).toEqual(users);
});

async function walk<Item>(path: string, itemsOf: (body: PageBody) => Item[], cursor?: string): Promise<Item[]> {
  const { body } = await house(`${path}?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
  return body.next_cursor === null
    ? itemsOf(body)
    : [...itemsOf(body), ...(await walk(path, itemsOf, body.next_cursor))];
}
// biome-ignore lint/suspicious/noExplicitAny: parsed JSON
type PageBody = any;

test("a cursor belongs to its list, its cycle and its state", async () => {
  for (const id of [1, 2]) {
    await giveCycle(api.db, { id });
    for (const user of [1, 2]) await giveResult(api.db, { runId: id, userId: uuid(user) });
  }
  const { next_cursor: ofCycles } = (await house("?limit=1")).body;
  const { next_cursor: ofResults } = (await house("/2?limit=1")).body;
  for (const path of [
    `/2?cursor=${ofCycles}`,
    `?cursor=${ofResults}`,
    `/1?cursor=${ofResults}`,
    `/2?state=ok&cursor=${ofResults}`,
  ]) {
    const { status, body } = await house(path);
    expect([path, status, body.code]).toEqual([path, 400, "bad_cursor"]);
  }
  // `latest` is a name of the same cycle.
  expect((await house(`/latest?cursor=${ofResults}`)).body.results).toHaveLength(1);
});

test.each([
  ["/0"],
  ["/-1"],
  ["/1.5"],
  ["/newest"],
  ["/LATEST"],
  ["/9007199254740992"],
  ["/1e400"],
  ["/%00"],
  ["?limit=201"],
  ["/1?limit=1001"],
])("422: %s", async (path) => {
  await giveCycle(api.db, { id: 1 });
  expect((await house(path)).status).toBe(422);
});

test("the largest number that can be asked for is an unknown cycle", async () => {
  expect((await house("/9007199254740991")).body.code).toBe("unknown_cycle");
});
