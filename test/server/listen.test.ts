import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { listen } from "../../src/server/index.ts";
import { openTestServer, operator } from "./harness.ts";

/** Sends bytes as they are and returns all that comes back until the other side closes. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

describe("a real port", () => {
  test("0 takes a free one and says which", async () => {
    await using server = await openTestServer();
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    expect(listening.port).toBeGreaterThan(0);
    expect(listening.url).toBe(`http://127.0.0.1:${listening.port}`);
    expect(await (await fetch(`${listening.url}/health/live`)).text()).toBe('{"status":"healthy"}');
    await listening.stop();
    expect(fetch(`${listening.url}/health/live`)).rejects.toThrow();
  });

  test("a taken one is an error that says what to set", async () => {
    await using server = await openTestServer();
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    expect(() => listen(server.app, { host: "127.0.0.1", port: listening.port })).toThrow(
      expect.objectContaining({ code: "port_in_use", hint: expect.stringContaining("PORT") }),
    );
    await listening.stop();
  });

  test("the peer's address reaches the app", async () => {
    await using server = await openTestServer({ environment: { METRICS_ALLOWED_IPS: "192.0.2.1" } });
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    expect((await fetch(`${listening.url}/metrics`)).status).toBe(403);
    expect((await fetch(`${listening.url}/metrics`, operator())).status).toBe(200);
    await listening.stop();
    await using open = await openTestServer();
    const allowed = listen(open.app, { host: "127.0.0.1", port: 0 });
    expect((await fetch(`${allowed.url}/metrics`)).status).toBe(200);
    await allowed.stop();
  });

  test("stopping lets an open request end", async () => {
    const { probeRoutes } = await import("./harness.ts");
    const gate = Promise.withResolvers<Response>();
    await using server = await openTestServer({
      overrides: { systems: [probeRoutes("/probe", () => gate.promise)] },
    });
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    const answer = fetch(`${listening.url}/probe`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const stopped = listening.stop({ graceMs: 5_000 });
    gate.resolve(new Response("done"));
    expect(await (await answer).text()).toBe("done");
    await stopped;
  });
});

describe("hostile bytes", () => {
  const head = (extra: string) => `GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${extra}\r\n`;

  test("O-c18: an id with control characters, of 10 kB or with a smuggled line never comes back", async () => {
    await using server = await openTestServer();
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    const ids = ["a".repeat(10_240), "bell-\u0007-bell", "first\r\n Injected: yes", "first\nInjected: yes"];
    for (const id of ids) {
      const answer = await raw(listening.port, head(`X-Request-ID: ${id}\r\n`));
      const given = /^x-request-id: (.*)\r$/im.exec(answer)?.[1];
      if (answer.startsWith("HTTP/1.1 200")) expect(given).toMatch(/^[A-Za-z0-9._-]{8,128}$/);
      else expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
      expect(answer).not.toMatch(/^injected:/im);
    }
    await listening.stop();
  });

  test("broken requests do not stop the server", async () => {
    await using server = await openTestServer();
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    const broken = [
      "GARBAGE\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET /%ff%fe/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      "POST /api/jobs/daily_analysis/run HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
      "GET http://evil.example/api/alerts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ];
    for (const bytes of broken) {
      const answer = await raw(listening.port, bytes);
      expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    }
    expect((await fetch(`${listening.url}/health/live`)).status).toBe(200);
    await listening.stop();
  });

  test("a body over the limit is refused with a problem, declared or chunked", async () => {
    await using server = await openTestServer();
    const listening = listen(server.app, { host: "127.0.0.1", port: 0 });
    const url = `${listening.url}/api/jobs/daily_analysis/run`;
    const headers = { "Content-Type": "application/json" };
    const big = "x".repeat(1_100_000);
    const declared = await fetch(url, operator({ method: "POST", body: big, headers }));
    expect([declared.status, declared.headers.get("content-type")]).toEqual([413, "application/problem+json"]);
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode("x".repeat(65_536)));
      },
    });
    const chunked = await fetch(url, operator({ method: "POST", body, headers }));
    expect(chunked.status).toBe(413);
    await listening.stop();
  });
});
