import { expect, test } from "bun:test";
import type { Outcome, Trigger } from "../../src/db/schema/jobs.ts";
import { nextAttemptAt } from "../../src/jobs/retries.ts";
import { minutes } from "../../src/kit/duration.ts";

const now = new Date("2026-03-05T12:00:00Z");
const retries = { times: 3, delaysMs: [minutes(5), minutes(15)] };
const waitMs = (
  ended: { attempt: number; outcome: Outcome; trigger?: Trigger; params?: Record<string, unknown> },
  policy = retries,
) => {
  const { trigger = "cron", params = null, ...rest } = ended;
  const next = nextAttemptAt({ retries: policy }, { trigger, params, ...rest }, now);
  return next && next.getTime() - now.getTime();
};

test("failed and timed-out attempts wait by the table, whose last delay repeats, until the tries are used up", () => {
  expect([1, 2, 3, 4].map((attempt) => waitMs({ attempt, outcome: "failed" }))).toEqual([
    minutes(5),
    minutes(15),
    minutes(15),
    undefined,
  ]);
  expect(waitMs({ attempt: 1, outcome: "timed_out" })).toBe(minutes(5));
});

test("completed and cancelled runs are not tried again", () => {
  for (const outcome of ["ok", "partial", "cancelled"] as const)
    expect(waitMs({ attempt: 1, outcome })).toBeUndefined();
});

test("a run started by hand is tried again only when its parameters ask for it", () => {
  expect(waitMs({ attempt: 1, outcome: "failed", trigger: "manual" })).toBeUndefined();
  expect(waitMs({ attempt: 1, outcome: "failed", trigger: "manual", params: { retry: true } })).toBe(minutes(5));
});

test("an interrupted run is due at once, at least one time, but not for ever", () => {
  const none = { times: 0, delaysMs: [] };
  expect([1, 2].map((attempt) => waitMs({ attempt, outcome: "interrupted" }, none))).toEqual([0, undefined]);
  expect([1, 3, 4].map((attempt) => waitMs({ attempt, outcome: "interrupted", trigger: "manual" }))).toEqual([
    0,
    0,
    undefined,
  ]);
});
