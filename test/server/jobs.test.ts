import { describe, expect, test } from "bun:test";
import { encodeCursor } from "../../src/server/paging.ts";
import { alertView, runView } from "./fake-jobs.ts";
import { openTestServer, operator, type TestServer } from "./harness.ts";

type Json = Record<string, unknown>;

const read = async (server: TestServer, path: string, init?: RequestInit) =>
  (await (await server.app.request(path, init)).json()) as Json;

const post = (server: TestServer, path: string, body?: unknown) =>
  server.app.request(
    path,
    operator({
      method: "POST",
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    }),
  );

describe("row 28: GET /api/jobs/status", () => {
  const RUN_KEYS = [
    "id",
    "uid",
    "job_name",
    "trigger",
    "attempt",
    "slot_at",
    "start_time",
    "end_time",
    "duration_seconds",
    "status",
    "outcome",
    "tickers_processed",
    "errors_count",
    "errors_by_analysis",
    "progress",
    "retry_at",
  ];

  test("has the keys of the specification, in order, before anything ran", async () => {
    await using server = await openTestServer();
    const body = await read(server, "/api/jobs/status");
    expect(Object.keys(body)).toEqual(["scheduler", "jobs", "data", "quotas", "alerts"]);
    expect(body.scheduler).toEqual({
      enabled: true,
      timezone: "America/Argentina/Buenos_Aires",
      cron: "0 6 * * *",
      next_run: "2026-03-03T09:00:00.000Z",
    });
    expect(body.data).toEqual({ latest_analysis_date: "2026-03-02", age_seconds: 10_800, rows: 15 });
    expect(body.quotas).toEqual({ fmp: { used: 3, limit: 250, resets_at: "2026-03-03T00:00:00.000Z" } });
    expect(body.alerts).toEqual([]);
    expect(body.jobs).toEqual([
      expect.objectContaining({ job_name: "daily_analysis", running: false, last_run: null, runs: [] }),
    ]);
  });

  test("during a run: running, with its progress", async () => {
    await using server = await openTestServer();
    const progress = { done: 4, total: 15, item: "YPF", eta_seconds: 3 };
    server.jobs.stored.push(
      runView(1, {
        status: "running",
        outcome: null,
        end_time: null,
        duration_seconds: null,
        progress,
        log_data: null,
      }),
    );
    const [job] = (await read(server, "/api/jobs/status")).jobs as [Json];
    expect(job.running).toBe(true);
    expect(job.last_run).toMatchObject({ id: 1, status: "running", outcome: null, progress, errors_by_analysis: {} });
  });

  test("after success and after failure: the last run with its counts", async () => {
    await using server = await openTestServer();
    server.jobs.stored.push(runView(1));
    const [good] = (await read(server, "/api/jobs/status")).jobs as [Json];
    expect(Object.keys(good.last_run as Json)).toEqual(RUN_KEYS);
    expect(good.last_run).toMatchObject({ status: "completed", outcome: "ok", errors_by_analysis: { fundamental: 1 } });
    server.jobs.stored.push(runView(2, { status: "failed", outcome: "timed_out", attempt: 2 }));
    const [bad] = (await read(server, "/api/jobs/status")).jobs as [Json];
    expect(bad.last_run).toMatchObject({ id: 2, status: "failed", outcome: "timed_out", attempt: 2 });
    expect((bad.runs as Json[]).map((run) => run.id)).toEqual([2, 1]);
  });

  test("limit says how many runs; 0 to 100", async () => {
    await using server = await openTestServer();
    for (let id = 1; id <= 12; id++) server.jobs.stored.push(runView(id));
    const runs = async (query: string) =>
      (((await read(server, `/api/jobs/status${query}`)).jobs as [Json])[0].runs as Json[]).length;
    expect(await runs("")).toBe(10);
    expect(await runs("?limit=3")).toBe(3);
    expect(await runs("?limit=0")).toBe(0);
    for (const limit of ["-1", "101", "1.5", "x", ""])
      expect(`${limit}: ${(await server.app.request(`/api/jobs/status?limit=${limit}`)).status}`).toBe(
        `${limit}: ${limit === "" ? 200 : 422}`,
      );
  });

  test("the public sees public jobs and their alerts; the operator every job with its own schedule", async () => {
    await using server = await openTestServer();
    server.jobs.alertRows.push(alertView(), alertView({ id: "a2", rule: "disk.low", subject: "data" }));
    const anonymous = await read(server, "/api/jobs/status");
    expect((anonymous.jobs as Json[]).map((job) => job.job_name)).toEqual(["daily_analysis"]);
    expect(anonymous.alerts).toEqual([
      {
        rule: "job.failing",
        subject: "daily_analysis",
        level: "critical",
        since: "2026-03-02T10:00:00.000Z",
        message: "daily_analysis failed and its retries too.",
      },
    ]);
    const all = await read(server, "/api/jobs/status", operator());
    expect(
      (all.jobs as Json[]).map(({ job_name, cron, timezone, next_run }) => [job_name, cron, timezone, next_run]),
    ).toEqual([
      ["daily_analysis", "0 6 * * *", "America/Argentina/Buenos_Aires", "2026-03-03T09:00:00.000Z"],
      ["retention", "15 4 * * *", "UTC", "2026-03-03T04:15:00.000Z"],
    ]);
    expect((all.alerts as Json[]).map((alert) => alert.rule)).toEqual(["job.failing", "disk.low"]);
  });
});

