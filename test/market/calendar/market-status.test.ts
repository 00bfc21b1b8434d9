import { expect, test } from "bun:test";
import { marketStatus } from "../../../src/market/calendar/market-status.ts";
import { hasShared, readShared } from "../../support/shared.ts";

interface Position {
  now_new_york: string;
  is_trading_day: boolean;
  in_session: boolean;
  has_closed: boolean;
  market_open: string | null;
  market_close: string | null;
}

test.skipIf(!hasShared)("P34: the calendar fields equal the recorded ones at every clock position", async () => {
  const positions = await readShared<Position[]>("golden/portfolio/schedule/market_status.json");
  expect(positions.length).toBeGreaterThan(0);
  for (const { now_new_york, is_trading_day, in_session, has_closed, market_open, market_close } of positions) {
    const { reason, ...status } = marketStatus(new Date(`${now_new_york.replace(" ", "T")}:00-05:00`));
    expect([now_new_york, status]).toEqual([
      now_new_york,
      { is_trading_day, in_session, has_closed, market_open, market_close },
    ]);
    expect(reason).not.toBe("");
  }
});

test("P34: the session takes in both of its ends, to the millisecond", () => {
  const inSession = (now: string) => marketStatus(new Date(now)).in_session;
  expect(inSession("2024-03-08T14:29:59.999Z")).toBe(false);
  expect(inSession("2024-03-08T14:30:00.000Z")).toBe(true);
  expect(inSession("2024-03-08T21:00:00.000Z")).toBe(true);
  expect(inSession("2024-03-08T21:00:00.001Z")).toBe(false);
});

test("P34: a short day closes at one, in words and figures; in summer with summer's offset", () => {
  expect(marketStatus(new Date("2024-07-03T17:30:00Z"))).toEqual({
    is_trading_day: true,
    in_session: false,
    has_closed: true,
    market_open: "2024-07-03T09:30:00-04:00",
    market_close: "2024-07-03T13:00:00-04:00",
    reason: "La bolsa de Nueva York cerró hoy a las 13:00 de allí.",
  });
  expect(marketStatus(new Date("2024-07-03T12:00:00Z")).reason).toBe(
    "La bolsa de Nueva York abre hoy a las 09:30 de allí.",
  );
  expect(marketStatus(new Date("2024-07-03T16:00:00Z")).reason).toBe(
    "La bolsa de Nueva York está abierta hasta las 13:00 de allí.",
  );
});

test("P34: a holiday has no session although the weekday would", () => {
  expect(marketStatus(new Date("2024-07-04T15:00:00Z"))).toEqual({
    is_trading_day: false,
    in_session: false,
    has_closed: false,
    market_open: null,
    market_close: null,
    reason: "Hoy la bolsa de Nueva York no opera.",
  });
});
