import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  displayUnitMs,
  renderAge,
  renderCountdown,
  renderExactSpan,
  renderSpan,
  untilNextDisplayMs,
} from "../../src/tui/countdown.ts";
import { renderMove, renderPrice } from "../../src/tui/price-text.ts";
import { renderCount, renderProgressBar } from "../../src/tui/progress-bar.ts";
import { renderPriceLine, renderSparkline } from "../../src/tui/sparkline.ts";
import { shortenId } from "../../src/tui/user-columns.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOON = Date.parse("2024-03-08T12:00:00Z");

describe("renderSparkline", () => {
  test.each([
    [[0, 100], 2, "▁█"],
    [[0, 25, 50, 75, 100], 5, "▁▃▅▇█"],
    [[50, 50, 50], 3, "▅▅▅"],
    [[50, 51], 2, "▄▅"],
    [[1, 2, 3, 90], 2, "▁█"],
    [[10, null, 90], 3, "▁ █"],
    [[10, 90], 4, "  ▁█"],
    [[], 3, "   "],
    [[null, Number.NaN], 2, "  "],
    [[1], 0, ""],
  ])("draws %j in %d columns as %j", (values, width, expected) => {
    expect(renderSparkline(values, width)).toBe(expected);
  });
});

describe("renderPriceLine", () => {
  test.each([
    [[100, 200], 2, "▁█"],
    [[1e-9, 2e-9, 3e-9], 3, "▁▅█"],
    // A dollar's coin: less than one in a hundred hardly moves.
    [[0.9999, 1.0001, 1], 3, "▄▅▅"],
    [[7, 7], 3, " ▅▅"],
    [[0, 0], 2, "▅▅"],
    [[1, 2, 3, 4], 2, "▁█"],
    [[], 2, "  "],
    [[Number.NaN, 5, Number.POSITIVE_INFINITY], 3, " ▅ "],
    [[-1, 1e308], 2, "▁█"],
  ])("draws %j in %d columns as %j", (closes, width, expected) => {
    expect(renderPriceLine(closes, width)).toBe(expected);
  });

  test("is exactly as wide as asked, whatever the closes", () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.nat(80), (closes, width) => {
        expect(Bun.stringWidth(renderPriceLine(closes, width))).toBe(width);
      }),
    );
  });
});

describe("figures of money", () => {
  test.each([
    [null, "-"],
    [0, "0.00"],
    [1, "1.00"],
    [133_437.084, "133437.08"],
    [0.61234, "0.6123"],
    [0.00001234, "0.00001234"],
    [1e-9, "1.000e-9"],
  ])("a price of %p is %s", (price, expected) => {
    expect(renderPrice(price)).toBe(expected);
  });

  test.each([
    [100, 103.14, "+3.1%"],
    [100, 100, "+0.0%"],
    [200, 100, "-50.0%"],
    [0, 5, "-"],
    [undefined, undefined, "-"],
  ])("from %p to %p is %s", (from, to, expected) => {
    expect(renderMove(from, to)).toBe(expected);
  });
});

test.each([
  ["5a3b1e00-0001-4000-8000-000000000001", "5a3b1e00…0001"],
  ["thirteen-long", "thirteen-long"],
  ["u1", "u1"],
])("the id %s is shown as %s", (id, expected) => {
  expect(shortenId(id)).toBe(expected);
});

describe("renderProgressBar", () => {
  test.each([
    [0, 10, "░░░░░"],
    [5, 10, "██░░░"],
    [9, 10, "████░"],
    [10, 10, "█████"],
    [99, 10, "█████"],
    [-3, 10, "░░░░░"],
    [0, 0, "█████"],
    [7, null, "░░░░░"],
  ])("%d of %p", (done, total, expected) => {
    expect(renderProgressBar(done, total, 5)).toBe(expected);
  });

  test("is full only at the end, and the count says the same", () => {
    expect(renderProgressBar(999, 1000, 10)).toBe("█████████░");
    expect(renderCount(999, 1000)).toBe("999/1000 99%");
    expect(renderCount(7, null)).toBe("7 done");
  });
});

describe("spans", () => {
  test.each([
    [0, "0s", "0s", "<1m"],
    [59_999, "59s", "59s", "<1m"],
    [MINUTE, "1m", "1m00s", "1m"],
    [HOUR - 1, "59m", "59m59s", "59m"],
    [3 * HOUR + 5 * MINUTE, "3h05m", "3h05m", "3h05m"],
    [52 * HOUR, "2d04h", "2d04h", "2d04h"],
    [-5, "0s", "0s", "<1m"],
  ])("%d ms is %s, exactly %s, as an age %s", (ms, span, exact, age) => {
    expect([renderSpan(ms), renderExactSpan(ms), renderAge(ms)]).toEqual([span, exact, age]);
  });

  test("a countdown ends in due", () => {
    expect(renderCountdown(NOON + 1, NOON)).toBe("in 0s");
    expect(renderCountdown(NOON, NOON)).toBe("due");
  });
});

describe("the unit of the time shown", () => {
  test.each([
    ["idle", { running: false, nextRunMs: null }, MINUTE],
    ["a run in an hour", { running: false, nextRunMs: NOON + HOUR }, MINUTE],
    ["a run in 59 s", { running: false, nextRunMs: NOON + 59 * SECOND }, SECOND],
    ["a run due since 5 s", { running: false, nextRunMs: NOON - 5 * SECOND }, SECOND],
    ["a run due since an hour", { running: false, nextRunMs: NOON - HOUR }, MINUTE],
    ["a run going on", { running: true, nextRunMs: null }, SECOND],
  ])("%s", (_name, watched, unit) => {
    expect(displayUnitMs(NOON, watched)).toBe(unit);
  });

  test("the next change is the next unit, or the moment the countdown gets finer", () => {
    expect(untilNextDisplayMs(NOON + 10 * SECOND, { running: false, nextRunMs: null })).toBe(50 * SECOND);
    expect(untilNextDisplayMs(NOON + 300, { running: true, nextRunMs: null })).toBe(700);
    expect(untilNextDisplayMs(NOON, { running: false, nextRunMs: NOON + MINUTE + 5 * SECOND })).toBe(5 * SECOND);
  });
});
