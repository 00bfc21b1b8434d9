import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import type { HouseEvent } from "../../src/jobs/events.ts";
import { listen } from "../../src/server/index.ts";
import { openTestServer, operator, type TestServer } from "./harness.ts";

const started = (job = "daily_analysis", runId = 1): HouseEvent => ({
  type: "run.started",
  job,
  run_id: runId,
  trigger: "cron",
  attempt: 1,
  slot_at: null,
});

interface Heard {
  id?: string;
  event?: string;
  data?: Record<string, unknown>;
}

/** Reads a stream block by block. */
function reader(response: Response) {
  const stream = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    async block(): Promise<string | undefined> {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          return block;
        }
        const { done, value } = await stream.read();
        if (done) return undefined;
        text += decoder.decode(value, { stream: true });
      }
    },
    async next(): Promise<Heard | undefined> {
      for (let block = await this.block(); block !== undefined; block = await this.block()) {
        const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
        if (fields.data) return { ...fields, data: JSON.parse(fields.data) };
      }
      return undefined;
    },
    cancel: () => stream.cancel(),
  };
}

const open = async (server: TestServer, init?: RequestInit) => reader(await server.app.request("/api/events", init));

describe("GET /api/events", () => {
  test("is an event stream that no proxy or cache keeps", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/api/events");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    await response.body?.cancel();
  });

  test("tells events with id, type and time as they happen", async () => {
    await using server = await openTestServer();
    const stream = await open(server);
    server.events.publish(started());
    server.events.publish({
      type: "slot.skipped",
      job: "daily_analysis",
      slot_at: "2026-03-02T09:00:00.000Z",
      reason: "overlap",
    });
    expect(await stream.next()).toEqual({
      id: "1",
      event: "run.started",
      data: { ...started(), at: "2026-03-02T12:00:00.000Z" },
    });
    expect(await stream.next()).toMatchObject({ id: "2", event: "slot.skipped", data: { reason: "overlap" } });
  });

  test("strangers hear public jobs and public system events only; the operator hears all", async () => {
    await using server = await openTestServer();
    const stranger = await open(server);
    const owner = await open(server, operator());
    const alert = { type: "alert.firing", rule: "r", level: "warning", message: "m" } as const;
    const events: HouseEvent[] = [
      started("retention", 1),
      { ...alert, subject: "disk" },
      { type: "system", event: { type: "social.secret", public: false, data: { text: "canary" } } },
      { ...alert, subject: "daily_analysis" },
      { type: "system", event: { type: "scores.updated", public: true, data: { analysis_date: "2026-03-02" } } },
      started("daily_analysis", 2),
    ];
    for (const event of events) server.events.publish(event);
    const ids = async (stream: typeof stranger, count: number) => {
      const heard: (string | undefined)[] = [];
      for (let index = 0; index < count; index++) heard.push((await stream.next())?.id);
      return heard;
    };
    expect(await ids(owner, 6)).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(await stranger.next()).toMatchObject({ id: "4", event: "alert.firing" });
    expect(await stranger.next()).toEqual({
      id: "5",
      event: "system",
      data: {
        type: "system",
        event: "scores.updated",
        data: { analysis_date: "2026-03-02" },
        at: "2026-03-02T12:00:00.000Z",
      },
    });
    expect(await stranger.next()).toMatchObject({ id: "6" });
  });

  test("Last-Event-ID brings what was missed, filtered like the rest", async () => {
    await using server = await openTestServer();
    for (const job of ["daily_analysis", "retention", "daily_analysis"]) server.events.publish(started(job));
    const stream = await open(server, { headers: { "Last-Event-ID": "1" } });
    expect(await stream.next()).toMatchObject({ id: "3" });
  });

  test("a reader from before a restart, or too far behind, is told to read the state anew", async () => {
    await using server = await openTestServer();
    server.events.publish(started());
    const restarted = await open(server, { headers: { "Last-Event-ID": "400" } });
    expect(await restarted.next()).toEqual({ event: "reset", data: {} });
    expect(await restarted.next()).toMatchObject({ id: "1" });
    for (let index = 0; index < 600; index++) server.events.publish(started("retention"));
    const behind = await open(server, { headers: { "Last-Event-ID": "1" } });
    expect(await behind.next()).toEqual({ event: "reset", data: {} });
    const nonsense = await open(server, { headers: { "Last-Event-ID": "x; drop" } });
    server.events.publish(started());
    expect(await nonsense.next()).toMatchObject({ id: "602" });
  });

  test("a heartbeat comment comes every 15 s", async () => {
    await using server = await openTestServer();
    const stream = await open(server);
    expect(await stream.block()).toBe("retry: 3000");
    await server.clock.advance(14_999);
    server.events.publish(started());
    expect(await stream.block()).toContain("run.started");
    await server.clock.advance(1);
    expect(await stream.block()).toBe(": heartbeat");
    await server.clock.advance(15_000);
    expect(await stream.block()).toBe(": heartbeat");
  });

  test("a reader that goes away leaves nothing behind", async () => {
    await using server = await openTestServer();
    const before = server.events.listeners;
    const stream = await open(server);
    expect(server.events.listeners).toBe(before + 1);
    await stream.cancel();
    expect(server.events.listeners).toBe(before);
    expect(server.clock.sleepers).toBe(0);
    expect(await (await server.app.request("/metrics")).text()).toContain("event_listeners 0");
  });

  test("a reader that does not read is dropped, the others go on", async () => {
    await using server = await openTestServer();
    const before = server.events.listeners;
    const slow = await open(server);
    const quick = await open(server);
    for (let index = 1; index <= 300; index++) {
      server.events.publish(started());
      expect(await quick.next()).toMatchObject({ id: String(index) });
    }
    expect(server.events.listeners).toBe(before + 1);
    let heard = 0;
    while (await slow.next()) heard++;
    expect(heard).toBeLessThanOrEqual(256);
  });

  test("shutdown ends every stream", async () => {
    await using server = await openTestServer();
    const stream = await open(server);
    server.shutDown();
    expect(await stream.next()).toBeUndefined();
    expect(await (await open(server)).next()).toBeUndefined();
  });

  test("strangers cannot take all places: 8 each, 64 together; members still come in", async () => {
    await using server = await openTestServer();
    const openFrom = async (ip: string, init?: RequestInit) => (await server.from(ip, "/api/events", init)).status;
    for (let count = 0; count < 8; count++) expect(await openFrom("9.9.9.1")).toBe(200);
    expect(await openFrom("9.9.9.1")).toBe(503);
    for (let host = 2; host <= 8; host++)
      for (let count = 0; count < 8; count++) expect(await openFrom(`9.9.9.${host}`)).toBe(200);
    expect(await openFrom("9.9.9.9")).toBe(503);
    expect(await openFrom("9.9.9.9", operator())).toBe(200);
    server.shutDown();
  });
});

