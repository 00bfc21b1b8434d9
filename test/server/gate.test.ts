import { describe, expect, test } from "bun:test";
import { logContext } from "../../src/kit/log.ts";
import { deprecated } from "../../src/server/deprecated.ts";
import { inLogContext } from "../../src/server/log-context.ts";
import { createRouter } from "../../src/server/router.ts";
import { openTestServer, operator, probeRoutes } from "./harness.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("request ids", () => {
  test("X-Request-ID is taken, else X-Correlation-ID, and both are sent back", async () => {
    await using server = await openTestServer();
    const both = await server.app.request("/health/live", {
      headers: { "X-Request-ID": "request-one", "X-Correlation-ID": "correlation-one" },
    });
    expect(both.headers.get("x-request-id")).toBe("request-one");
    expect(both.headers.get("x-correlation-id")).toBe("request-one");
    const second = await server.app.request("/health/live", { headers: { "X-Correlation-ID": "correlation-one" } });
    expect(second.headers.get("x-request-id")).toBe("correlation-one");
  });

  test.each([
    ["short", "short"],
    ["of 129 characters", "a".repeat(129)],
    ["of 10 kB", "a".repeat(10_240)],
    ["with a space", "with space inside"],
    ["with a quote", 'quote"inside-it'],
    ["with a newline", "first-line\nsecond-line"],
    ["with a control character", "bell-\u0007-bell"],
    ["with letters beyond ASCII", "ñandú-ñandú"],
  ])("O-c18: an id %s is replaced by a new one", async (_, given) => {
    await using server = await openTestServer();
    const headers = new Headers();
    try {
      headers.set("X-Request-ID", given);
    } catch {
      return; // The platform refuses to send it at all.
    }
    const response = await server.app.request("/health/live", { headers });
    expect(response.headers.get("x-request-id")).toMatch(UUID_V7);
  });

  test("what is logged inside a request carries its id", async () => {
    let seen: unknown;
    await using server = await openTestServer({
      overrides: {
        systems: [
          probeRoutes("/probe/:id", () => {
            seen = logContext.getStore();
            return new Response("ok");
          }),
        ],
      },
    });
    await server.app.request("/probe/7", { headers: { "X-Request-ID": "request-one" } });
    expect(seen).toEqual({ correlation_id: "request-one" });
  });
});

test("a plain read that logs takes the request's id along by itself", async () => {
  let seen: unknown;
  await using server = await openTestServer({
    overrides: {
      systems: [
        probeRoutes("/probe", (context) =>
          inLogContext(context, async () => {
            seen = logContext.getStore();
            return new Response("ok");
          }),
        ),
      ],
    },
  });
  await server.app.request("/probe", { headers: { "X-Request-ID": "request-two" } });
  expect(seen).toEqual({ correlation_id: "request-two" });
});

test("every answer has the secure headers, problems too", async () => {
  await using server = await openTestServer();
  for (const path of ["/health/live", "/nothing", "/api/jobs/status", "/openapi.json"]) {
    const { headers } = await server.app.request(path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("vary")).toContain("Origin");
  }
});

