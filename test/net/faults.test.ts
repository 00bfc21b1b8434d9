import { expect, test } from "bun:test";
import type { HttpRequest } from "../../src/net/client.ts";
import type { HttpCallCode } from "../../src/net/http-call-error.ts";
import type { Peer } from "../../src/net/peer.ts";
import * as faults from "../support/faults.ts";
import { failureOf, openBench, QUICK_PEER, request } from "./harness.ts";

interface Scenario {
  fault: string;
  script: faults.Fault[];
  /** Default: the last fault of the script for every later request. */
  peer?: Partial<Peer>;
  request?: Partial<HttpRequest>;
  code: HttpCallCode | "resolves";
  status?: number;
  /** Requests that the server must have seen in all. */
  requests: number;
}

/** Long enough for what does come, on a busy machine too. */
const IMPATIENT = { timeoutMs: 1_000 };
const write = { method: "POST", body: "order" } as const;

const SCENARIOS: Scenario[] = [
  { fault: "an answer", script: [faults.json({ ok: true })], code: "resolves", status: 200, requests: 1 },
  { fault: "hung before headers", script: [faults.hang()], peer: IMPATIENT, code: "timeout", requests: 3 },
  { fault: "body stalled", script: [faults.stallBody()], peer: IMPATIENT, code: "timeout", status: 200, requests: 3 },
  {
    fault: "body stalled once",
    script: [faults.stallBody(), faults.json(1)],
    peer: IMPATIENT,
    code: "resolves",
    status: 200,
    requests: 2,
  },
  {
    fault: "body of a refusal stalled",
    script: [faults.stallBody(401)],
    peer: IMPATIENT,
    code: "http_status",
    status: 401,
    requests: 1,
  },
  { fault: "reset before headers", script: [faults.reset()], code: "network", requests: 3 },
  { fault: "reset in the body", script: [faults.resetBody()], code: "network", status: 200, requests: 3 },
  { fault: "body shorter than announced", script: [faults.cutBody()], code: "network", status: 200, requests: 3 },
  {
    fault: "reset twice, then an answer",
    script: [faults.reset(), faults.reset(), faults.json(1)],
    code: "resolves",
    status: 200,
    requests: 3,
  },
  {
    fault: "429 without Retry-After",
    script: [faults.tooManyRequests()],
    code: "http_status",
    status: 429,
    requests: 3,
  },
  {
    fault: "429 with Retry-After 0",
    script: [faults.tooManyRequests("0")],
    code: "http_status",
    status: 429,
    requests: 3,
  },
  {
    fault: "429 with Retry-After beyond a minute",
    script: [faults.tooManyRequests("61")],
    code: "http_status",
    status: 429,
    requests: 1,
  },
  ...[408, 425, 502, 503, 504, 520, 521, 522, 523, 524].map((status) => ({
    fault: `a burst of ${status}`,
    script: [faults.status(status), faults.status(status), faults.json(1)],
    code: "resolves" as const,
    status: 200,
    requests: 3,
  })),
  ...[400, 401, 402, 403, 404, 409, 410, 422, 500, 501, 505].map((status) => ({
    fault: `${status}, not retried`,
    script: [faults.status(status)],
    code: "http_status" as const,
    status,
    requests: 1,
  })),
  {
    fault: "500 where the peer retries it",
    script: [faults.status(500), faults.json(1)],
    peer: { alsoRetry: [500] },
    code: "resolves",
    status: 200,
    requests: 2,
  },
  {
    fault: "404 that the caller accepts",
    script: [faults.status(404)],
    request: { accept: [404] },
    code: "resolves",
    status: 404,
    requests: 1,
  },
  {
    fault: "a body over the limit, unannounced",
    script: [faults.hugeBody(4_000_000)],
    peer: { maxBodyBytes: 100_000 },
    code: "too_large",
    status: 200,
    requests: 1,
  },
  {
    fault: "a body over the default limit",
    script: [faults.hugeBody(11 * 1024 * 1024)],
    code: "too_large",
    status: 200,
    requests: 1,
  },
  {
    fault: "a gzip bomb",
    script: [faults.gzipBomb(50_000_000)],
    peer: { maxBodyBytes: 1_000_000 },
    code: "too_large",
    status: 200,
    requests: 1,
  },
  {
    fault: "a huge body of an error",
    script: [faults.answer("x".repeat(500_000), { status: 404 })],
    code: "http_status",
    status: 404,
    requests: 1,
  },
  {
    fault: "a redirect to another host",
    script: [faults.redirect("https://evil.example/steal")],
    code: "host_not_allowed",
    requests: 1,
  },
  {
    fault: "a redirect to plain http",
    script: [faults.redirect("http://quotes.example/chart")],
    code: "host_not_allowed",
    requests: 1,
  },
  {
    fault: "a redirect to another port",
    script: [faults.redirect("https://quotes.example:8443/chart")],
    code: "host_not_allowed",
    requests: 1,
  },
  {
    fault: "a redirect to nowhere",
    script: [faults.redirect("http://[bad")],
    code: "host_not_allowed",
    requests: 1,
  },
  {
    fault: "three redirects",
    script: [faults.redirect("/a"), faults.redirect("/b", 307), faults.redirect("/c", 301), faults.json(1)],
    code: "resolves",
    status: 200,
    requests: 4,
  },
  { fault: "redirects without end", script: [faults.redirect("/again")], code: "too_many_redirects", requests: 4 },
  {
    fault: "a redirected write",
    script: [faults.redirect("/other", 307)],
    request: { ...write, idempotent: true },
    code: "http_status",
    status: 307,
    requests: 1,
  },
  {
    fault: "reset after an ambiguous write",
    script: [faults.reset()],
    request: write,
    code: "network",
    requests: 1,
  },
  {
    fault: "hang after an ambiguous write",
    script: [faults.hang()],
    request: write,
    peer: IMPATIENT,
    code: "timeout",
    requests: 1,
  },
  {
    fault: "502 after an ambiguous write",
    script: [faults.status(502)],
    request: write,
    code: "http_status",
    status: 502,
    requests: 1,
  },
  {
    fault: "503 without Retry-After after an ambiguous write",
    script: [faults.status(503)],
    request: write,
    code: "http_status",
    status: 503,
    requests: 1,
  },
  {
    fault: "503 with Retry-After: the write was not done",
    script: [faults.status(503, { "retry-after": "0" }), faults.json(1)],
    request: write,
    code: "resolves",
    status: 200,
    requests: 2,
  },
  {
    fault: "429: the write was not done",
    script: [faults.tooManyRequests("0"), faults.json(1)],
    request: write,
    code: "resolves",
    status: 200,
    requests: 2,
  },
  {
    fault: "reset after a write that may be repeated",
    script: [faults.reset(), faults.json(1)],
    request: { ...write, idempotent: true },
    code: "resolves",
    status: 200,
    requests: 2,
  },
];

