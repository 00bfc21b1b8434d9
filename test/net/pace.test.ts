import { expect, test } from "bun:test";
import fc from "fast-check";
import { createGate } from "../../src/net/gate.ts";
import { createFakeClock } from "../support/clock.ts";
import { after, hang, json } from "../support/faults.ts";
import { soakTimes } from "../support/soak.ts";
import { failureOf, openBench, QUICK_PEER, request } from "./harness.ts";

test("requests of one peer start at least its spacing apart, whoever asks", async () => {
  const clock = createFakeClock();
  const startsMs: number[] = [];
  const fetch = async () => {
    startsMs.push(clock.monotonicMs());
    return Response.json({});
  };
  await using bench = await openBench({ clock, fetch });
  const peer = { ...QUICK_PEER, spacingMs: 250, concurrency: 2 };
  const clients = ["recommendations", "portfolio"].map((system) => bench.door.clientFor(system, [peer], { runId: 1 }));
  const calls = Array.from({ length: 6 }, (_, index) => clients[index % 2]!.call("quotes", request()));
  await clock.advance(2_000);
  await Promise.all(calls);
  expect(startsMs).toEqual([0, 250, 500, 750, 1_000, 1_250]);
});

test("another peer does not wait", async () => {
  const clock = createFakeClock();
  await using bench = await openBench({ clock, fetch: async () => Response.json({}) });
  const slow = { ...QUICK_PEER, spacingMs: 60_000 };
  const client = bench.door.clientFor("recommendations", [slow, { ...slow, name: "news" }]);
  await client.call("quotes", request());
  await client.call("news", request());
  expect(clock.monotonicMs()).toBe(0);
});

test("two systems that give one peer different rules are told so", async () => {
  await using bench = await openBench();
  bench.door.clientFor("recommendations", [QUICK_PEER]);
  expect(() => bench.door.clientFor("portfolio", [{ ...QUICK_PEER, spacingMs: 1 }])).toThrow("declared twice");
  bench.door.clientFor("portfolio", [{ ...QUICK_PEER, dailyLimit: 3_000 }]);
});

test("never more than `concurrency` requests are open, starts are spaced, and every call ends", async () => {
  const scenario = fc.record({
    concurrency: fc.integer({ min: 1, max: 4 }),
    spacingMs: fc.integer({ min: 0, max: 50 }),
    calls: fc.array(
      fc.record({
        askedMs: fc.integer({ min: 0, max: 200 }),
        lastsMs: fc.integer({ min: 0, max: 120 }),
        abortsMs: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
      }),
      { maxLength: 14 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ concurrency, spacingMs, calls }) => {
      const clock = createFakeClock();
      const gate = createGate(clock, { concurrency, spacingMs });
      const startsMs: number[] = [];
      let open = 0;
      let mostOpen = 0;
      const ended = calls.map(async ({ askedMs, lastsMs, abortsMs }) => {
        const abort = new AbortController();
        if (abortsMs !== undefined) void clock.sleep(abortsMs).then(() => abort.abort(new Error("aborted")));
        await clock.sleep(askedMs);
        const task = async () => {
          await gate.turn(abort.signal);
          startsMs.push(clock.monotonicMs());
          mostOpen = Math.max(mostOpen, ++open);
          try {
            await clock.sleep(lastsMs, abort.signal);
          } finally {
            open--;
          }
        };
        await gate.enter(task, abort.signal).catch(() => undefined);
      });
      await clock.advance(20_000);
      await Promise.all(ended);
      expect(open).toBe(0);
      expect(mostOpen).toBeLessThanOrEqual(concurrency);
      for (let index = 1; index < startsMs.length; index++)
        expect(startsMs[index]! - startsMs[index - 1]!).toBeGreaterThanOrEqual(spacingMs);
    }),
    { numRuns: soakTimes(60, 1_000) },
  );
}, 120_000);