describe("CORS", () => {
  const from = (origin: string, init: RequestInit = {}) => ({
    ...init,
    headers: { ...(init.headers as Record<string, string>), Origin: origin },
  });

  test("a listed origin may read, with credentials, and sees our headers", async () => {
    await using server = await openTestServer();
    const { headers } = await server.app.request("/api/jobs/status", from("http://localhost:3000"));
    expect(headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
    expect(headers.get("access-control-allow-credentials")).toBe("true");
    expect(headers.get("access-control-expose-headers")).toContain("ETag");
    expect(headers.get("vary")).toContain("Origin");
  });

  test("another origin gets no permission, nor does any with an empty list", async () => {
    await using server = await openTestServer();
    const stranger = await server.app.request("/api/jobs/status", from("https://evil.example"));
    expect(stranger.headers.get("access-control-allow-origin")).toBeNull();
    await using closed = await openTestServer({ environment: { CORS_ORIGINS: "" } });
    const answer = await closed.app.request("/api/jobs/status", from("http://localhost:3000"));
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("a preflight is answered without a token, and nothing runs", async () => {
    await using server = await openTestServer();
    const response = await server.app.request(
      "/api/jobs/daily_analysis/run",
      from("http://localhost:3001", { method: "OPTIONS", headers: { "Access-Control-Request-Method": "POST" } }),
    );
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-methods")).toContain("POST");
    expect(response.headers.get("access-control-allow-headers")).toContain("Authorization");
    expect(server.jobs.calls).toEqual([]);
  });

  test("a refusal can be read by a listed origin too", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/api/alerts", from("http://localhost:3000"));
    expect(response.status).toBe(401);
    expect(response.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
  });
});

describe("limits", () => {
  test("the 31st change within a minute is 429 with Retry-After, and time brings more", async () => {
    await using server = await openTestServer();
    const pause = () => server.app.request("/api/jobs/daily_analysis/pause", operator({ method: "POST" }));
    for (let count = 0; count < 30; count++) expect((await pause()).status).toBe(200);
    const refused = await pause();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(server.jobs.calls).toHaveLength(30);
    await server.clock.advance(2_000);
    expect((await pause()).status).toBe(200);
  });

  test("reads are free", async () => {
    await using server = await openTestServer();
    for (let count = 0; count < 200; count++) expect((await server.app.request("/api/jobs/status")).status).toBe(200);
  });

  test("after 60 unknown ids in a minute a client gets 429 for known ones too, others do not", async () => {
    await using server = await openTestServer();
    const ask = (ip: string, path: string) => server.from(ip, path).then(({ status }) => status);
    for (let id = 1; id <= 60; id++) expect(await ask("9.9.9.9", `/api/jobs/runs/${id}`)).toBe(404);
    expect(await ask("9.9.9.9", "/api/jobs/runs/61")).toBe(429);
    expect(await ask("9.9.9.9", "/api/jobs/daily_analysis/runs")).toBe(429);
    expect(await ask("9.9.9.9", "/api/jobs/status")).toBe(200);
    expect(await ask("9.9.9.8", "/api/jobs/runs/61")).toBe(404);
  });
});

describe("client addresses", () => {
  const metricsFrom = async (ip: string, forwarded: string | undefined, environment: Record<string, string>) => {
    await using server = await openTestServer({ environment });
    const headers: Record<string, string> = forwarded === undefined ? {} : { "X-Forwarded-For": forwarded };
    return (await server.from(ip, "/metrics", { headers })).status;
  };

  test("X-Forwarded-For of a stranger is ignored", async () => {
    expect(await metricsFrom("8.8.8.8", "127.0.0.1", {})).toBe(403);
    expect(await metricsFrom("::ffff:127.0.0.1", undefined, {})).toBe(200);
  });

  test("of a trusted proxy the last hop that is not a proxy counts", async () => {
    const environment = { TRUSTED_PROXIES: "10.0.0.0/8,127.0.0.1", METRICS_ALLOWED_IPS: "7.7.7.7" };
    expect(await metricsFrom("10.1.2.3", "7.7.7.7", environment)).toBe(200);
    expect(await metricsFrom("10.1.2.3", "7.7.7.7, 10.9.9.9", environment)).toBe(200);
    expect(await metricsFrom("10.1.2.3", "7.7.7.7, 8.8.8.8", environment)).toBe(403);
    expect(await metricsFrom("10.1.2.3", "7.7.7.7, garbage", environment)).toBe(403);
    expect(await metricsFrom("10.1.2.3", undefined, environment)).toBe(403);
  });

  test("an entry that is no address stops the start and names the variable", async () => {
    expect(openTestServer({ environment: { TRUSTED_PROXIES: "10.0.0.0/99" } })).rejects.toThrow(/TRUSTED_PROXIES/);
  });
});

describe("the access log", () => {
  test("has the route's template and a keyed digest of the address, never path or address", async () => {
    await using server = await openTestServer();
    await server.from("203.0.113.7", "/api/jobs/runs/4711");
    const line = server.log.lines.find(({ event }) => event === "http_request");
    expect(line?.fields).toMatchObject({ method: "GET", route: "/api/jobs/runs/:id", status: 404 });
    expect(line?.fields.client_ip_hash).toMatch(/^h:[0-9a-f]{12}$/);
    expect(JSON.stringify(line)).not.toContain("4711");
    expect(JSON.stringify(line)).not.toContain("203.0.113.7");
  });

  test("good reads are lines at debug level only, changes always", async () => {
    const lines = async (environment: Record<string, string>) => {
      await using server = await openTestServer({ environment });
      await server.app.request("/api/jobs/status");
      await server.app.request("/api/jobs/daily_analysis/pause", operator({ method: "POST" }));
      return server.log.lines.filter(({ event }) => event === "http_request").map(({ level }) => level);
    };
    expect(await lines({})).toEqual(["info"]);
    expect(await lines({ LOG_LEVEL: "debug" })).toEqual(["debug", "info"]);
  });
});

describe("old addresses", () => {
  const routes = () => {
    const router = createRouter();
    router.get("/api/old/:ticker", deprecated("/api/old/{ticker}", "/api/new/{ticker}/latest"), (context) =>
      context.json({ old: true }),
    );
    router.get("/api/new/:id", (context) => context.json({ id: context.req.param("id") }));
    return { name: "own", routes: router };
  };

  test("a deprecated route says so and is counted", async () => {
    await using server = await openTestServer({ overrides: { systems: [routes()] } });
    const { headers, status } = await server.app.request("/api/old/BMA");
    expect(status).toBe(200);
    expect(headers.get("deprecation")).toBe("true");
    expect(headers.get("link")).toBe('</api/new/BMA/latest>; rel="successor-version"');
    expect(headers.get("sunset")).toBe("Sat, 22 May 2027 00:00:00 GMT");
    const figures = await (await server.app.request("/metrics")).text();
    expect(figures).toContain('legacy_requests_total{route="/api/old/{ticker}"} 1');
  });

  test("an alias reaches the same code and is listed as deprecated", async () => {
    await using server = await openTestServer({
      overrides: {
        systems: [routes()],
        aliases: [
          { from: "/v1/new/*", to: "/api/new/*" },
          { from: "/alive", to: "/health/live" },
        ],
      },
    });
    expect(await (await server.app.request("/v1/new/7?x=1")).json()).toEqual({ id: "7" });
    expect(await (await server.app.request("/alive")).json()).toEqual({ status: "healthy" });
    const document = (await (await server.app.request("/openapi.json")).json()) as {
      paths: Record<string, { get?: { deprecated?: boolean } }>;
    };
    expect(document.paths["/alive"]?.get?.deprecated).toBe(true);
    expect(document.paths["/health/live"]?.get?.deprecated).toBeUndefined();
  });
});
