import { expect, test } from "bun:test";
import { days, hours } from "../../src/kit/duration.ts";
import { createBreaker } from "../../src/net/breaker.ts";
import type { Peer } from "../../src/net/peer.ts";
import { createFakeClock } from "../support/clock.ts";
import * as faults from "../support/faults.ts";
import { failureOf, openBench, QUICK_PEER, request } from "./harness.ts";

const START = "2026-03-02T12:00:00.000Z";

/** A door on a fake clock whose peer answers with the statuses given, then 200; it counts the requests. */
async function openScripted(statuses: number[]) {
  const clock = createFakeClock(START);
  let requests = 0;
  const fetch = async () => {
    requests++;
    return new Response("{}", { status: statuses.shift() ?? 200 });
  };
  const bench = await openBench({ clock, fetch });
  return {
    clock,
    bench,
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

test("a breaker opens after consecutive failures, lets one probe through, and closes when it is answered", () => {
  const clock = createFakeClock(START);
  const breaker = createBreaker(clock, { failures: 3, openMs: 60_000 });
  const fail = () => breaker.ask()!.failed();
  expect([fail(), fail()]).toEqual([false, false]);
  breaker.ask()!.succeeded();
  expect([fail(), fail(), fail()]).toEqual([false, false, true]);
  expect([breaker.state, breaker.ask(), breaker.opensInMs]).toEqual(["open", undefined, 60_000]);
});

test("a probe that fails opens the breaker again, one that is aborted leaves the turn to the next", async () => {
  const clock = createFakeClock(START);
  const breaker = createBreaker(clock, { failures: 1, openMs: 1_000 });
  const before = breaker.ask()!;
  breaker.ask()!.failed();
  expect(before.revoked).toBe(true);
  await clock.advance(1_000);
  expect(breaker.state).toBe("half_open");
  const aborted = breaker.ask()!;
  expect(aborted.revoked).toBe(false);
  expect(breaker.ask()).toBeUndefined();
  aborted.released();
  const probe = breaker.ask()!;
  before.succeeded();
  expect(breaker.state).toBe("half_open");
  expect([probe.failed(), breaker.state]).toEqual([true, "open"]);
  await clock.advance(1_000);
  breaker.ask()!.succeeded();
  expect(breaker.state).toBe("closed");
});

test("without a rule a breaker never opens", () => {
  const breaker = createBreaker(createFakeClock(START), undefined);
  for (let call = 0; call < 100; call++) expect(breaker.ask()!.failed()).toBe(false);
  expect(breaker.state).toBe("closed");
});

const breaking: Peer = { ...QUICK_PEER, attempts: 1, breaker: { failures: 2, openMs: 60_000 } };

test("failing calls open the door's breaker; it stays open over a restart, and a probe closes it", async () => {
  await using scripted = await openScripted([500, 503, 503]);
  const { bench, clock } = scripted;
  const client = bench.door.clientFor("recommendations", [breaking]);
  // 500 is an answer, not a failure that may pass: it does not count.
  for (let call = 0; call < 3; call++) await failureOf(client.call("quotes", request()));
  const refused = await failureOf(client.call("quotes", request()));
  expect([refused.code, refused.retryAt?.toISOString()]).toEqual(["breaker_open", "2026-03-02T12:01:00.000Z"]);
  expect(bench.door.breakers()).toEqual([{ peer: "quotes", state: "open" }]);

  const restarted = bench.reopen().clientFor("recommendations", [breaking]);
  expect((await failureOf(restarted.call("quotes", request()))).code).toBe("breaker_open");
  expect(scripted.requests).toBe(3);

  await clock.advance(60_000);
  await client.call("quotes", request());
  expect(bench.door.breakers()).toEqual([{ peer: "quotes", state: "closed" }]);
  await restarted.call("quotes", request());
  expect(scripted.requests).toBe(5);
  expect(await bench.door.usageToday()).toMatchObject([{ used: 5, refused: 2, errors: 3 }]);
});

test("while a probe is under way, the others are refused", async () => {
  const clock = createFakeClock(START);
  const { promise, resolve } = Promise.withResolvers<Response>();
  const answers = [Promise.resolve(new Response("", { status: 503 })), promise];
  await using bench = await openBench({ clock, fetch: () => answers.shift() ?? Promise.reject(new Error("more")) });
  const peer = { ...breaking, breaker: { failures: 1, openMs: 1_000 } };
  const client = bench.door.clientFor("recommendations", [peer]);
  await failureOf(client.call("quotes", request()));
  await clock.advance(1_000);
  const probe = client.call("quotes", request());
  await clock.advance(0);
  expect((await failureOf(client.call("quotes", request()))).code).toBe("breaker_open");
  resolve(Response.json({}));
  expect((await probe).status).toBe(200);
});

test("a probe that is aborted leaves its turn to the next call", async () => {
  const clock = createFakeClock(START);
  const answers = [Promise.resolve(new Response("", { status: 503 })), new Promise<Response>(() => undefined)];
  await using bench = await openBench({ clock, fetch: () => answers.shift() ?? Promise.resolve(Response.json({})) });
  const peer = { ...breaking, breaker: { failures: 1, openMs: 1_000 } };
  const client = bench.door.clientFor("recommendations", [peer]);
  await failureOf(client.call("quotes", request()));
  await clock.advance(1_000);
  const abort = new AbortController();
  const probe = failureOf(client.call("quotes", request({ signal: abort.signal })));
  await clock.advance(0);
  abort.abort();
  expect((await probe).code).toBe("aborted");
  expect((await client.call("quotes", request())).status).toBe(200);
});

const keyed: Peer = { ...QUICK_PEER, opensOn: [401, 403], concurrency: 1 };

test("a refused key closes the door for the rest of the run, also for calls that wait already", async () => {
  await using scripted = await openScripted([401]);
  const run = scripted.bench.door.clientFor("recommendations", [keyed], { runId: 7 });
  const calls = await Promise.all(Array.from({ length: 5 }, () => failureOf(run.call("quotes", request()))));
  expect(calls.map(({ code }) => code).sort()).toEqual([...Array(4).fill("breaker_open"), "http_status"]);
  expect(scripted.requests).toBe(1);
  await scripted.clock.advance(hours(2));
  expect((await failureOf(run.call("quotes", request()))).message).toContain("for the rest of this run");
  const next = scripted.bench.door.clientFor("recommendations", [keyed], { runId: 8 });
  expect((await next.call("quotes", request())).status).toBe(200);
});

test("outside a run a refused key closes the door for five minutes", async () => {
  await using scripted = await openScripted([403]);
  const client = scripted.bench.door.clientFor("recommendations", [keyed]);
  await failureOf(client.call("quotes", request()));
  await scripted.clock.advance(299_000);
  const error = await failureOf(client.call("quotes", request()));
  expect([error.code, error.retryAt?.toISOString()]).toEqual(["breaker_open", "2026-03-02T12:05:00.000Z"]);
  await scripted.clock.advance(1_000);
  expect((await client.call("quotes", request())).status).toBe(200);
});

test("a 429 that survives the tries closes the door for the run, one that passes does not", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [QUICK_PEER], { runId: 1 });
  bench.server.script(faults.tooManyRequests(), faults.json(1));
  await client.call("quotes", request());
  bench.server.otherwise(faults.tooManyRequests());
  expect((await failureOf(client.call("quotes", request()))).code).toBe("http_status");
  expect((await failureOf(client.call("quotes", request()))).code).toBe("breaker_open");
  expect(bench.server.requests).toHaveLength(5);
});

