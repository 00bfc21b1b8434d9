import { describe, expect, test } from "bun:test";
import { z } from "@hono/zod-openapi";
import { VigiaError } from "../../src/kit/errors.ts";
import { HttpProblem } from "../../src/server/problem.ts";
import { createRouter } from "../../src/server/router.ts";
import { ADMIN_TOKEN, openTestServer, operator, probeRoutes, SECRET_KEY } from "./harness.ts";

const failing = (thrown: unknown) => ({
  overrides: {
    systems: [
      probeRoutes("/probe", () => {
        throw thrown;
      }),
    ],
  },
});

async function problemOf(response: Response) {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return (await response.json()) as Record<string, unknown>;
}

describe("problem details", () => {
  test("an unknown path is 404 with every member and the request's id", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/nothing", { headers: { "X-Request-ID": "my-request-1" } });
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "There is nothing at this address. GET /docs lists what there is.",
      code: "unknown_path",
      request_id: "my-request-1",
    });
  });

  test("another method on a known path is 405 and names the methods", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/api/jobs/daily_analysis/run", operator({ method: "DELETE" }));
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect((await problemOf(response)).code).toBe("method_not_allowed");
    const head = await server.app.request("/api/jobs/status", operator({ method: "PUT" }));
    expect(head.headers.get("allow")).toBe("GET, HEAD");
  });

  test("bad parameters are 422 with path, message and code of each fault", async () => {
    await using server = await openTestServer();
    const response = await server.app.request("/api/jobs/status?limit=many");
    expect(response.status).toBe(422);
    const problem = await problemOf(response);
    expect(problem.code).toBe("invalid_input");
    expect(problem.detail).toStartWith("query.limit is not valid: ");
    expect(problem.errors).toEqual([{ path: "query.limit", message: expect.any(String), code: "invalid_type" }]);
  });

  test("unknown keys of a body are 422, unreadable JSON is 400, another content type is 415", async () => {
    await using server = await openTestServer();
    const send = (body: string, type = "application/json") =>
      server.app.request(
        "/api/jobs/daily_analysis/run",
        operator({ method: "POST", body, headers: { "Content-Type": type } }),
      );
    const unknownKey = await send('{"tenant_id":"other"}');
    expect([unknownKey.status, (await problemOf(unknownKey)).code]).toEqual([422, "invalid_input"]);
    const unreadable = await send("{");
    expect([unreadable.status, (await problemOf(unreadable)).code]).toEqual([400, "bad_body"]);
    const otherType = await send("a=1", "text/csv");
    expect([otherType.status, (await problemOf(otherType)).code]).toEqual([415, "unsupported_media_type"]);
    expect(server.jobs.calls).toEqual([]);
  });

  test("a body over 1 MiB is 413, with and without a declared length", async () => {
    await using server = await openTestServer({
      overrides: { systems: [probeRoutes("/probe", () => new Response("ok"))] },
    });
    const big = "x".repeat(1_048_577);
    const declared = await server.app.request("/probe", {
      method: "POST",
      body: big,
      headers: { "Content-Length": String(big.length) },
    });
    expect([declared.status, (await problemOf(declared)).code]).toEqual([413, "body_too_large"]);
    const streamed = await server.app.request("/probe", { method: "POST", body: new Blob([big]).stream() });
    expect(streamed.status).toBe(413);
    const fitting = await server.app.request("/probe", { method: "POST", body: "x".repeat(1_048_576) });
    expect(fitting.status).toBe(200);
  });

  test("an import takes up to 64 MiB, but not from a stranger", async () => {
    await using server = await openTestServer({
      overrides: { systems: [probeRoutes("/api/own/import", () => new Response("ok"))] },
    });
    const send = async (mebibytes: number, init: RequestInit) =>
      (await server.app.request("/api/own/import", { ...init, method: "POST", body: Buffer.alloc(mebibytes << 20) }))
        .status;
    expect(await send(2, operator())).toBe(200);
    expect(await send(65, operator())).toBe(413);
    expect(await send(2, {})).toBe(413);
  });

  test("an address that is too long is 414", async () => {
    await using server = await openTestServer();
    expect((await server.app.request(`/${"a".repeat(3_000)}`)).status).toBe(414);
    expect((await server.app.request(`/api/jobs/status?x=${"a".repeat(9_000)}`)).status).toBe(414);
  });

  test("the text of an unknown error never leaves, and the log has it under the same id", async () => {
    await using server = await openTestServer(failing(new Error("SQLITE at /srv/canary/vigia.db")));
    const response = await server.app.request("/probe");
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(body).not.toContain("canary");
    const logged = server.log.lines.find((line) => line.event === "http_request" && line.level === "error");
    expect(String(logged?.fields.error)).toContain("canary");
    expect(logged?.fields.correlation_id).toBe(JSON.parse(body).request_id);
    expect(response.headers.get("x-request-id")).toBe(JSON.parse(body).request_id);
  });

  test("even something that is not an error becomes a problem", async () => {
    await using server = await openTestServer(failing("a text"));
    const response = await server.app.request("/probe");
    expect([response.status, (await problemOf(response)).code]).toEqual([500, "internal_error"]);
    expect(String(server.log.lines.find((line) => line.level === "error")?.fields.error)).toContain("a text");
  });

  test.each([
    ["unknown_job", 404],
    ["job_busy", 409],
    ["shutting_down", 503],
    ["disk_full", 507],
    ["not_in_the_table", 500],
  ])("the code %s of a module below answers %i", async (code, status) => {
    await using server = await openTestServer(failing(new VigiaError(code, "What happened.", { hint: "What to do." })));
    const response = await server.app.request("/probe");
    const problem = await problemOf(response);
    expect(response.status).toBe(status);
    if (status === 500) expect(problem.detail).not.toContain("What happened");
    else expect(problem.detail).toBe("What happened. What to do.");
  });

  test("headers and further members of a problem are sent", async () => {
    await using server = await openTestServer(
      failing(
        new HttpProblem(429, "live_budget", "Later.", { headers: { "Retry-After": "7" }, extensions: { left: 0 } }),
      ),
    );
    const response = await server.app.request("/probe");
    expect(response.headers.get("retry-after")).toBe("7");
    expect(await problemOf(response)).toMatchObject({ status: 429, left: 0, title: "Too Many Requests" });
  });

  test("validators of a system's router answer the same way", async () => {
    const routes = createRouter();
    routes.openapi(
      {
        method: "get",
        path: "/own/{ticker}",
        request: { params: z.object({ ticker: z.string().regex(/^[A-Z]+$/) }) },
        responses: { 200: { description: "ok" } },
      },
      (context) => context.text("ok"),
    );
    await using server = await openTestServer({ overrides: { systems: [{ name: "own", routes }] } });
    const response = await server.app.request("/own/abc");
    expect([response.status, (await problemOf(response)).code]).toEqual([422, "invalid_input"]);
  });
});

