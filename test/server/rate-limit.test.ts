import { expect, test } from "bun:test";
import { createRateLimiter } from "../../src/server/rate-limit.ts";
import { createFakeClock } from "../support/clock.ts";

test("a key takes its minute's worth at once, then one each sixtieth of it", async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(60, clock);
  for (let count = 0; count < 60; count++) expect(limiter.take("a")).toBe(0);
  expect(limiter.take("a")).toBe(1);
  expect(limiter.take("b")).toBe(0);
  await clock.advance(1_000);
  expect(limiter.take("a")).toBe(0);
  expect(limiter.take("a")).toBe(1);
});

test("asking how long to wait takes nothing", () => {
  const limiter = createRateLimiter(1, createFakeClock());
  expect(limiter.waitSeconds("a")).toBe(0);
  expect(limiter.take("a")).toBe(0);
  expect(limiter.waitSeconds("a")).toBe(60);
  expect(limiter.waitSeconds("a")).toBe(60);
});

test("the wall clock does not matter", () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(1, clock);
  limiter.take("a");
  clock.jump(3_600_000);
  expect(limiter.take("a")).toBe(60);
});

test("idle time never saves up more than one minute's worth", async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(2, clock);
  limiter.take("a");
  await clock.advance(3_600_000);
  expect([limiter.take("a"), limiter.take("a"), limiter.take("a")]).toEqual([0, 0, 30]);
});
