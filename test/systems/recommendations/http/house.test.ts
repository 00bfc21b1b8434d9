import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import type { AlertView } from "../../../../src/jobs/runtime.ts";
import { openTestHouse, type TestHouse } from "../../../support/house.ts";
import { json, type ProblemBody } from "./harness.ts";

interface Status {
  scheduler: { enabled: boolean; timezone: string; cron: string; next_run: string | null };
  jobs: Job[];
  data: { latest_analysis_date: string | null; age_seconds: number | null; rows: number };
  quotas: Record<string, { used: number; limit: number; resets_at: string }>;
  alerts: Partial<AlertView>[];
}

interface Job {
  job_name: string;
  running: boolean;
  last_run: Run | null;
  last_success_at: string | null;
  consecutive_failures: number;
  runs: Run[];
}

interface Run {
  id: number;
  status: string;
  outcome: string | null;
  end_time: string | null;
  duration_seconds: number | null;
  tickers_processed: number;
  errors_count: number;
  errors_by_analysis: Record<string, number>;
}

const house = await openTestHouse();
afterAll(() => house[Symbol.asyncDispose]());

const outside = spyOn(globalThis, "fetch");
afterEach(() => void outside.mockReset());

const statusOf = (of: TestHouse) => of.get<Status>("/api/jobs/status");
const dailyOf = ({ jobs }: Status) => jobs.find(({ job_name }) => job_name === "daily_analysis")!;

test("row 28: the status has the keys of the specification, for daily_analysis after a success", async () => {
  const status = await statusOf(house);
  expect(Object.keys(status)).toEqual(["scheduler", "jobs", "data", "quotas", "alerts"]);
  expect(status.scheduler).toEqual({
    enabled: true,
    timezone: "America/Argentina/Buenos_Aires",
    cron: "0 6 * * *",
    next_run: "2024-03-09T09:00:00.000Z",
  });
  const daily = dailyOf(status);
  expect(daily).toMatchObject({
    running: false,
    last_success_at: "2024-03-08T23:00:00.000Z",
    consecutive_failures: 0,
  });
  expect(daily.last_run).toMatchObject({
    start_time: "2024-03-08T23:00:00.000Z",
    end_time: "2024-03-08T23:00:00.000Z",
    duration_seconds: 0,
    status: "completed",
    outcome: "ok",
    attempt: 1,
    tickers_processed: 17,
    errors_count: 0,
    errors_by_analysis: { technical: 0, fundamental: 0, macro: 0, sentiment: 0 },
  } as unknown as Run);
  expect(daily.runs).toEqual([daily.last_run!]);
  expect(status.data).toEqual({ latest_analysis_date: "2024-03-08", age_seconds: 0, rows: 17 });
  expect(status.alerts).toEqual([]);
  expect(status.quotas).toEqual({});
});

test("row 28: every source with a daily limit has a quota from the start", async () => {
  const settings = { MARKET_DATA: "yahoo", FMP_API_KEY: "k1", GNEWS_API_KEY: "k2" };
  await using yahoo = await openTestHouse({ settings, analyzed: false });
  const { quotas } = await statusOf(yahoo);
  const resets_at = "2024-03-09T00:00:00.000Z";
  expect(quotas).toMatchObject({
    fmp: { used: 0, limit: 250, resets_at },
    gnews: { used: 0, limit: 100, resets_at },
    yahoo: { used: 0, limit: 500, resets_at },
  });
});