test("a real server never sees more than `concurrency` open requests", async () => {
  await using bench = await openBench();
  bench.server.otherwise(after(5, json({})));
  const client = bench.door.clientFor("recommendations", [{ ...QUICK_PEER, concurrency: 3 }]);
  await Promise.all(Array.from({ length: 30 }, () => client.call("quotes", request())));
  expect(bench.server.requests).toHaveLength(30);
  expect(bench.server.mostOpen).toBeLessThanOrEqual(3);
  expect(bench.server.mostOpen).toBeGreaterThan(1);
});

test("an abort ends a call at once, wherever it waits", async () => {
  const clock = createFakeClock();
  const never = new Promise<Response>(() => undefined);
  let answers: Promise<Response>[] = [];
  await using bench = await openBench({ clock, fetch: () => answers.shift() ?? never });
  const peerOf = (name: string) => ({
    ...QUICK_PEER,
    name,
    concurrency: name.startsWith("behind") ? 3 : 1,
    spacingMs: 1_000,
    delaysMs: [5_000],
  });
  const tried: string[] = [];
  const abortIn = async (place: string, reach: (ask: () => void) => Promise<void>) => {
    const client = bench.door.clientFor(place, [peerOf(place)]);
    const abort = new AbortController();
    let ended: Promise<void> = Promise.resolve();
    await reach(() => {
      ended = failureOf(client.call(place, request({ signal: abort.signal }))).then((error) => {
        expect([place, error.code]).toEqual([place, "aborted"]);
        tried.push(place);
      });
    });
    await clock.advance(1);
    const atMs = clock.monotonicMs();
    abort.abort(new Error("time is up"));
    await ended;
    expect(clock.monotonicMs()).toBe(atMs);
  };
  await abortIn("request", async (ask) => ask());
  await abortIn("retry", async (ask) => {
    answers = [Promise.resolve(new Response("", { status: 503 }))];
    ask();
  });
  await abortIn("spacing", async (ask) => {
    answers = [Promise.resolve(Response.json({}))];
    await bench.door.clientFor("spacing", [peerOf("spacing")]).call("spacing", request());
    ask();
  });
  await abortIn("behind another in spacing", async (ask) => {
    const client = bench.door.clientFor("other", [peerOf("behind another in spacing")]);
    answers = [Promise.resolve(Response.json({}))];
    await client.call("behind another in spacing", request());
    void failureOf(client.call("behind another in spacing", request()));
    await clock.advance(1);
    ask();
  });
  await abortIn("queue", async (ask) => {
    void failureOf(bench.door.clientFor("queue", [peerOf("queue")]).call("queue", request()));
    await clock.advance(1);
    ask();
  });
  await abortIn("body", async (ask) => {
    answers = [Promise.resolve(new Response(new ReadableStream()))];
    ask();
  });
  expect(tried).toEqual(["request", "retry", "spacing", "behind another in spacing", "queue", "body"]);
});

test("a call that is aborted before it begins sends nothing", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  const error = await failureOf(client.call("quotes", request({ signal: AbortSignal.abort() })));
  expect([error.code, error.attempts]).toEqual(["aborted", 0]);
  expect(bench.server.requests).toHaveLength(0);
});

test("closing the door aborts what is under way and refuses what comes later", async () => {
  await using bench = await openBench();
  bench.server.otherwise(hang());
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  const open = failureOf(client.call("quotes", request()));
  while (bench.server.requests.length === 0) await Bun.sleep(1);
  await bench.door.close();
  expect((await open).code).toBe("aborted");
  expect((await failureOf(client.call("quotes", request()))).code).toBe("aborted");
  await bench.server.requests[0]!.ended;
  expect(bench.server.requests).toHaveLength(1);
});

test("calls leave no listeners on a signal that lives longer than they do", async () => {
  await using bench = await openBench();
  const { signal } = new AbortController();
  let listeners = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = ((...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  }) as typeof add;
  signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  }) as typeof remove;
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  for (let call = 0; call < 5; call++) await client.call("quotes", request({ signal }));
  expect(listeners).toBe(0);
});
