import { describe, expect, spyOn, test } from "bun:test";
import type { Database } from "../../src/db/index.ts";
import { jobState } from "../../src/db/schema/index.ts";
import { createReadiness, type Probe } from "../../src/server/health/index.ts";
import { createFakeClock } from "../support/clock.ts";
import { createListLogger, openTestServer } from "./harness.ts";

const hanging = () => new Promise<never>(() => {});

/** The database as it looks when a write never ends. */
const blackHole = (db: Database): Database => ({ ...db, read: db.read, write: hanging });

test("O-A11: /health/live is exactly its body, and asks nothing of anybody", async () => {
  await using server = await openTestServer();
  const writes = spyOn(server.store.db, "write");
  const response = await server.app.request("/health/live");
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('{"status":"healthy"}');
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(writes).not.toHaveBeenCalled();
});

describe("O-A12: /health/ready", () => {
  test("ready: 200, keys in order, what is not configured is skipped", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/health/ready");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(
      '{"status":"ready","dependencies":{"sqlite":true,"scheduler":true},"skipped":["postgres","redis","storage","pms"],"checked_at":"2026-03-02T12:00:00.000Z"}',
    );
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await server.store.db.read.select().from(jobState)).toEqual([]);
  });

  test("a scheduler that is switched off is skipped", async () => {
    await using server = await openTestServer({ environment: { SCHEDULER_ENABLED: "false" } });
    const body = (await (await server.app.request("/health/ready")).json()) as { skipped: string[] };
    expect(body.skipped).toContain("scheduler");
  });

  test("degraded: 200 when something uncritical is down", async () => {
    const storage: Probe = { name: "storage", critical: false, timeoutMs: 100, check: async () => false };
    await using server = await openTestServer({
      overrides: { readiness: { probes: [storage], isShuttingDown: () => false } },
    });
    const response = await server.app.request("/health/ready");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: "degraded",
      dependencies: { sqlite: true, storage: false, scheduler: true },
    });
    expect(await (await server.app.request("/health")).json()).toMatchObject({ status: "degraded" });
  });

  test("not_ready: 503 when the scheduler stood still for 90 s, and ready again when it ticks", async () => {
    await using server = await openTestServer();
    await server.clock.advance(89_000);
    expect((await server.app.request("/health/ready")).status).toBe(200);
    await server.clock.advance(6_000);
    const response = await server.app.request("/health/ready");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "not_ready", dependencies: { scheduler: false } });
    server.jobs.lastTickAt = server.clock.now();
    await server.clock.advance(5_000);
    expect((await server.app.request("/health/ready")).status).toBe(200);
  });

  test("a probe's error is not_ready, in the log and not in the body", async () => {
    await using server = await openTestServer();
    spyOn(server.store.db, "write").mockRejectedValue(new Error("disk I/O error at /srv/canary"));
    const response = await server.app.request("/health/ready");
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain("canary");
    expect(server.log.lines.find((line) => line.event === "readiness.probe_failed")?.fields.dependency).toBe("sqlite");
  });

  test("shutting down: 503 at once, without probing", async () => {
    await using server = await openTestServer();
    const writes = spyOn(server.store.db, "write");
    server.shutDown();
    const response = await server.app.request("/health/ready");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "not_ready" });
    expect(writes).not.toHaveBeenCalled();
    expect((await server.app.request("/health/live")).status).toBe(200);
  });

  test("with a database that swallows everything it answers 503 within 3 s of real time", async () => {
    const { createSystemClock } = await import("../../src/kit/clock.ts");
    const clock = createSystemClock();
    const readiness = createReadiness({
      probes: [
        { name: "sqlite", critical: true, timeoutMs: 1_000, check: () => blackHole({} as Database).write(hanging) },
        { name: "pms", critical: false, timeoutMs: 60_000, check: async () => true },
      ],
      clock,
      log: createListLogger(),
      isShuttingDown: () => false,
    });
    const startedAt = performance.now();
    expect(await readiness.check()).toMatchObject({ status: "not_ready", dependencies: { sqlite: false, pms: true } });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test("whatever limit a probe asks for, the answer takes less than 3 s", async () => {
    const clock = createFakeClock();
    const log = createListLogger();
    const pms: Probe = { name: "pms", critical: false, timeoutMs: 60_000, check: hanging };
    const readiness = createReadiness({ probes: [pms], clock, log, isShuttingDown: () => false });
    const report = readiness.check();
    await clock.advance(2_999);
    expect(await report).toMatchObject({ status: "degraded", dependencies: { pms: false } });
    expect(log.lines[0]?.event).toBe("readiness.probe_timeout");
  });

  test("many callers share one check, its result counts for 5 s, and a hanging probe is not started twice", async () => {
    const clock = createFakeClock();
    let started = 0;
    const probe: Probe = {
      name: "redis",
      critical: true,
      timeoutMs: 1_000,
      check: () => {
        started++;
        return hanging();
      },
    };
    let reported = 0;
    const readiness = createReadiness({
      probes: [probe],
      clock,
      log: createListLogger(),
      isShuttingDown: () => false,
      onReport: () => reported++,
    });
    const reports = Array.from({ length: 20 }, () => readiness.check());
    await clock.advance(1_000);
    expect(new Set((await Promise.all(reports)).map((report) => report.checked_at)).size).toBe(1);
    expect(reported).toBe(1);
    await clock.advance(4_000);
    const cached = await readiness.check();
    expect(cached.checked_at).toBe((await reports[0]!).checked_at);
    await clock.advance(1_000);
    const again = readiness.check();
    await clock.advance(1_000);
    expect((await again).checked_at).not.toBe(cached.checked_at);
    expect(started).toBe(1);
  });
});

test("/health has version and uptime, and is 503 only when down", async () => {
  await using server = await openTestServer();
  await server.clock.advance(61_000);
  expect(await (await server.app.request("/health")).text()).toBe(
    '{"status":"healthy","version":"0.1.0","uptime_s":61}',
  );
  server.shutDown();
  const down = await server.app.request("/health");
  expect([down.status, await down.json()]).toEqual([503, { status: "down", version: "0.1.0", uptime_s: 61 }]);
});

test("row 36, a-16: no health route calls outside", async () => {
  await using server = await openTestServer();
  const calls = spyOn(globalThis, "fetch").mockRejectedValue(new Error("no network here"));
  try {
    for (const path of ["/", "/health", "/health/live", "/health/ready", "/metrics"])
      expect((await server.app.request(path)).status).toBe(200);
    expect(calls).not.toHaveBeenCalled();
  } finally {
    calls.mockRestore();
  }
});

describe("GET /", () => {
  test("has the old body: name, healthy, local time without a zone in microseconds", async () => {
    await using server = await openTestServer({ environment: { APP_NAME: "Casa" } });
    expect(await (await server.app.request("/")).text()).toBe(
      '{"message":"Casa","status":"healthy","timestamp":"2026-03-02T09:00:00.000000"}',
    );
  });

  test("sends browsers to the documentation", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/", { headers: { Accept: "text/html,application/xhtml+xml" } });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/docs"]);
  });
});
