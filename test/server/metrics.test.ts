import { describe, expect, test } from "bun:test";
import { silentLogger } from "../../src/kit/log.ts";
import { addSystemViews, createMetrics } from "../../src/server/metrics/index.ts";
import { openTestServer, operator, type TestServer } from "./harness.ts";

/** Section 9 of the operations specification. */
const REQUIRED: Record<string, string> = {
  postgres_connections_active: "gauge",
  db_connections_active: "gauge",
  db_pool_waiting: "gauge",
  db_statement_timeouts_total: "counter",
  db_query_duration_seconds: "histogram",
  redis_cache_hits_total: "counter",
  redis_cache_misses_total: "counter",
  redis_fallback_active: "gauge",
  tenant_resolution_total: "counter",
  tenants_active_total: "gauge",
  tenant_identifiers_cached_total: "gauge",
  tenant_refresh_latency_seconds: "histogram",
  session_active_total: "gauge",
  dependency_up: "gauge",
  readiness_up: "gauge",
  readiness_last_check_timestamp: "gauge",
  feature_flag_enabled: "gauge",
  http_requests_total: "counter",
  http_request_duration_seconds: "histogram",
  mirror_rows_total: "counter",
  mirror_lag_seconds: "gauge",
  mirror_outbox_size: "gauge",
  supabase_requests_total: "counter",
  supabase_bytes_total: "counter",
  supabase_database_size_bytes: "gauge",
  job_runs_total: "counter",
  job_duration_seconds: "histogram",
  job_last_success_timestamp: "gauge",
  backup_last_success_timestamp: "gauge",
  backup_last_verify_timestamp: "gauge",
};

const scrape = async (server: TestServer) => (await server.app.request("/metrics")).text();

const finish = (server: TestServer, job = "daily_analysis") =>
  server.events.publish({
    type: "run.finished",
    job,
    run_id: 1,
    outcome: "partial",
    duration_ms: 2_500,
    units_written: 14,
    errors: 1,
    retry_at: null,
  });

