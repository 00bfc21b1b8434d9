import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_SLOTS_AT_ONCE, openSchedule } from "../../../../src/jobs/schedule.ts";
import { decideFates } from "../../../../src/jobs/slots.ts";
import { addDays, dateInZone } from "../../../../src/kit/dates.ts";
import { days, hours, minutes } from "../../../../src/kit/duration.ts";
import { newYorkDate, newYorkInstant } from "../../../../src/market/calendar/new-york-time.ts";
import { sessionOf } from "../../../../src/market/calendar/nyse.ts";
import { cycleSchedule, isCloseSlot } from "../../../../src/systems/portfolio/cycle/schedule.ts";
import { hasShared, readShared } from "../../../support/shared.ts";

const usual = { intervalMinutes: 15, closedMinutes: 60 };
const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "America/New_York",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** The slots of a date as New York's clocks show them. */
function clocksOf(date: string, intervals = usual): string[] {
  const { next } = cycleSchedule(intervals);
  const shown: string[] = [];
  let slot = next(new Date(newYorkInstant(date, 0).getTime() - 1));
  for (; slot && dateInZone(slot, "America/New_York") === date; slot = next(slot)) shown.push(clock.format(slot));
  return shown;
}

const hourly = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${String(from + index).padStart(2, "0")}:00`);

describe("P34: the slots of a day", () => {
  test("with a session: hourly before it, open + 1 min, every 15 min, close + 20 min, hourly after it", () => {
    const inSession = [];
    for (let minute = 9 * 60 + 31; minute <= 16 * 60; minute += 15)
      inSession.push(`${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`);
    expect(clocksOf("2024-03-08")).toEqual([...hourly(0, 9), ...inSession, "16:20", ...hourly(17, 23)]);
    expect(inSession.at(-1)).toBe("15:46");
  });

  test("with an early close: the last one in session before one, then 13:20", () => {
    const slots = clocksOf("2024-07-03");
    expect(slots.slice(slots.indexOf("12:31"))).toEqual(["12:31", "12:46", "13:20", ...hourly(14, 23)]);
  });

  test("without a session: hourly", () => {
    expect(clocksOf("2024-03-09")).toEqual(hourly(0, 23));
    expect(clocksOf("2024-07-04")).toEqual(hourly(0, 23));
  });

  test("when the clocks change: 23 and 25 hours, the repeated one twice", () => {
    expect(clocksOf("2024-03-10")).toEqual(["00:00", "01:00", ...hourly(3, 23)]);
    expect(clocksOf("2024-11-03")).toEqual(["00:00", "01:00", "01:00", ...hourly(2, 23)]);
    // The Mondays after: the session begins by the new clock.
    for (const monday of ["2024-03-11", "2024-11-04"]) expect(clocksOf(monday)).toEqual(clocksOf("2024-03-08"));
  });

  test("with other intervals: no slot on the open itself, nor between the close and 20 minutes later, nor twice", () => {
    const slots = clocksOf("2024-03-08", { intervalMinutes: 390, closedMinutes: 10 });
    expect(slots.slice(slots.indexOf("09:20"), slots.indexOf("16:40"))).toEqual(["09:20", "09:31", "16:20", "16:30"]);
    expect(clocksOf("2024-03-08", { intervalMinutes: 389, closedMinutes: 1_440 })).toEqual([
      "00:00",
      "09:31",
      "16:00",
      "16:20",
    ]);
  });
});

interface Position {
  now_new_york: string;
  in_session: boolean;
  is_trading_day: boolean;
  has_closed: boolean;
}

test.skipIf(!hasShared)(
  "P34: from every recorded clock position the next slot follows the target's rules",
  async () => {
    const positions = await readShared<Position[]>("golden/portfolio/schedule/market_status.json");
    const { next } = cycleSchedule(usual);
    for (const { now_new_york, in_session, has_closed } of positions) {
      const now = new Date(`${now_new_york.replace(" ", "T")}:00-05:00`);
      const slot = next(now)!;
      const waitMinutes = (slot.getTime() - now.getTime()) / minutes(1);
      // In session a tick or, after the last one, the close slot; closed: the next full hour.
      if (in_session && !has_closed) expect([now_new_york, waitMinutes <= 15]).toEqual([now_new_york, true]);
      else if (isCloseSlot(slot)) expect([now_new_york, waitMinutes <= 20]).toEqual([now_new_york, true]);
      else expect([now_new_york, waitMinutes <= 60]).toEqual([now_new_york, true]);
    }
    const after = (position: string) => clock.format(next(new Date(`${position.replace(" ", "T")}:00-05:00`))!);
    expect(after("2022-01-14 09:29")).toBe("09:31");
    expect(after("2022-01-14 16:00")).toBe("16:20");
    expect(after("2022-01-14 16:01")).toBe("16:20");
    expect(after("2022-01-14 23:59")).toBe("00:00");
  },
);

describe("P34: over random instants and intervals", () => {
  const instant = fc.date({ min: new Date("1990-01-01"), max: new Date("2100-12-31"), noInvalidDate: true });
  const intervals = fc.record({
    intervalMinutes: fc.integer({ min: 1, max: 390 }),
    closedMinutes: fc.integer({ min: 1, max: 1_440 }),
  });

  test("the next slot is later, nothing lies between, and it is of one of the three kinds", () => {
    fc.assert(
      fc.property(instant, intervals, (after, chosen) => {
        const { next } = cycleSchedule(chosen);
        const slot = next(after)!;
        expect(slot > after).toBe(true);
        // Asked from anywhere in between, and by a schedule that remembers another day, the answer is the same.
        const between = new Date((after.getTime() + slot.getTime() - 1) / 2);
        expect(cycleSchedule(chosen).next(between)).toEqual(slot);
        next(new Date(after.getTime() + days(3)));
        expect(next(after)).toEqual(slot);
        const date = newYorkDate(slot);
        const session = sessionOf(date);
        const sinceMidnight = slot.getTime() - newYorkInstant(date, 0).getTime();
        const sinceOpen = session && slot.getTime() - session.open.getTime();
        if (session && isCloseSlot(slot)) expect(slot.getTime() - session.close.getTime()).toBe(minutes(20));
        else if (session && slot >= session.open && slot <= session.close)
          expect((sinceOpen! - minutes(1)) % minutes(chosen.intervalMinutes)).toBe(0);
        else {
          expect(sinceMidnight % minutes(chosen.closedMinutes)).toBe(0);
          if (session) expect(slot < session.open || slot.getTime() > session.close.getTime() + minutes(20)).toBe(true);
        }
      }),
    );
  });

  test("a session has its ticks and exactly one slot after the close", () => {
    fc.assert(
      fc.property(instant, intervals, (day, chosen) => {
        let date = newYorkDate(day);
        while (!sessionOf(date)) date = addDays(date, 1);
        const { open, close } = sessionOf(date)!;
        const { between } = openSchedule(cycleSchedule(chosen));
        const { slots } = between(new Date(open.getTime() - 1), new Date(close.getTime() + minutes(20)));
        const lengthMinutes = (close.getTime() - open.getTime()) / minutes(1);
        expect(slots).toHaveLength(Math.floor((lengthMinutes - 1) / chosen.intervalMinutes) + 1 + 1);
        expect(slots.filter(isCloseSlot)).toEqual(slots.slice(-1));
      }),
    );
  });
});

test("the slot after the close is one to the millisecond, on session days only", () => {
  expect(isCloseSlot(new Date("2024-03-08T21:20:00.000Z"))).toBe(true);
  expect(isCloseSlot(new Date("2024-03-08T21:20:00.001Z"))).toBe(false);
  expect(isCloseSlot(new Date("2024-03-11T20:20:00.000Z"))).toBe(true);
  expect(isCloseSlot(new Date("2024-07-03T17:20:00.000Z"))).toBe(true);
  expect(isCloseSlot(new Date("2024-03-09T21:20:00.000Z"))).toBe(false);
});

test("after a downtime the slot after the close is made up for within its window, and no other", () => {
  const { between } = openSchedule(cycleSchedule(usual));
  const catchUp = { mode: "latest", windowMs: hours(12), only: isCloseSlot } as const;
  const madeUpFor = (down: string, up: string) => {
    const now = new Date(up);
    const fates = decideFates(between(new Date(down), now).slots, { now, catchUp });
    return fates.flatMap((fate) => ("run" in fate ? [[fate.run, fate.slotAt.toISOString()]] : []));
  };
  expect(madeUpFor("2024-03-08T21:10:00Z", "2024-03-08T23:30:00Z")).toEqual([["catchup", "2024-03-08T21:20:00.000Z"]]);
  expect(madeUpFor("2024-03-08T15:00:00Z", "2024-03-08T20:40:00Z")).toEqual([]);
  expect(madeUpFor("2024-03-08T15:00:00Z", "2024-03-09T09:30:00Z")).toEqual([]);
  expect(madeUpFor("2024-03-08T15:00:00Z", "2024-03-09T09:00:10Z")).toEqual([["cron", "2024-03-09T09:00:00.000Z"]]);
});

test("a downtime of three years ends with as many slots as one look at the clock records", () => {
  const through = new Date("2024-03-08T21:30:00Z");
  const { slots, truncated } = openSchedule(cycleSchedule(usual)).between(
    new Date(through.getTime() - days(1_095)),
    through,
  );
  expect(truncated).toBe(true);
  expect(slots).toHaveLength(MAX_SLOTS_AT_ONCE);
  expect(isCloseSlot(slots.at(-1)!)).toBe(true);
});

test("the schedule says what it does, and its longest wait is an hour", () => {
  const times = openSchedule(cycleSchedule(usual));
  expect(times.cron).toBe("every 15 min while New York trades, else every 60");
  expect(times.periodMs(new Date("2024-03-09T12:00:00Z"))).toBe(minutes(60));
});
