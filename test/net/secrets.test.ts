import { expect, test } from "bun:test";
import { httpMemory, httpUsage } from "../../src/db/schema/index.ts";
import { hours } from "../../src/kit/duration.ts";
import type { HttpRequest } from "../../src/net/client.ts";
import type { Peer } from "../../src/net/peer.ts";
import * as faults from "../support/faults.ts";
import { failureOf, openBench, QUICK_PEER, request } from "./harness.ts";

/** Each way in which a key can travel has its own; the odd characters show whether encoded forms are found as well. */
const CANARIES = {
  query: "canary+query/key=1",
  header: "canary-header-key",
  bearer: "canary-bearer-key",
  user: "canary-user",
  password: "canary-password",
  configured: "canary-configured-key",
};

const peer: Peer = {
  ...QUICK_PEER,
  dailyLimit: 40,
  maxBodyBytes: 10_000,
  remembers: [{ status: 402, scope: "subject", kind: "refused", lasts: { forMs: hours(1) } }],
};

const keyedUrl = (host: string) =>
  `https://${CANARIES.user}:${CANARIES.password}@${host}/chart?symbol=YPF&apikey=${encodeURIComponent(CANARIES.query)}`;

const keyed = (overrides: Partial<HttpRequest> = {}) =>
  request({
    url: keyedUrl("quotes.example"),
    headers: { "X-Api-Key": CANARIES.header, Authorization: `Bearer ${CANARIES.bearer}` },
    ...overrides,
  });

/** A peer that repeats everything it was told, as some do in their error texts. */
const echo = (status: number): faults.Fault =>
  faults.answer(`Invalid key: ${Object.values(CANARIES).join(" ")}`, { status });

function leaks(text: string): string[] {
  const forms = Object.values(CANARIES).flatMap((secret) => [secret, encodeURIComponent(secret), encodeURI(secret)]);
  return forms.filter((form) => text.includes(form));
}

test("no key shows in errors, log lines, counters or remembered refusals, whatever fails", async () => {
  await using bench = await openBench({ secrets: [CANARIES.configured, undefined] });
  const { server, store } = bench;
  const client = bench.door.clientFor("recommendations", [peer]);
  const errors: unknown[] = [];
  const failing = async (fault: faults.Fault, overrides: Partial<HttpRequest> = {}) => {
    server.otherwise(fault);
    errors.push(await failureOf(client.call("quotes", keyed(overrides))));
  };
  await failing(echo(401));
  await failing(echo(402), { subject: "YPF" });
  await failing(echo(200), { subject: "YPF" });
  await failing(echo(500));
  await failing(faults.reset());
  await failing(faults.hang(), { timeoutMs: 100 });
  await failing(faults.redirect(`https://evil.example/?key=${encodeURIComponent(CANARIES.query)}`));
  await failing(faults.redirect(`/again?apikey=${encodeURIComponent(CANARIES.query)}`));
  await failing(faults.hugeBody(100_000));
  await failing(echo(200), { url: keyedUrl("evil.example") });
  await failing(echo(200), { signal: AbortSignal.abort() });
  server.otherwise(echo(200));
  const answer = await client.call("quotes", keyed());
  try {
    answer.json();
  } catch (thrown) {
    errors.push(thrown);
  }
  // The budget of 40 ends as well.
  for (let left = await client.budgetLeft("quotes"); left > 0; left--) await client.call("quotes", keyed());
  await failing(echo(200));
  const refused = bench.reopen({
    fetch: (url, init) => fetch(url.replace(/https:\/\/[^/]*/, "http://127.0.0.1:1"), init),
  });
  const other = refused.clientFor("portfolio", [peer]);
  errors.push(await failureOf(other.call("quotes", keyed())));

  expect(errors.map((error) => (error as { code: string }).code)).toEqual([
    "http_status",
    "http_status",
    "remembered_refusal",
    "http_status",
    "network",
    "timeout",
    "host_not_allowed",
    "too_many_redirects",
    "too_large",
    "host_not_allowed",
    "aborted",
    "bad_body",
    "budget_exhausted",
    "network",
  ]);
  const everything = [
    ...errors.map((error) => Bun.inspect(error, { depth: 10 })),
    ...errors.map((error) => JSON.stringify(error) + String((error as Error).stack)),
    JSON.stringify(bench.lines),
    JSON.stringify(bench.events),
    JSON.stringify(await store.db.read.select().from(httpUsage)),
    JSON.stringify(await store.db.read.select().from(httpMemory)),
  ];
  expect(everything.flatMap(leaks)).toEqual([]);
  // The scan sees what it is looking for: the server did get the keys.
  expect(leaks(server.requests.map(({ query }) => query.get("apikey")).join())).not.toEqual([]);
  expect(JSON.stringify(errors[0])).toContain("Invalid key: ***");
});

test("a key with a line break behind it is refused without being repeated", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  const call = client.call("quotes", request({ headers: { "X-Api-Key": "canary-header-key\n\nx" } }));
  const error = await call.then(String, (thrown) => Bun.inspect(thrown));
  expect(error).toContain("The header X-Api-Key has a name or value that HTTP does not allow.");
  expect(leaks(error)).toEqual([]);
});

test("an address whose user cannot be decoded is called all the same", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  expect((await client.call("quotes", request({ url: "https://50%@quotes.example/chart" }))).status).toBe(200);
});

test("where the path is the key, it shows nowhere either", async () => {
  await using bench = await openBench();
  bench.server.otherwise(faults.answer("no_service /services/T0/canary-path", { status: 404 }));
  const client = bench.door.clientFor("ops", [{ ...QUICK_PEER, secretPath: true }]);
  const url = "https://quotes.example/services/T0/canary-path";
  const error = await failureOf(client.call("quotes", request({ url, method: "POST", body: "{}" })));
  expect(bench.server.requests[0]?.path).toBe("/services/T0/canary-path");
  expect(error.bodyExcerpt).toBe("no_service ***");
  expect(Bun.inspect(error) + JSON.stringify(bench.lines)).not.toContain("canary-path");
});

test("lines of a call name system, peer, kind, status, duration and attempt; failures are warnings", async () => {
  await using bench = await openBench();
  bench.server.script(faults.status(503), faults.json(1));
  const client = bench.door.clientFor("recommendations", [QUICK_PEER], { runId: 12 });
  await client.call("quotes", request());
  const lines = bench.lines.filter(({ event }) => event === "http.call");
  const common = { system: "recommendations", peer: "quotes", kind: "chart", method: "GET", run_id: 12 };
  expect(lines).toMatchObject([
    { level: "warn", fields: { ...common, status: 503, attempt: 1, duration_ms: expect.any(Number) } },
    { level: "debug", fields: { ...common, status: 200, attempt: 2, url: "https://quotes.example/chart" } },
  ]);
});