describe("O-A13: the figures", () => {
  test("every required name is there right after the start, with its type and a sample of 0", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    for (const [name, type] of Object.entries(REQUIRED)) {
      expect(text).toContain(`# TYPE ${name} ${type}\n`);
      const suffix = type === "histogram" ? "_count" : "";
      expect(text).toMatch(new RegExp(`^${name}${suffix}(\\{[^}]*\\})? 0$`, "m"));
    }
  });

  test("the text has no line that a scraper could not read", async () => {
    await using server = await openTestServer();
    finish(server);
    const line =
      /^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{([a-z_]+="[^"\n]*",?)*\})? (-?\d+(\.\d+)?(e[+-]?\d+)?|\+Inf|NaN))$/;
    const bad = (await scrape(server)).split("\n").filter((text) => text !== "" && !line.test(text));
    expect(bad).toEqual([]);
  });

  test("answers are counted by route template, status and method; unknown paths are unmatched", async () => {
    await using server = await openTestServer();
    await server.app.request("/api/jobs/runs/4711");
    await server.app.request("/api/jobs/runs/4712");
    await server.app.request("/secret-person/phone/123456789");
    await server.app.fetch(new Request("http://localhost/x", { method: "PROPFIND" }), {});
    const text = await scrape(server);
    expect(text).toContain('http_requests_total{method="GET",route="/api/jobs/runs/:id",status_code="404"} 2');
    expect(text).toContain('http_requests_total{method="GET",route="unmatched",status_code="404"} 1');
    expect(text).toContain('http_requests_total{method="OTHER",route="unmatched",status_code="404"} 1');
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/api/jobs/runs/:id"} 2');
    expect(text).toContain('http_request_duration_seconds_bucket{method="GET",route="/api/jobs/runs/:id",le="+Inf"} 2');
    expect(text).not.toMatch(/4711|123456789|secret-person/);
  });

  test("no forbidden label name or tenant is shown", async () => {
    await using server = await openTestServer();
    finish(server);
    expect(await scrape(server)).not.toMatch(/(tenant_id|email|phone|user|path|ip)="/);
  });

  test("a job that nothing ran shows 0, one that ran shows its figures", async () => {
    await using server = await openTestServer();
    finish(server);
    finish(server);
    server.events.publish({
      type: "slot.skipped",
      job: "retention",
      slot_at: "2026-03-02T04:15:00.000Z",
      reason: "overlap",
    });
    const text = await scrape(server);
    expect(text).toContain('job_runs_total{job="daily_analysis",status="completed",outcome="partial"} 2');
    expect(text).toContain('job_runs_total{job="retention",status="completed",outcome="ok"} 0');
    expect(text).toContain('job_duration_seconds_sum{job="daily_analysis",status="completed"} 5');
    expect(text).toContain('job_duration_seconds_count{job="retention",status="completed"} 0');
    expect(text).toContain('job_units_written_total{job="daily_analysis"} 28');
    expect(text).toContain('job_slots_skipped_total{job="retention",reason="overlap"} 1');
  });

  test("database, disk, alerts and budgets are read when scraped", async () => {
    const { alertView } = await import("./fake-jobs.ts");
    const budget = { requests: 9, retries: 0, errors: 0, refused: 0, resets_at: "2026-03-03T00:00:00.000Z" };
    await using server = await openTestServer({
      overrides: {
        door: {
          usageToday: async () => [{ ...budget, system: "recommendations", peer: "fmp", used: 9, limit: 250 }],
          breakers: () => [
            { peer: "fmp", state: "closed" },
            { peer: "erp", state: "open" },
          ],
        },
      },
    });
    server.jobs.alertRows.push(alertView());
    const text = await scrape(server);
    expect(text).toMatch(/^db_size_bytes [1-9]\d+$/m);
    expect(text).toMatch(/^disk_free_bytes [1-9]\d+/m);
    expect(text).toContain('alerts_firing{level="critical"} 1');
    expect(text).toContain('http_client_budget_used{system="recommendations",peer="fmp"} 9');
    expect(text).toContain('circuit_breaker_state{peer="fmp"} 0');
    expect(text).toContain('circuit_breaker_state{peer="erp"} 1');
  });

  test("readiness shows in the figures", async () => {
    await using server = await openTestServer();
    await server.app.request("/health/ready");
    const text = await scrape(server);
    expect(text).toContain("readiness_up 1");
    expect(text).toContain('dependency_up{name="sqlite"} 1');
    expect(text).toContain("readiness_last_check_timestamp 1772452800");
  });

  test("a collector that fails costs only its own figures", async () => {
    await using server = await openTestServer({
      overrides: { door: { usageToday: () => Promise.reject(new Error("locked")), breakers: () => [] } },
    });
    expect(await scrape(server)).toContain("# TYPE job_runs_total counter");
    expect(server.log.lines.find((line) => line.event === "metrics.collector_failed")?.fields.collector).toBe(
      "budgets",
    );
  });
});

describe("access to the figures", () => {
  const token = "metrics-token-0123456789-0123456789";
  const ask = async (ip: string, headers: Record<string, string> = {}) => {
    await using server = await openTestServer({ environment: { METRICS_TOKEN: token } });
    const response = await server.from(ip, "/metrics", { headers });
    return { status: response.status, body: await response.text() };
  };

  test("anyone else gets 403 with exactly this body and without the address", async () => {
    expect(await ask("203.0.113.7")).toEqual({ status: 403, body: '{"error":"forbidden"}' });
  });

  test("O-c17: a forged X-Forwarded-For and a wrong token open nothing", async () => {
    expect((await ask("203.0.113.7", { "X-Forwarded-For": "127.0.0.1" })).status).toBe(403);
    // A stranger who comes through a proxy on this machine.
    expect((await ask("127.0.0.1", { "X-Forwarded-For": "203.0.113.7" })).status).toBe(403);
    expect((await ask("127.0.0.1")).status).toBe(200);
    expect((await ask("203.0.113.7", { Authorization: `Bearer ${token}x` })).status).toBe(403);
    expect((await ask("203.0.113.7", { Authorization: token })).status).toBe(403);
  });

  test("a proxy on this machine opens them to nobody, unless it is trusted", async () => {
    for (const header of ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
      expect((await ask("127.0.0.1", { [header]: "203.0.113.7" })).status).toBe(403);
    expect(
      (await ask("127.0.0.1", { "X-Forwarded-For": "203.0.113.7", Authorization: `Bearer ${token}` })).status,
    ).toBe(200);
  });

  test("the token, an allowed address and the operator open them", async () => {
    expect((await ask("203.0.113.7", { Authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await ask("127.0.0.1")).status).toBe(200);
    expect((await ask("::1")).status).toBe(200);
    expect((await ask("203.0.113.7", operator().headers as Record<string, string>)).status).toBe(200);
  });
});

test("row 23: every name of the recommendations is present after a run", async () => {
  await using server = await openTestServer();
  const { metrics } = server.options;
  addSystemViews(metrics, {
    prefix: "rec",
    system: "recommendations",
    job: "daily_analysis",
    units: "tickers_processed",
  });
  metrics.declare({ name: "rec_coverage", type: "gauge", help: "Coverage.", labels: ["ticker"] });
  metrics.set("rec_coverage", 0.8, { ticker: "YPF" });
  metrics.observeWrite(12, undefined);
  metrics.observeCall({
    system: "recommendations",
    peer: "yahoo",
    kind: "chart",
    statusClass: "2xx",
    retries: 1,
    bytes: 10,
  });
  metrics.observeCall({ system: "portfolio", peer: "yahoo", kind: "chart", statusClass: "2xx", retries: 0, bytes: 10 });
  finish(server);
  finish(server, "retention");
  const text = await scrape(server);
  expect(text).toContain("rec_job_duration_seconds_count 1");
  expect(text).toContain("rec_job_duration_seconds_sum 2.5");
  expect(text).toContain('rec_job_duration_seconds_bucket{le="5"} 1');
  expect(text).toContain("rec_tickers_processed_total 14");
  expect(text).toContain('rec_job_runs_total{status="completed",outcome="partial"} 1');
  expect(text).toContain('rec_source_calls_total{source="yahoo",status="2xx"} 1');
  expect(text).toContain("# TYPE rec_source_quota_used gauge");
  expect(text).toContain('rec_coverage{ticker="YPF"} 0.8');
  expect(text).toContain('db_query_duration_seconds_count{op="write"} 1');
  for (const name of ["db_size_bytes", "db_wal_bytes", "disk_free_bytes", "legacy_requests_total"])
    expect(text).toContain(`# TYPE ${name} `);
});

test("a view of a histogram without samples is a whole histogram of zeros", async () => {
  const metrics = createMetrics({ log: silentLogger });
  addSystemViews(metrics, { prefix: "erp", system: "erp", job: "erp_sync" });
  const text = await metrics.render();
  expect(text).toContain('erp_job_duration_seconds_bucket{le="+Inf"} 0');
  expect(text).toContain("erp_job_duration_seconds_count 0");
});

test("failed writes are counted", async () => {
  const metrics = createMetrics({ log: silentLogger });
  metrics.observeWrite(3, new Error("locked"));
  expect(await metrics.render()).toContain("db_write_errors_total 1");
});