for (const scenario of SCENARIOS) {
  const { fault, script, code, status, requests } = scenario;
  test(`${fault}: ${code}, ${requests} request(s)`, async () => {
    await using bench = await openBench();
    const { server, door } = bench;
    server.script(...script);
    server.otherwise(script.at(-1)!);
    const client = door.clientFor("recommendations", [{ ...QUICK_PEER, ...scenario.peer }]);
    const call = client.call("quotes", request(scenario.request));
    if (code === "resolves") {
      expect((await call).status).toBe(status!);
    } else {
      const error = await failureOf(call);
      expect(error.code).toBe(code);
      expect(error.peer).toBe("quotes");
      expect(error.kind).toBe("chart");
      expect(error.attempts).toBe(requests);
      if (status !== undefined) expect(error.status).toBe(status);
    }
    expect(server.requests).toHaveLength(requests);
    expect(server.requests.every(({ host }) => host === "quotes.example")).toBe(true);
    // Whatever happened, the counters agree with what the server saw.
    const [usage] = await door.usageToday();
    expect(usage?.used).toBe(requests);
    expect(bench.events.filter(({ outcome }) => outcome !== "refused")).toHaveLength(requests);
  });
}

test("a refused connection is tried again, even for a write: nothing was sent", async () => {
  await using bench = await openBench();
  const port = await faults.unusedPort();
  const door = bench.reopen({ fetch: (url, init) => fetch(url, init) });
  const client = door.clientFor("recommendations", [{ ...QUICK_PEER, hosts: [`127.0.0.1:${port}`] }]);
  const error = await failureOf(client.call("quotes", request({ url: `http://127.0.0.1:${port}/order`, ...write })));
  expect(error.code).toBe("network");
  expect(error.attempts).toBe(3);
  expect(error.retryable).toBe(true);
});

test("a host that no name server knows is a network error after all attempts", async () => {
  await using bench = await openBench();
  const unknown = Object.assign(new TypeError("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  const door = bench.reopen({ fetch: () => Promise.reject(unknown) });
  const client = door.clientFor("recommendations", [QUICK_PEER]);
  const error = await failureOf(client.call("quotes", request(write)));
  expect([error.code, error.attempts, error.cause]).toEqual(["network", 3, "ENOTFOUND"]);
});

test("a request on a connection that died meanwhile is not repeated behind our back", async () => {
  await using bench = await openBench();
  bench.server.script(faults.keepOpen());
  bench.server.otherwise(faults.reset());
  const client = bench.door.clientFor("recommendations", [{ ...QUICK_PEER, attempts: 1 }]);
  await client.call("quotes", request());
  expect((await failureOf(client.call("quotes", request()))).code).toBe("network");
  expect(bench.server.requests).toHaveLength(2);
});

test("HTML and cut JSON are bad bodies, told apart", async () => {
  await using bench = await openBench();
  bench.server.script(faults.html(), faults.truncatedJson(), faults.json({ rows: [1] }));
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  const page = await client.call("quotes", request());
  expect(() => page.json()).toThrow("sent HTML or XML instead of JSON");
  const cut = await client.call("quotes", request());
  expect(() => cut.json()).toThrow("sent JSON that is broken or cut");
  expect(() => cut.json()).toThrow(expect.objectContaining({ code: "bad_body", status: 200 }));
  const whole = await client.call("quotes", request());
  expect(whole.json()).toEqual({ rows: [1] });
});

test("a body in another charset is decoded as its header says", async () => {
  await using bench = await openBench();
  const latin = { headers: { "content-type": "text/plain; charset=ISO-8859-1" } };
  bench.server.script(faults.answer(Uint8Array.from([0x46, 0xe9]), latin));
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  expect((await client.call("quotes", request())).text).toBe("Fé");
});
