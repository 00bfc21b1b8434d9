import { expect, test } from "bun:test";
import { and, eq } from "drizzle-orm";
import { httpUsage } from "../../src/db/schema/index.ts";
import { createSystemClock } from "../../src/kit/clock.ts";
import type { HttpCallError } from "../../src/net/http-call-error.ts";
import { pruneUsage } from "../../src/net/usage.ts";
import { createFakeClock } from "../support/clock.ts";
import * as faults from "../support/faults.ts";
import { failureOf, openBench, QUICK_PEER, request } from "./harness.ts";

const limited = (dailyLimit: number) => ({ ...QUICK_PEER, concurrency: 10, dailyLimit });
const codesOf = (results: PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === "fulfilled" ? "ok" : (result.reason as HttpCallError).code));

test("a-15: of 100 parallel calls with a budget of 40, exactly 40 leave", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [limited(40)]);
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => client.call("quotes", request())));
  expect(bench.server.requests).toHaveLength(40);
  expect(codesOf(results).filter((code) => code === "ok")).toHaveLength(40);
  expect(codesOf(results).filter((code) => code === "budget_exhausted")).toHaveLength(60);
  expect(await client.budgetLeft("quotes")).toBe(0);
  const [usage] = await bench.door.usageToday();
  expect(usage).toMatchObject({
    system: "recommendations",
    peer: "quotes",
    used: 40,
    requests: 40,
    refused: 60,
    limit: 40,
  });
});

test("two doors on one database cannot spend a unit twice", async () => {
  await using bench = await openBench();
  const clients = [bench.door, bench.reopen()].map((door) => door.clientFor("recommendations", [limited(15)]));
  const calls = Array.from({ length: 40 }, (_, index) => clients[index % 2]!.call("quotes", request()));
  await Promise.allSettled(calls);
  expect(bench.server.requests).toHaveLength(15);
});

test("a budget survives a restart, and every attempt counts", async () => {
  await using bench = await openBench();
  bench.server.script(faults.reset(), faults.status(503), faults.json(1));
  await bench.door.clientFor("recommendations", [limited(4)]).call("quotes", request());
  await bench.door.close();
  const client = bench.reopen().clientFor("recommendations", [limited(4)]);
  expect(await client.budgetLeft("quotes")).toBe(1);
  await client.call("quotes", request());
  expect((await failureOf(client.call("quotes", request()))).code).toBe("budget_exhausted");
  expect(bench.server.requests).toHaveLength(4);
});

test("a request whose process died counts: it is written down before it leaves", async () => {
  await using bench = await openBench();
  bench.server.otherwise(faults.hang());
  const abort = new AbortController();
  const dying = bench.door.clientFor("recommendations", [limited(3)]);
  const lost = dying.call("quotes", request({ signal: abort.signal })).catch(() => undefined);
  while (bench.server.requests.length === 0) await Bun.sleep(1);
  expect(
    await bench
      .reopen()
      .clientFor("recommendations", [limited(3)])
      .budgetLeft("quotes"),
  ).toBe(2);
  abort.abort();
  await lost;
  expect(await dying.budgetLeft("quotes")).toBe(2);
});

test("a request that was aborted before it left costs nothing", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [{ ...limited(3), spacingMs: 60_000 }]);
  await client.call("quotes", request());
  const abort = new AbortController();
  const waiting = failureOf(client.call("quotes", request({ signal: abort.signal })));
  while ((await client.budgetLeft("quotes")) === 2) await Bun.sleep(1);
  abort.abort();
  expect((await waiting).code).toBe("aborted");
  expect(await client.budgetLeft("quotes")).toBe(2);
});

test("budgets are per system and peer", async () => {
  await using bench = await openBench();
  const recommendations = bench.door.clientFor("recommendations", [limited(1)]);
  const portfolio = bench.door.clientFor("portfolio", [limited(2)]);
  await recommendations.call("quotes", request());
  await failureOf(recommendations.call("quotes", request()));
  await portfolio.call("quotes", request());
  await portfolio.call("quotes", request());
  expect(bench.server.requests).toHaveLength(3);
  expect((await bench.door.usageToday()).map(({ system, used, limit }) => [system, used, limit])).toEqual([
    ["portfolio", 2, 2],
    ["recommendations", 1, 1],
  ]);
});

test("a budget of 0 lets nothing out", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [limited(0)]);
  expect((await failureOf(client.call("quotes", request()))).code).toBe("budget_exhausted");
  expect(bench.server.requests).toHaveLength(0);
});

