import { expect, test } from "bun:test";
import fc from "fast-check";
import { seededRandom } from "../../src/kit/random.ts";
import { parseRetryAfter, waitBeforeRetry } from "../../src/net/retry.ts";
import { createFakeClock } from "../support/clock.ts";
import { failureOf, openBench, QUICK_PEER, request } from "./harness.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const unavailable = { code: "http_status", status: 503, sent: true } as const;
const once = { attempt: 1, repeatable: true, random: () => 0.5 };

test("Retry-After is read as seconds and as a date", () => {
  const read = (header: string | null) => parseRetryAfter(header, NOW);
  expect(read("120")).toBe(120_000);
  expect(read(" 0 ")).toBe(0);
  expect(read("Mon, 02 Mar 2026 12:00:30 GMT")).toBe(30_000);
  expect(read("Mon, 02 Mar 2026 11:00:00 GMT")).toBe(0);
  for (const unreadable of [null, "", "soon", "-5x"]) expect(read(unreadable)).toBeUndefined();
  const farthest = read("99999999999999999999");
  expect(new Date(NOW.getTime() + farthest!).toISOString()).toBe("2027-04-06T12:00:00.000Z");
});

test("Retry-After wins when it is longer, and beyond a minute there is no next attempt", () => {
  const peer = { ...QUICK_PEER, delaysMs: [1_000, 2_000] };
  const wait = (retryAfterMs?: number) => waitBeforeRetry(peer, { ...unavailable, retryAfterMs }, once);
  expect(wait()).toBe(1_000);
  expect(wait(500)).toBe(1_000);
  expect(wait(60_000)).toBe(60_000);
  expect(wait(60_001)).toBeUndefined();
});

test("waits stay within 20 % of the peer's, and the last one repeats", () => {
  const delaysMs = [1_000, 2_000];
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), (seed, attempt) => {
      const peer = { ...QUICK_PEER, attempts: 6, delaysMs };
      const wait = waitBeforeRetry(peer, unavailable, { ...once, attempt, random: seededRandom(seed) })!;
      const delay = delaysMs[attempt - 1] ?? 2_000;
      expect(wait).toBeGreaterThanOrEqual(delay * 0.8);
      expect(wait).toBeLessThanOrEqual(delay * 1.2);
    }),
  );
});

for (const [form, header] of [
  ["seconds", "30"],
  ["a date", "Mon, 02 Mar 2026 12:00:30 GMT"],
] as const) {
  test(`a call waits as long as Retry-After says in ${form}`, async () => {
    const clock = createFakeClock(NOW.toISOString());
    const startsMs: number[] = [];
    const fetch = async () => {
      startsMs.push(clock.monotonicMs());
      return startsMs.length === 1
        ? new Response("", { status: 429, headers: { "retry-after": header } })
        : Response.json(1);
    };
    await using bench = await openBench({ clock, fetch });
    const peer = { ...QUICK_PEER, delaysMs: [1_000] };
    const call = bench.door.clientFor("recommendations", [peer]).call("quotes", request());
    await clock.advance(31_000);
    expect((await call).status).toBe(200);
    expect(startsMs).toEqual([0, 30_000]);
  });
}

test("a call that is told to come back later says when", async () => {
  const clock = createFakeClock(NOW.toISOString());
  const later = new Response("", { status: 503, headers: { "retry-after": "3600" } });
  await using bench = await openBench({ clock, fetch: async () => later });
  const error = await failureOf(bench.door.clientFor("recommendations", [QUICK_PEER]).call("quotes", request()));
  expect([error.code, error.attempts, error.retryable]).toEqual(["http_status", 1, true]);
  expect(error.retryAt?.toISOString()).toBe("2026-03-02T13:00:00.000Z");
});

test("the time limit covers the redirects of an attempt together", async () => {
  const clock = createFakeClock();
  let requests = 0;
  const fetch = async () => {
    requests++;
    await clock.sleep(400);
    return new Response(null, { status: 302, headers: { location: "/next" } });
  };
  await using bench = await openBench({ clock, fetch });
  const peer = { ...QUICK_PEER, attempts: 1, timeoutMs: 1_000 };
  const call = failureOf(bench.door.clientFor("recommendations", [peer]).call("quotes", request()));
  await clock.advance(5_000);
  expect([(await call).code, requests]).toEqual(["timeout", 3]);
});

test("the request's time limit goes before the peer's, and that before the general one", async () => {
  const clock = createFakeClock();
  await using bench = await openBench({ clock, fetch: () => new Promise(() => undefined), defaultTimeoutMs: 30_000 });
  const { timeoutMs: _, ...patient } = { ...QUICK_PEER, attempts: 1 };
  const client = bench.door.clientFor("recommendations", [patient, { ...patient, name: "news", timeoutMs: 5_000 }]);
  const endedMs: number[] = [];
  const ask = (peer: string, limits: { timeoutMs?: number } = {}) =>
    failureOf(client.call(peer, request(limits))).then(({ code }) => {
      expect(code).toBe("timeout");
      endedMs.push(clock.monotonicMs());
    });
  const calls = [ask("quotes"), ask("news"), ask("news", { timeoutMs: 70 })];
  await clock.advance(40_000);
  await Promise.all(calls);
  expect(endedMs).toEqual([70, 5_000, 30_000]);
});