test("no secret is in any error body or log line", async () => {
  await using server = await openTestServer(failing(new Error(`key ${SECRET_KEY} token ${ADMIN_TOKEN}`)));
  const wrong = { headers: { Authorization: `Bearer ${ADMIN_TOKEN}x` } };
  const requests: [string, RequestInit?][] = [
    ["/nothing"],
    ["/probe", operator()],
    ["/api/alerts", wrong],
    [`/api/jobs/${ADMIN_TOKEN}/runs`],
    ["/api/jobs/status?limit=x", operator()],
    ["/api/jobs/nope/run", operator({ method: "POST" })],
    [
      "/api/jobs/daily_analysis/run",
      operator({ method: "POST", body: "{", headers: { "Content-Type": "application/json" } }),
    ],
    ["/api/jobs/daily_analysis/runs?cursor=AAAA", operator()],
  ];
  for (const [path, init] of requests) {
    const response = await server.app.request(path, init);
    const text = (await response.text()) + JSON.stringify([...response.headers]);
    expect(response.status).toBeGreaterThanOrEqual(400);
    if (!path.includes(ADMIN_TOKEN)) expect(text).not.toContain(ADMIN_TOKEN);
    expect(text).not.toContain(SECRET_KEY);
  }
  const logged = JSON.stringify(
    server.log.lines.map(({ fields: { error: _, ...fields }, ...line }) => ({ ...line, fields })),
  );
  expect(logged).not.toContain(ADMIN_TOKEN);
  expect(logged).not.toContain(SECRET_KEY);
});
