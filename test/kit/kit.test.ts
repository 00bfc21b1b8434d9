import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addDays, dateInZone, daysBetween, isIsoDate } from "../../src/kit/dates.ts";
import { createEventBus } from "../../src/kit/events.ts";
import { secretsEqual } from "../../src/kit/hash.ts";
import { logContext } from "../../src/kit/log.ts";
import { createLogger } from "../../src/kit/logger.ts";
import { createMutex } from "../../src/kit/mutex.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { createRedactor } from "../../src/kit/redact.ts";
import { createFakeClock } from "../support/clock.ts";

describe("dates", () => {
  test("only dates that exist are dates", () => {
    expect(["2024-02-29", "2024-12-31"].every(isIsoDate)).toBe(true);
    expect(["2024-02-30", "2023-02-29", "2024-13-01", "24-01-01", "2024-1-1", "", "x"].some(isIsoDate)).toBe(false);
  });

  test("the date of an instant depends on the zone", () => {
    const instant = new Date("2024-03-08T02:00:00Z");
    expect(dateInZone(instant, "America/Argentina/Buenos_Aires")).toBe("2024-03-07");
    expect(dateInZone(instant, "UTC")).toBe("2024-03-08");
  });

  test("adding days and counting them agree", () => {
    fc.assert(
      fc.property(fc.integer({ min: -5_000, max: 5_000 }), (count) => {
        expect(daysBetween("2024-03-08", addDays("2024-03-08", count))).toBe(count);
      }),
    );
  });
});

describe("log", () => {
  const lines: string[] = [];
  const log = createLogger({
    level: "info",
    format: "json",
    redactor: createRedactor(["c4nary-secret"]),
    now: () => new Date("2026-01-01T00:00:00Z"),
    write: (line) => void lines.push(line),
  });

  test("a-29: one JSON object a line with event, message, time and the fields of the work in progress", () => {
    logContext.run({ correlation_id: "abc" }, () =>
      log.child({ job: "x" }).info("run.start", "two\nlines", { run_id: 7 }),
    );
    log.debug("not.shown", "below the level");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toEqual({
      level: "info",
      ts: "2026-01-01T00:00:00.000Z",
      event: "run.start",
      msg: "two\nlines",
      correlation_id: "abc",
      job: "x",
      run_id: 7,
    });
    expect(lines[0]!.trimEnd()).not.toContain("\n");
  });

  test("no secret leaves, by value, by name or by look", () => {
    lines.length = 0;
    log.warn("x", "key c4nary-secret at https://u:pw123@h/?apikey=k123", {
      authorization: "Bearer k123",
      nested: { api_key: "k123", list: ["c4nary-secret"] },
      error: new Error("c4nary-secret", { cause: new Error("https://u:pw123@h") }),
    });
    expect(lines.join()).not.toMatch(/c4nary|pw123|k123/);
  });
});

test("the mutex runs tasks in order, also after one that throws", async () => {
  const mutex = createMutex();
  const order: number[] = [];
  const task = (index: number) =>
    mutex.run(async () => {
      await Promise.resolve();
      order.push(index);
      if (index === 1) throw new Error("one");
    });
  const results = await Promise.allSettled([0, 1, 2].map(task));
  expect(order).toEqual([0, 1, 2]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("events reach every listener, are remembered, and a broken listener stops nobody and is told of", () => {
  const faults: unknown[] = [];
  const bus = createEventBus<string>({ now: () => new Date(0), onFault: (thrown) => faults.push(thrown) });
  const heard: string[] = [];
  bus.subscribe(() => {
    throw new Error("broken");
  });
  const leave = bus.subscribe(({ event }) => heard.push(event));
  bus.publish("a");
  leave();
  bus.publish("b");
  expect(heard).toEqual(["a"]);
  expect(faults).toEqual([new Error("broken"), new Error("broken")]);
  expect(bus.since(1).map(({ event }) => event)).toEqual(["b"]);
});

test("secrets of any length compare by content", () => {
  expect(secretsEqual("a", "a")).toBe(true);
  expect(secretsEqual("a", "b")).toBe(false);
  expect(secretsEqual("a", "a".repeat(1_000))).toBe(false);
});

test("seeded chance repeats itself", () => {
  const [one, two] = [seededRandom(42), seededRandom(42)];
  const draws = Array.from({ length: 1_000 }, () => [one(), two()]);
  expect(draws.every(([left, right]) => left === right && left! >= 0 && left! < 1)).toBe(true);
});

test("the fake clock wakes sleepers in order and respects signals", async () => {
  const clock = createFakeClock();
  const woken: string[] = [];
  const abort = new AbortController();
  const late = clock.sleep(2_000).then(() => woken.push("late"));
  const early = clock.sleep(1_000).then(() => woken.push("early"));
  const never = clock.sleep(500, abort.signal).catch(() => woken.push("aborted"));
  abort.abort();
  await clock.advance(3_000);
  await Promise.all([late, early, never]);
  expect(woken).toEqual(["aborted", "early", "late"]);
});