test("row 28: during a run it says so; after a failure what failed, and the old data stay", async () => {
  await using yahoo = await openTestHouse({
    settings: { MARKET_DATA: "yahoo", RECOMMENDATION_TICKERS: "YPF,GGAL" },
    analyzed: false,
  });
  let release = () => {};
  const answered = new Promise<void>((resolve) => {
    release = resolve;
  });
  outside.mockImplementation((async () => {
    await answered;
    return new Response("nothing here", { status: 404 });
  }) as unknown as typeof fetch);
  const started = await yahoo.asOperator("/api/jobs/daily_analysis/run", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  expect(started.status).toBe(202);
  const { run_id: runId } = await json<{ run_id: number }>(started);
  const during = dailyOf(await statusOf(yahoo));
  expect(during.running).toBe(true);
  expect(during.last_run).toMatchObject({ id: runId, status: "running", outcome: null, end_time: null });
  const busy = await yahoo.asOperator("/api/jobs/daily_analysis/run", { method: "POST" });
  expect([busy.status, (await json<{ running_id: number }>(busy)).running_id]).toEqual([409, runId]);

  release();
  await yahoo.passTimeUntil(yahoo.jobs.waitForRun(runId));
  const after = await statusOf(yahoo);
  // Slots are counted; a run by hand has none.
  expect(dailyOf(after)).toMatchObject({ running: false, last_success_at: null, consecutive_failures: 0 });
  const { last_run: last } = dailyOf(after);
  expect(last).toMatchObject({ id: runId, status: "failed", outcome: "failed", tickers_processed: 0 });
  expect(last!.errors_by_analysis.technical).toBe(2);
  expect(after.data).toEqual({ latest_analysis_date: null, age_seconds: null, rows: 0 });
  expect(after.quotas.yahoo!.used).toBeGreaterThan(0);
  const empty = await yahoo.fetch("/api/recommendations/latest");
  expect((await json<ProblemBody>(empty)).code).toBe("no_analysis_yet");
  const health = await yahoo.get<{ status: string; services: Record<string, boolean> }>("/api/health");
  expect(health.status).toBe("degraded");
  expect(Object.values(health.services)).toEqual([false, false, false, false]);
});

test("row 23: every name of the plan is among the figures after a run", async () => {
  const figures = await (await house.fetch("/metrics")).text();
  const names = [
    ...["rec_job_duration_seconds_count", "rec_tickers_processed_total", "rec_analysis_errors_total"],
    ...["http_request_duration_seconds_count", "db_size_bytes", "db_wal_bytes", "db_query_duration_seconds_count"],
    ...["rec_job_runs_total", "rec_source_calls_total", "rec_source_quota_used", "rec_data_age_seconds"],
    ...["rec_coverage", "disk_free_bytes", "legacy_requests_total"],
  ];
  const exposed = new Set(figures.split("\n").flatMap((line) => /^([a-z_]+)[{ ]/.exec(line)?.[1] ?? []));
  expect(names.filter((name) => !exposed.has(name) && !figures.includes(`# TYPE ${name} `))).toEqual([]);
  expect(figures).toMatch(/rec_tickers_processed_total(\{[^}]*\})? 17\n/);
  expect(figures).toMatch(/rec_job_runs_total\{status="completed",outcome="ok"\} 1\n/);
  expect(figures).toMatch(/rec_coverage\{ticker="YPF"\} 1\n/);
  for (const analysis of ["technical", "fundamental", "macro", "sentiment"])
    expect(figures).toContain(`rec_analysis_errors_total{analysis="${analysis}"} 0`);
});

test("row 36: health in every form makes no outside call", async () => {
  await using yahoo = await openTestHouse({
    settings: { MARKET_DATA: "yahoo", FMP_API_KEY: "k", SCHEDULER_ENABLED: "false" },
    analyzed: false,
  });
  for (const path of ["/", "/api/health", "/health", "/health/live", "/health/ready", "/metrics", "/api/jobs/status"])
    expect([path, (await yahoo.fetch(path)).status]).toEqual([path, 200]);
  expect(outside).not.toHaveBeenCalled();
});

test("row 36: /api/health keeps the old shape; its services are what the last run met", async () => {
  const body = await house.get<Record<string, unknown>>("/api/health");
  expect(JSON.stringify(body)).toBe(
    JSON.stringify({
      status: "healthy",
      timestamp: "2024-03-08T20:00:00.000000",
      services: { technical: true, fundamental: true, sentiment: true, macro: true },
    }),
  );
});

test("sample data are labelled in every answer that holds them", async () => {
  const reads = [
    "/api/recommendations/latest",
    "/api/recommendations/latest?format=envelope",
    "/api/recommendations/latest?mode=live",
    "/api/recommendations/history",
    "/api/recommendations/stocks",
    "/api/recommendations/daily",
    "/api/analysis/YPF/latest",
    "/api/analysis/YPF/history",
    "/api/analysis/YPF",
    "/api/scores/YPF",
  ];
  for (const path of reads) {
    const response = await house.fetch(path);
    expect([path, response.headers.get("x-data-source")]).toEqual([path, "sample"]);
    // The old breakdown has no text in which to say it.
    if (path !== "/api/scores/YPF") expect(await response.text()).toMatch(/"data_source":"sample"|datos de muestra/);
  }
});

test("importing needs the operator; a file that cannot be read is 422 and says why", async () => {
  const send = (kind: string, body: string, as = house.asOperator) =>
    as(`/api/recommendations/import/${kind}?name=macro.csv`, {
      method: "POST",
      headers: { "Content-Type": "text/csv" },
      body,
    });
  expect((await send("macro", "x", house.fetch)).status).toBe(401);
  for (const [kind, body, code] of [
    ["macro", "", "bad_header"],
    ["macro", "nonsense\n1\n", "bad_header"],
    ["macro", 'series,"date\n', "bad_csv"],
    ["prices", "date,open,high,low,close,volume\n", "not_supported"],
    ["bonds", "x", "invalid_input"],
  ] as const) {
    const response = await send(kind, body);
    expect([kind, body, response.status, (await json<ProblemBody>(response)).code]).toEqual([kind, body, 422, code]);
  }
});
