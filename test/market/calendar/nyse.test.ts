import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { addDays, dateInZone, weekdayOf } from "../../../src/kit/dates.ts";
import { lastTradingDate, sessionOf } from "../../../src/market/calendar/nyse.ts";
import { hasShared, readShared, sharedPath } from "../../support/shared.ts";

function datesOf(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) dates.push(date);
  return dates;
}

const sessionsBetween = (from: string, to: string) => datesOf(from, to).filter((date) => sessionOf(date));
const weekdaysWithoutSession = (year: number) =>
  datesOf(`${year}-01-01`, `${year}-12-31`).filter(
    (date) => weekdayOf(date) % 6 !== 0 && sessionOf(date) === undefined,
  );
const earlyCloses = (year: number) =>
  datesOf(`${year}-01-01`, `${year}-12-31`).filter((date) => sessionOf(date)?.early);

describe("the exchange's published lists", () => {
  const published = [
    {
      year: 2022, // New Year's Day on a Saturday is lost; first Juneteenth, on a Sunday; Christmas on a Sunday
      closed: "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26",
      early: "11-25",
    },
    {
      year: 2024,
      closed: "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25",
      early: "07-03 11-29 12-24",
    },
    {
      year: 2025,
      closed: "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
      early: "07-03 11-28 12-24",
    },
    {
      year: 2026, // Independence Day on a Saturday
      closed: "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
      early: "11-27 12-24",
    },
    {
      year: 2027, // Juneteenth and Christmas on a Saturday, Independence Day on a Sunday
      closed: "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
      early: "11-26",
    },
    {
      year: 2028, // New Year's Day on a Saturday: 2027-12-31 trades
      closed: "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25",
      early: "07-03 11-24",
    },
  ];
  for (const { year, closed, early } of published)
    test(`${year}`, () => {
      const full = (text: string) => text.split(" ").map((day) => `${year}-${day}`);
      expect(weekdaysWithoutSession(year)).toEqual(full(closed));
      expect(earlyCloses(year)).toEqual(full(early));
    });

  test("sessions a year, one-off closures counted", () => {
    const counts = {
      1994: 252,
      1996: 254,
      2001: 248,
      2004: 252,
      2007: 251,
      2012: 250,
      2018: 251,
      2020: 253,
      2023: 250,
    };
    for (const [year, count] of Object.entries(counts))
      expect([year, sessionsBetween(`${year}-01-01`, `${year}-12-31`).length]).toEqual([year, count]);
  });
});

test("holidays that are younger than the exchange start in their year", () => {
  expect(sessionOf("1997-01-20")).toBeDefined();
  expect(sessionOf("1998-01-19")).toBeUndefined();
  expect(sessionOf("2021-06-18")).toBeDefined();
  expect(sessionOf("2022-06-20")).toBeUndefined();
});

test("short days: the Wednesday of July 3 since 2013, the Friday after before; two o'clock until 1992", () => {
  expect(earlyCloses(2002)).toEqual(["2002-07-05", "2002-11-29", "2002-12-24"]);
  expect(earlyCloses(2013)).toEqual(["2013-07-03", "2013-11-29", "2013-12-24"]);
  expect(earlyCloses(1990)).toEqual(["1990-12-24"]);
  expect(sessionOf("1992-12-24")?.close.toISOString()).toBe("1992-12-24T19:00:00.000Z");
  expect(sessionOf("1993-12-24")).toBeUndefined();
  expect(sessionOf("1996-12-24")?.close.toISOString()).toBe("1996-12-24T18:00:00.000Z");
});

test("every year has its 8 holidays (9 since 1998, 10 since 2022, one fewer when the New Year is a Saturday) and one-offs", () => {
  const oneOffs: Record<number, number> = { 1994: 1, 2001: 4, 2004: 1, 2007: 1, 2012: 2, 2018: 1, 2025: 1 };
  for (let year = 1990; year <= 2100; year++) {
    const lost = weekdayOf(`${year}-01-01`) === 6 ? 1 : 0;
    const ruled = year >= 2022 ? 10 : year >= 1998 ? 9 : 8;
    expect([year, weekdaysWithoutSession(year).length]).toEqual([year, ruled - lost + (oneOffs[year] ?? 0)]);
    expect(earlyCloses(year).length).toBeLessThanOrEqual(4);
  }
});

