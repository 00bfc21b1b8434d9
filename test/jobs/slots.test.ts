import { expect, test } from "bun:test";
import { decideFates } from "../../src/jobs/slots.ts";
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