test("what is reserved for the next batch stays untouched by others", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [limited(5)]);
  for (let call = 0; call < 3; call++) await client.call("quotes", request({ reserve: 2 }));
  const error = await failureOf(client.call("quotes", request({ reserve: 2 })));
  expect([error.code, error.retryable, error.attempts]).toEqual(["budget_reserved", true, 0]);
  await client.call("quotes", request());
  await client.call("quotes", request());
  expect((await failureOf(client.call("quotes", request({ reserve: 2 })))).code).toBe("budget_exhausted");
});

test("the end of a budget is said once a day, with the time of the next one, and the day after begins anew", async () => {
  const clock = createFakeClock("2026-03-02T23:59:00.000Z");
  await using bench = await openBench({ clock, fetch: async () => Response.json({}) });
  const client = bench.door.clientFor("recommendations", [limited(1)]);
  const exhausted = () => bench.lines.filter(({ event }) => event === "http.budget_exhausted");
  await client.call("quotes", request());
  const error = await failureOf(client.call("quotes", request()));
  await failureOf(client.call("quotes", request()));
  expect(error.retryAt).toEqual(new Date("2026-03-03T00:00:00.000Z"));
  expect(exhausted()).toHaveLength(1);
  expect(exhausted()[0]).toMatchObject({ level: "warn", fields: { limit: 1, resets_at: "2026-03-03T00:00:00.000Z" } });
  clock.jump(60_000);
  await client.call("quotes", request());
  await failureOf(client.call("quotes", request()));
  expect(exhausted()).toHaveLength(2);
  expect(await bench.door.usageToday()).toMatchObject([{ used: 1, refused: 1, resets_at: "2026-03-04T00:00:00.000Z" }]);
});

test("counters keep kind, outcome, retries, errors and bytes apart", async () => {
  await using bench = await openBench();
  const { server, store, door } = bench;
  server.script(faults.status(503), faults.json("12345"), faults.status(404), faults.reset(), faults.json(1));
  const client = door.clientFor("recommendations", [QUICK_PEER]);
  await client.call("quotes", request({ method: "POST", body: "ñ", idempotent: true }));
  await failureOf(client.call("quotes", request({ kind: "news" })));
  await client.call("quotes", request({ kind: "news" }));
  const rows = await store.db.read
    .select()
    .from(httpUsage)
    .where(and(eq(httpUsage.system, "recommendations"), eq(httpUsage.peer, "quotes")));
  const shown = rows
    .filter(({ requests }) => requests > 0)
    .map(({ kind, statusClass, requests, retries, errors, bytes }) => [
      kind,
      statusClass,
      requests,
      retries,
      errors,
      bytes,
    ])
    .sort();
  expect(shown).toEqual([
    ["chart", "2xx", 1, 1, 0, 9],
    ["chart", "5xx", 1, 0, 1, 12],
    ["news", "2xx", 1, 1, 0, 1],
    ["news", "4xx", 1, 0, 1, 10],
    ["news", "network", 1, 0, 1, 0],
  ]);
  expect(rows.filter(({ statusClass }) => statusClass === "open").every(({ requests }) => requests === 0)).toBe(true);
  expect(bench.events.map(({ status, outcome, retries }) => [status, outcome, retries])).toEqual([
    [503, "failed", 0],
    [200, "ok", 1],
    [404, "failed", 0],
    [undefined, "failed", 0],
    [200, "ok", 1],
  ]);
});

test("declared peers are listed before their first call", async () => {
  await using bench = await openBench();
  const peers = [limited(7), { ...QUICK_PEER, name: "news" }];
  bench.door.declare("recommendations", peers);
  expect((await bench.door.usageToday()).map(({ peer, used, limit }) => [peer, used, limit])).toEqual([
    ["news", 0, null],
    ["quotes", 0, 7],
  ]);
  expect(await bench.door.clientFor("recommendations", peers).budgetLeft("news")).toBe(Number.POSITIVE_INFINITY);
});

test("counters of 400 days and refusals in force are kept, older ones are pruned", async () => {
  await using bench = await openBench();
  const { db } = bench.store;
  const now = createSystemClock(new Date("2026-03-02T12:00:00.000Z")).now();
  const row = { system: "s", peer: "p", kind: "k", statusClass: "2xx", requests: 1 };
  await db.write(async (tx) => {
    await tx.insert(httpUsage).values([
      { ...row, day: "2025-01-25" },
      { ...row, day: "2025-01-26" },
      { ...row, day: "2026-03-02" },
    ]);
  });
  const refusal = { peer: "p", kind: "refused", reason: "it answered 402" } as const;
  await bench.door.remember({ ...refusal, subject: "OLD", until: new Date("2026-03-02T12:00:00.000Z") });
  await bench.door.remember({ ...refusal, subject: "NEW", until: new Date("2026-03-02T12:00:00.001Z") });
  expect(await pruneUsage(db, now)).toEqual({ usage: 1, memory: 1 });
  expect(await db.read.$count(httpUsage)).toBe(2);
});