test("open and close stay on New York's clocks when the clocks change", () => {
  const hours = (date: string) => {
    const { open, close } = sessionOf(date)!;
    return [open.toISOString().slice(11, 16), close.toISOString().slice(11, 16)];
  };
  expect(hours("2024-03-08")).toEqual(["14:30", "21:00"]);
  expect(hours("2024-03-11")).toEqual(["13:30", "20:00"]);
  expect(hours("2024-11-01")).toEqual(["13:30", "20:00"]);
  expect(hours("2024-11-04")).toEqual(["14:30", "21:00"]);
  expect(hours("2024-11-29")).toEqual(["14:30", "18:00"]);
  // The law before 2007: first Sunday of April, last of October.
  expect(hours("2006-03-31")).toEqual(["14:30", "21:00"]);
  expect(hours("2006-04-03")).toEqual(["13:30", "20:00"]);
  expect(hours("2006-10-27")).toEqual(["13:30", "20:00"]);
  expect(hours("2006-10-30")).toEqual(["14:30", "21:00"]);
});

test("Intl shows 09:30 and the close at every session of 1990 to 2100", () => {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: "America/New_York",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const wrong: string[] = [];
  for (let date = "1990-01-01"; date < "2101-01-01"; date = addDays(date, date < "2040" ? 1 : 5)) {
    const session = sessionOf(date);
    if (!session) continue;
    const shown = `${clock.format(session.open)}-${clock.format(session.close)}`;
    const close = session.early ? (date < "1993" ? "14:00" : "13:00") : "16:00";
    if (shown !== `09:30-${close}` || dateInZone(session.open, "America/New_York") !== date) wrong.push(date);
  }
  expect(wrong).toEqual([]);
});

describe("the last trading date", () => {
  interface Position {
    now_new_york: string;
    with_calendar: string;
  }
  test.skipIf(!hasShared)("P06: equals the recorded one at every clock position", async () => {
    const positions = await readShared<Position[]>("golden/portfolio/schedule/last_trading_date.json");
    expect(positions.length).toBeGreaterThan(0);
    for (const { now_new_york, with_calendar } of positions) {
      // All positions lie in winter time.
      const now = new Date(`${now_new_york.replace(" ", "T")}:00-05:00`);
      expect([now_new_york, lastTradingDate(now)]).toEqual([now_new_york, with_calendar]);
    }
  });

  test("P06: is today's from midnight in New York on, and Monday's before the attacks for the whole week", () => {
    expect(lastTradingDate(new Date("2024-03-08T04:59:59Z"))).toBe("2024-03-07");
    expect(lastTradingDate(new Date("2024-03-08T05:00:00Z"))).toBe("2024-03-08");
    expect(lastTradingDate(new Date("2024-07-08T03:59:59Z"))).toBe("2024-07-05");
    expect(lastTradingDate(new Date("2024-07-08T04:00:00Z"))).toBe("2024-07-08");
    expect(lastTradingDate(new Date("2001-09-16T23:00:00Z"))).toBe("2001-09-10");
  });

  test("is a session within the past week, today's date in New York at the latest", () => {
    const instant = fc.date({
      min: new Date("1990-01-08T12:00:00Z"),
      max: new Date("2100-12-31T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, (now) => {
        const date = lastTradingDate(now);
        const today = dateInZone(now, "America/New_York");
        expect(sessionOf(date)).toBeDefined();
        expect(date <= today && date >= addDays(today, -7)).toBe(true);
        expect(sessionsBetween(addDays(date, 1), today)).toEqual([]);
      }),
    );
  });
});

describe.skipIf(!hasShared)("real prices", () => {
  const datesOfFile = (path: string) =>
    readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.slice(0, 10));
  const folder = hasShared ? sharedPath("data/prices/sp500") : "";

  test("P06: the days of SPY are exactly the sessions between its first and its last", () => {
    const traded = datesOfFile(sharedPath("data/prices/benchmark/SPY.csv"));
    expect(sessionsBetween(traded[0]!, traded.at(-1)!)).toEqual(traded);
  });

  test("P06: every stock traded at each session since its first day", () => {
    const all = sessionsBetween("2016-01-04", "2024-03-08");
    for (const file of readdirSync(folder)) {
      const traded = datesOfFile(join(folder, file));
      expect([file, traded]).toEqual([file, all.slice(all.indexOf(traded[0]!))]);
    }
  });
});