const remembering: Peer = {
  ...QUICK_PEER,
  remembers: [
    { status: 402, scope: "subject", kind: "refused", lasts: { forMs: days(7) } },
    { status: 404, scope: "subject", kind: "unknown", lasts: { forMs: hours(24) } },
    { status: 403, scope: "peer", kind: "quota", lasts: { until: "utc_midnight" } },
  ],
};

test("a refusal about a symbol is remembered for that symbol, over a restart, until its end", async () => {
  await using scripted = await openScripted([402]);
  const { bench, clock } = scripted;
  const client = bench.door.clientFor("recommendations", [remembering]);
  expect((await failureOf(client.call("quotes", request({ subject: "YPF" })))).status).toBe(402);
  const restarted = bench.reopen().clientFor("recommendations", [remembering]);
  const error = await failureOf(restarted.call("quotes", request({ subject: "YPF" })));
  expect([error.code, error.status, error.attempts]).toEqual(["remembered_refusal", 402, 0]);
  expect(error.retryAt?.toISOString()).toBe("2026-03-09T12:00:00.000Z");
  expect(scripted.requests).toBe(1);
  await restarted.call("quotes", request({ subject: "GGAL" }));
  await restarted.call("quotes", request());
  clock.jump(days(7));
  await restarted.call("quotes", request({ subject: "YPF" }));
  expect(scripted.requests).toBe(4);
  expect(bench.events.filter(({ outcome }) => outcome === "refused")).toHaveLength(1);
});

