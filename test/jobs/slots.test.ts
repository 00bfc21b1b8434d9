import { describe, expect, test } from "bun:test";
import { decideFates, endsOlderRetries } from "../../src/jobs/slots.ts";
import { hours, minutes, seconds } from "../../src/kit/duration.ts";

const now = new Date("2026-03-05T12:00:00Z");
const ago = (...ms: number[]) => ms.map((each) => new Date(now.getTime() - each));
const fates = (slots: Date[], catchUp: Parameters<typeof decideFates>[1]["catchUp"], off?: "disabled") =>
  decideFates(slots, { now, catchUp, off }).map((fate) => ("run" in fate ? fate.run : fate.skip));
const latest = { mode: "latest", windowMs: hours(12) } as const;

test("a slot met within a minute is on time, whatever the catch-up", () => {
  expect(fates(ago(0), { mode: "none" })).toEqual(["cron"]);
  expect(fates(ago(seconds(60)), { mode: "none" })).toEqual(["cron"]);
  expect(fates(ago(seconds(60)), latest)).toEqual(["cron"]);
});

test("of missed slots the newest within the window runs, older ones are coalesced, too old ones late", () => {
  expect(fates(ago(hours(13), hours(11), hours(1)), latest)).toEqual(["late", "coalesced", "catchup"]);
  expect(fates(ago(hours(25), hours(13)), latest)).toEqual(["late", "late"]);
});

test("without catch-up missed slots are late, and an on-time one still runs", () => {
  expect(fates(ago(hours(2), minutes(2)), { mode: "none" })).toEqual(["late", "late"]);
  expect(fates(ago(hours(2), seconds(30)), { mode: "none" })).toEqual(["late", "cron"]);
});

test("a job that takes no slots has them all disabled", () => {
  expect(fates(ago(hours(1), 0), latest, "disabled")).toEqual(["disabled", "disabled"]);
});

describe("a job that makes up for some slots only", () => {
  const full = ago(hours(1), hours(2), hours(3)).reverse();
  const only = (...hoursAgo: number[]) => ({
    ...latest,
    only: (slotAt: Date) => hoursAgo.some((each) => slotAt.getTime() === now.getTime() - hours(each)),
  });

  test("runs the newest of those; what was missed before and since is coalesced into it", () => {
    expect(fates(full, only(2))).toEqual(["coalesced", "catchup", "coalesced"]);
    expect(fates(full, only(1, 2))).toEqual(["coalesced", "coalesced", "catchup"]);
  });

  test("runs none when none was missed, or it lies before the window", () => {
    expect(fates(full, only())).toEqual(["late", "late", "late"]);
    expect(fates(ago(hours(13), hours(1)), only(13))).toEqual(["late", "late"]);
  });

  test("still runs any slot that is met on time, and only that", () => {
    expect(fates(ago(hours(1), seconds(60)), only())).toEqual(["coalesced", "cron"]);
    expect(fates(ago(hours(1), seconds(30)), only(1))).toEqual(["coalesced", "cron"]);
  });

  test("lets only such a slot, or one that runs, end the retries of older ones", () => {
    const ended = (slots: Date[], catchUp: Parameters<typeof decideFates>[1]["catchUp"]) =>
      endsOlderRetries(decideFates(slots, { now, catchUp, off: undefined }), catchUp);
    expect(ended(full, only())).toBeUndefined();
    expect(ended(full, only(2))).toEqual(full[1]);
    expect(ended(ago(hours(1), 0), only())).toEqual(now);
    expect(ended(full, { mode: "none" })).toEqual(full[2]);
  });
});