describe("runs", () => {
  async function pages(server: TestServer, path: string, init?: RequestInit): Promise<number[][]> {
    const result: number[][] = [];
    let cursor: string | null = null;
    do {
      const glue = path.includes("?") ? "&" : "?";
      const page: Json = await read(server, cursor ? `${path}${glue}cursor=${cursor}` : path, init);
      result.push((page.items as Json[]).map((run) => run.id as number));
      expect(page.count).toBe((page.items as Json[]).length);
      cursor = page.next_cursor as string | null;
    } while (cursor);
    return result;
  }

  test("come in pages, newest first, each once; a run that begins meanwhile shifts nothing", async () => {
    await using server = await openTestServer();
    for (let id = 1; id <= 5; id++) server.jobs.stored.push(runView(id));
    expect(await pages(server, "/api/jobs/daily_analysis/runs?limit=2")).toEqual([[5, 4], [3, 2], [1]]);
    expect(await pages(server, "/api/jobs/daily_analysis/runs?limit=5")).toEqual([[5, 4, 3, 2, 1]]);
    const first = await read(server, "/api/jobs/daily_analysis/runs?limit=2");
    server.jobs.stored.push(runView(6));
    const second = await read(server, `/api/jobs/daily_analysis/runs?limit=2&cursor=${first.next_cursor}`);
    expect((second.items as Json[]).map((run) => run.id)).toEqual([3, 2]);
  });

  test("of all jobs are for the house", async () => {
    await using server = await openTestServer();
    server.jobs.stored.push(runView(1), runView(2, { job_name: "retention" }), runView(3));
    expect(await pages(server, "/api/jobs/runs?limit=2", operator())).toEqual([[3, 2], [1]]);
  });

  test("a foreign, changed or invented cursor is 400", async () => {
    await using server = await openTestServer();
    for (let id = 1; id <= 3; id++) server.jobs.stored.push(runView(id), runView(id + 10, { job_name: "retention" }));
    const path = "/api/jobs/daily_analysis/runs";
    const good = (await read(server, `${path}?limit=1`)).next_cursor as string;
    const foreign = (await read(server, "/api/jobs/retention/runs?limit=1", operator())).next_cursor as string;
    const flipped = Buffer.from(good, "base64url");
    flipped[flipped.length - 1]! ^= 1;
    const wrongShape = encodeCursor({ route: "/api/jobs/{name}/runs", filters: { job: "daily_analysis" } }, "text");
    const cursors = { foreign, changed: flipped.toString("base64url"), invented: "AAAA", empty: "", wrongShape };
    for (const [what, cursor] of Object.entries(cursors)) {
      const response = await server.app.request(`${path}?cursor=${cursor}`);
      expect(`${what}: ${response.status} ${((await response.json()) as Json).code}`).toBe(`${what}: 400 bad_cursor`);
    }
    expect((await server.app.request(`${path}?cursor=${"A".repeat(600)}`)).status).toBe(422);
    expect((await server.app.request(`${path}?cursor=${good}`)).status).toBe(200);
  });

  test("one run has parameters, log data and its lines; after_seq brings only newer ones", async () => {
    await using server = await openTestServer();
    server.jobs.stored.push(runView(1, { params: { as_of: "2024-03-08" } }));
    const run = await read(server, "/api/jobs/runs/1");
    expect(run).toMatchObject({ id: 1, params: { as_of: "2024-03-08" }, next_seq: 3 });
    expect((run.logs as Json[]).map((line) => line.seq)).toEqual([1, 2, 3]);
    const newer = await read(server, "/api/jobs/runs/1?after_seq=2");
    expect((newer.logs as Json[]).map((line) => line.seq)).toEqual([3]);
    const none = await read(server, "/api/jobs/runs/1?log_limit=0&after_seq=2");
    expect([none.logs, none.next_seq]).toEqual([[], 2]);
  });

  test("unknown ids and jobs are 404, impossible ones 422", async () => {
    await using server = await openTestServer();
    const status = async (path: string) => (await server.app.request(path, operator())).status;
    expect(await status("/api/jobs/runs/99")).toBe(404);
    expect(await status("/api/jobs/nope/runs")).toBe(404);
    for (const id of ["0", "-1", "1.5", "x", "9".repeat(30)]) expect(await status(`/api/jobs/runs/${id}`)).toBe(422);
    for (const name of ["Daily", "a".repeat(65), "a%20b", "..%2f..%2fetc"])
      expect(`${name}: ${await status(`/api/jobs/${name}/runs`)}`).toBe(`${name}: 422`);
  });

  test("a hidden job answers exactly like an unknown one", async () => {
    await using server = await openTestServer();
    server.jobs.stored.push(runView(2, { job_name: "retention" }));
    const body = async (path: string) => {
      const { request_id: _, ...rest } = await read(server, path);
      return rest;
    };
    const unknown = JSON.stringify(await body("/api/jobs/nonsense/runs"));
    expect(unknown).toBe(JSON.stringify(await body("/api/jobs/retention/runs")).replaceAll("retention", "nonsense"));
    expect(await body("/api/jobs/runs/2")).toEqual({
      ...(await body("/api/jobs/runs/3")),
      detail: "There is no run 2.",
    });
  });
});