test("an unknown symbol costs one call a day, even where the caller accepts the status", async () => {
  await using scripted = await openScripted([404]);
  const client = scripted.bench.door.clientFor("market", [remembering]);
  const ask = () => client.call("quotes", request({ subject: "NOPE", accept: [404] }));
  expect((await ask()).status).toBe(404);
  expect((await failureOf(ask())).code).toBe("remembered_refusal");
  scripted.clock.jump(hours(24));
  expect((await ask()).status).toBe(200);
});

test("a used-up quota holds for the whole peer until 00:00 UTC", async () => {
  await using scripted = await openScripted([403]);
  const client = scripted.bench.door.clientFor("recommendations", [remembering]);
  await failureOf(client.call("quotes", request({ subject: "YPF" })));
  const error = await failureOf(client.call("quotes", request({ subject: "GGAL" })));
  expect([error.code, error.retryAt?.toISOString()]).toEqual(["remembered_refusal", "2026-03-03T00:00:00.000Z"]);
  scripted.clock.jump(hours(12));
  expect((await client.call("quotes", request())).status).toBe(200);
});

test("a remembered refusal does not wait for a place", async () => {
  await using scripted = await openScripted([402]);
  const { bench } = scripted;
  const client = bench.door.clientFor("recommendations", [{ ...remembering, spacingMs: 60_000, concurrency: 1 }]);
  await failureOf(client.call("quotes", request({ subject: "YPF" })));
  const waiting = failureOf(client.call("quotes", request({ subject: "GGAL" })));
  expect((await failureOf(client.call("quotes", request({ subject: "YPF" })))).code).toBe("remembered_refusal");
  await bench.door.close();
  expect((await waiting).code).toBe("aborted");
});

test("a refusal that only the caller can read is remembered on request; a shorter one does not replace it", async () => {
  await using scripted = await openScripted([]);
  const { bench, clock } = scripted;
  const refusal = { peer: "quotes", subject: "NOPE", kind: "unknown", reason: "its list was empty" } as const;
  const inHours = (count: number) => new Date(clock.now().getTime() + hours(count));
  await bench.door.remember({ ...refusal, until: inHours(24) });
  await bench.door.remember({ ...refusal, until: inHours(1) });
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  const error = await failureOf(client.call("quotes", request({ subject: "NOPE" })));
  expect(error.retryAt).toEqual(inHours(24));
  expect(error.message).toContain("its list was empty");
});

test("a refusal noted by a clock that was ahead does not block", async () => {
  await using scripted = await openScripted([402]);
  const client = scripted.bench.door.clientFor("recommendations", [remembering]);
  await failureOf(client.call("quotes", request({ subject: "YPF" })));
  scripted.clock.jump(-hours(5));
  expect((await client.call("quotes", request({ subject: "YPF" }))).status).toBe(200);
});
