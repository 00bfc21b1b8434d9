import { expect, test } from "bun:test";
import { MAX_SLOTS_AT_ONCE, openSchedule } from "../../src/jobs/schedule.ts";
import { days, hours } from "../../src/kit/duration.ts";
import { VigiaError } from "../../src/kit/errors.ts";

const iso = (slots: Date[]) => slots.map((slot) => slot.toISOString());
const at = (text: string) => new Date(text);

test("row 18 schedule: 06:00 in Buenos Aires is 09:00Z in every season", () => {
  const times = openSchedule({ cron: "0 6 * * *", timezone: "America/Argentina/Buenos_Aires" });
  expect(times.next(at("2026-01-10T09:00:00Z"))?.toISOString()).toBe("2026-01-11T09:00:00.000Z");
  expect(times.next(at("2026-07-10T08:59:59Z"))?.toISOString()).toBe("2026-07-10T09:00:00.000Z");
});

test("row 18 schedule: the weekday variant leaves Saturday and Sunday out", () => {
  const times = openSchedule({ cron: "0 6 * * 1-5", timezone: "America/Argentina/Buenos_Aires" });
  const { slots } = times.between(at("2026-03-05T12:00:00Z"), at("2026-03-10T12:00:00Z"));
  expect(iso(slots)).toEqual(["2026-03-06T09:00:00.000Z", "2026-03-09T09:00:00.000Z", "2026-03-10T09:00:00.000Z"]);
  expect(times.periodMs(at("2026-03-05T12:00:00Z"))).toBe(days(3));
});

test("between leaves its start out and takes its end in", () => {
  const times = openSchedule({ cron: "0 * * * *", timezone: "UTC" });
  const { slots } = times.between(at("2026-03-05T10:00:00Z"), at("2026-03-05T12:00:00Z"));
  expect(iso(slots)).toEqual(["2026-03-05T11:00:00.000Z", "2026-03-05T12:00:00.000Z"]);
});

test("a daily slot in the hour that summer time skips runs once after it; in the repeated hour once", () => {
  const times = openSchedule({ cron: "30 2 * * *", timezone: "America/New_York" });
  const spring = times.between(at("2026-03-07T12:00:00Z"), at("2026-03-09T12:00:00Z"));
  expect(iso(spring.slots)).toEqual(["2026-03-08T07:00:00.000Z", "2026-03-09T06:30:00.000Z"]);
  const repeated = openSchedule({ cron: "30 1 * * *", timezone: "America/New_York" });
  const autumn = repeated.between(at("2026-10-31T12:00:00Z"), at("2026-11-02T12:00:00Z"));
  expect(iso(autumn.slots)).toEqual(["2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z"]);
});

for (const schedule of [
  { cron: "* * * * *", timezone: "UTC" },
  {
    next: (after: Date) => new Date(Math.floor(after.getTime() / 60_000) * 60_000 + 60_000),
    describe: "every minute",
  },
]) {
  test(`of more slots than are recorded at once, the newest are kept (${"cron" in schedule ? "cron" : "calendar"})`, () => {
    const through = at("2026-03-05T10:00:30Z");
    const { slots, truncated } = openSchedule(schedule).between(new Date(through.getTime() - days(2)), through);
    expect(truncated).toBe(true);
    expect(slots).toHaveLength(MAX_SLOTS_AT_ONCE);
    expect(slots.at(-1)?.toISOString()).toBe("2026-03-05T10:00:00.000Z");
    expect(slots[0]).toEqual(new Date(slots.at(-1)!.getTime() - (MAX_SLOTS_AT_ONCE - 1) * 60_000));
  });
}

test("a calendar that ends has no next slot and no period", () => {
  const only = at("2026-03-05T10:00:00Z");
  const times = openSchedule({ next: (after) => (after < only ? only : undefined), describe: "once" });
  expect(iso(times.between(new Date(0), at("2027-01-01T00:00:00Z")).slots)).toEqual([only.toISOString()]);
  expect(times.next(only)).toBeUndefined();
  expect(times.periodMs(only)).toBeUndefined();
});

test("a calendar that stands still is refused instead of looping", () => {
  const times = openSchedule({ next: (after) => after, describe: "stuck" });
  expect(() => times.between(new Date(0), new Date(hours(1)))).toThrow(/does not move on/);
});

test("a wrong expression or zone is refused with the remedy", () => {
  for (const schedule of [
    { cron: "61 * * * *", timezone: "UTC" },
    { cron: "0 6 * * *", timezone: "America/Nowhere" },
  ]) {
    try {
      openSchedule(schedule);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(VigiaError);
      expect((thrown as VigiaError).code).toBe("bad_schedule");
      expect((thrown as VigiaError).hint).toContain("IANA zone");
    }
  }
});