describe("starting, cancelling, pausing", () => {
  test("a start is 202 with the run's id and place, with and without a body", async () => {
    await using server = await openTestServer();
    const response = await post(server, "/api/jobs/daily_analysis/run", { params: { as_of: "2024-03-08" } });
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe("/api/jobs/runs/77");
    expect(await response.json()).toEqual({ run_id: 77, uid: "uid-77" });
    expect((await post(server, "/api/jobs/daily_analysis/run")).status).toBe(202);
    expect(server.jobs.calls).toEqual(['run daily_analysis {"as_of":"2024-03-08"}', "run daily_analysis {}"]);
  });

  test("a busy job is 409 with the running id", async () => {
    await using server = await openTestServer();
    server.jobs.busyWith = 41;
    const response = await post(server, "/api/jobs/daily_analysis/run");
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "job_busy", running_id: 41 });
  });

  test("an unknown job is 404 for every verb", async () => {
    await using server = await openTestServer();
    for (const verb of ["run", "pause", "resume", "cancel"])
      expect((await post(server, `/api/jobs/nope/${verb}`)).status).toBe(404);
    expect(server.jobs.calls).toEqual([]);
  });

  test("cancel is 202 while it runs, 409 otherwise", async () => {
    await using server = await openTestServer();
    const idle = await post(server, "/api/jobs/daily_analysis/cancel");
    expect([idle.status, ((await idle.json()) as Json).code]).toEqual([409, "job_not_running"]);
    server.jobs.busyWith = 41;
    const busy = await post(server, "/api/jobs/daily_analysis/cancel");
    expect([busy.status, await busy.json()]).toEqual([202, { job_name: "daily_analysis", cancelling: true }]);
  });

  test("pause and resume answer with the new state", async () => {
    await using server = await openTestServer();
    expect(await (await post(server, "/api/jobs/retention/pause")).json()).toEqual({
      job_name: "retention",
      paused: true,
    });
    expect(await (await post(server, "/api/jobs/retention/resume")).json()).toEqual({
      job_name: "retention",
      paused: false,
    });
    expect(server.jobs.calls).toEqual(["pause retention", "resume retention"]);
  });
});

test("alerts can be read by state", async () => {
  await using server = await openTestServer();
  server.jobs.alertRows.push(
    alertView(),
    alertView({ id: "a2", state: "resolved", resolved_at: "2026-03-02T11:00:00.000Z" }),
  );
  const ids = async (query: string) =>
    ((await read(server, `/api/alerts${query}`, operator())).items as Json[]).map((alert) => alert.id);
  expect(await ids("")).toEqual(["alert-1", "a2"]);
  expect(await ids("?state=resolved")).toEqual(["a2"]);
  expect((await server.app.request("/api/alerts?state=open", operator())).status).toBe(422);
});