describe("over a real connection", () => {
  test("events arrive at once, and stopping ends the stream", async () => {
    await using server = await openTestServer();
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    const stream = reader(await fetch(`${listening.url}/api/events`));
    expect(await stream.block()).toBe("retry: 3000");
    server.events.publish(started());
    expect(await stream.next()).toMatchObject({ event: "run.started" });
    server.shutDown();
    expect(await stream.next()).toBeUndefined();
    await listening.stop();
  });

  test("a connection that stops reading is dropped before it fills the memory", async () => {
    await using server = await openTestServer();
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    const before = server.events.listeners;
    const socket = connect(listening.port, "127.0.0.1");
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    socket.write("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    socket.pause();
    const bulk = "x".repeat(16_384);
    let sent = 0;
    while (server.events.listeners > before && sent < 20_000) {
      server.events.publish({ type: "system", event: { type: "bulk", public: true, data: { bulk } } });
      if (++sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // The kernel's buffers take some megabytes; 20,000 events would be 330.
    expect(sent).toBeLessThan(2_000);
    socket.destroy();
    await listening.stop();
  });

  test("a connection that breaks is noticed at the next event", async () => {
    await using server = await openTestServer();
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    const before = server.events.listeners;
    const gone = new AbortController();
    const stream = reader(await fetch(`${listening.url}/api/events`, { signal: gone.signal }));
    await stream.block();
    expect(server.events.listeners).toBe(before + 1);
    gone.abort();
    for (let turn = 0; turn < 200 && server.events.listeners > before; turn++) {
      server.events.publish(started());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(server.events.listeners).toBe(before);
    await listening.stop();
  });

  test("HEAD opens no stream and takes no place", async () => {
    await using server = await openTestServer();
    const before = server.events.listeners;
    for (let count = 0; count < 20; count++) {
      const response = await server.from("10.0.0.1", "/api/events", { method: "HEAD" });
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    }
    expect(server.events.listeners).toBe(before);
  });
});
