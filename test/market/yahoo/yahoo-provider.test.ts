import { describe, expect, test } from "bun:test";
import { silentLogger } from "../../../src/kit/log.ts";
import type { PriceError } from "../../../src/market/price-error.ts";
import type { PriceRequest } from "../../../src/market/provider.ts";
import { yahooPeer } from "../../../src/market/yahoo/yahoo-peer.ts";
import { createYahooProvider } from "../../../src/market/yahoo/yahoo-provider.ts";
import { createHttpDoor } from "../../../src/net/door.ts";
import { createFakeClock } from "../../support/clock.ts";
import { openTestDatabase } from "../../support/database.ts";
import { type ChartScript, createYahooReplay, stairs } from "../../support/market.ts";

const NOW = new Date("2024-03-08T23:00:00Z");

function setUp() {
  const replay = createYahooReplay({ now: () => NOW, folder: import.meta.dir });
  replay.prices("YPF", stairs("2024-01-01", 50));
  const ask = (changes: Partial<PriceRequest> = {}) =>
    createYahooProvider().fetchBars({
      ...{ symbol: "YPF", interval: "1d", from: "2024-03-01", to: "2024-03-08", now: NOW, http: replay.http },
      signal: new AbortController().signal,
      ...changes,
    });
  return { replay, ask };
}

async function refused(call: Promise<unknown>): Promise<PriceError> {
  return call.then(
    () => expect.unreachable("answered"),
    (thrown) => thrown as PriceError,
  );
}

test("asks for the range with a day to spare, and for nothing else", async () => {
  const { replay, ask } = setUp();
  await ask();
  expect(replay.requests).toHaveLength(1);
  const [{ host, query }] = replay.requests as [(typeof replay.requests)[number]];
  expect(host).toBe("query2.finance.yahoo.com");
  expect(Object.fromEntries(query)).toEqual({
    interval: "1d",
    period1: String(Date.parse("2024-02-29T00:00:00Z") / 1_000),
    period2: String(Date.parse("2024-03-10T00:00:00Z") / 1_000),
    events: "div|split",
  });
});

test("a symbol is one part of the path, whatever it holds", async () => {
  const { replay, ask } = setUp();
  await refused(ask({ symbol: "^GSPC/../x?y=1" }));
  expect(replay.requests[0]!.symbol).toBe("^GSPC/../x?y=1");
});

describe("faults become what they mean", () => {
  const cases: [ChartScript, string, boolean][] = [
    [404, "unknown_symbol", false],
    [{ status: 404, body: { chart: { result: null, error: { code: "Other" } } } }, "unknown_symbol", false],
    [{ status: 404, body: "gone" }, "unknown_symbol", false],
    [422, "no_data", false],
    [429, "source_unavailable", true],
    [500, "source_unavailable", true],
    ["network", "source_unavailable", true],
    ["html", "source_unavailable", false],
    ["truncated", "source_unavailable", false],
    [{ body: { chart: { result: [{ meta: {} }], error: null } } }, "bad_data", false],
    [{ body: { chart: { result: null, error: { code: "Not Found", description: "gone" } } } }, "unknown_symbol", false],
  ];
  for (const [script, code, retryable] of cases)
    test(`${JSON.stringify(script)}: ${code}`, async () => {
      const { replay, ask } = setUp();
      replay.script("YPF", script);
      expect(await refused(ask())).toMatchObject({ code, retryable, symbol: "YPF", name: "PriceError" });
    });

  test("an abort stays an abort", async () => {
    const { replay, ask } = setUp();
    replay.script("YPF", "hang");
    const controller = new AbortController();
    const call = refused(ask({ signal: controller.signal }));
    const reason = new Error("time is up");
    controller.abort(reason);
    expect(await call).toBe(reason as PriceError);
  });
});

test("the spare host is asked when the first cannot be reached, and only then", async () => {
  const { replay, ask } = setUp();
  replay.script("YPF", "network", { body: { chart: { result: null, error: { code: "Not Found" } } } });
  await refused(ask());
  expect(replay.requests.map(({ host }) => host)).toEqual(["query2.finance.yahoo.com", "query1.finance.yahoo.com"]);
  replay.requests.length = 0;
  replay.script("YPF", 500);
  await refused(ask());
  expect(replay.requests).toHaveLength(1);
});

describe("through the house's door", () => {
  async function openDoor() {
    const store = await openTestDatabase();
    const clock = createFakeClock(NOW.toISOString());
    const replay = createYahooReplay({ now: () => NOW, folder: import.meta.dir });
    replay.prices("YPF", stairs("2024-01-01", 50));
    const door = createHttpDoor({
      ...{ db: store.db, clock, random: () => 0.5, log: silentLogger, fetch: replay.fetch },
      defaultTimeoutMs: 10_000,
    });
    const http = door.clientFor("recommendations", [yahooPeer(500)]);
    const signal = new AbortController().signal;
    const ask = (symbol: string) =>
      createYahooProvider().fetchBars({
        symbol,
        interval: "1d",
        from: "2024-03-01",
        to: "2024-03-08",
        now: NOW,
        http,
        signal,
      });
    return {
      ...{ clock, replay, ask },
      async [Symbol.asyncDispose]() {
        await door.close();
        await store[Symbol.asyncDispose]();
      },
    };
  }

  test("an unknown symbol costs one request", async () => {
    await using bench = await openDoor();
    expect(await refused(bench.ask("NOSUCH"))).toMatchObject({ code: "unknown_symbol" });
    expect(bench.replay.requests).toHaveLength(1);
  });

  test("a 429 is tried three times, then the next symbol gets through or not by the door's rules", async () => {
    await using bench = await openDoor();
    bench.replay.script("YPF", 429);
    const call = refused(bench.ask("YPF"));
    await bench.clock.advance(10_000);
    expect(await call).toMatchObject({ code: "source_unavailable" });
    expect(bench.replay.requests).toHaveLength(3);
  });

  test("a 429 that passes costs nothing but time", async () => {
    await using bench = await openDoor();
    bench.replay.script("YPF", 429, { body: { chart: { result: null, error: { code: "Not Found" } } } });
    const call = refused(bench.ask("YPF"));
    await bench.clock.advance(10_000);
    expect(await call).toMatchObject({ code: "unknown_symbol" });
    expect(bench.replay.requests).toHaveLength(2);
  });
});
