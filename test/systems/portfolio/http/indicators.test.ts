import { afterAll, describe, expect, test } from "bun:test";
import type { Bar } from "../../../../src/market/bars.ts";
import { hasShared, sharedPath } from "../../../support/shared.ts";
import { openPricesApi, sessions } from "./stored-prices.ts";

interface Answer {
  symbol: string;
  as_of: string;
  bars: number;
  data_source: string;
  close: number;
  indicators: Record<string, number | null | Record<string, number | null>>;
  extra: Record<string, unknown>;
}

const nan = sessions(260).map((bar, index) => (index === 200 ? { ...bar, high: Number.NaN } : bar));
const flat = sessions(260).map((bar) => ({ ...bar, open: 5, high: 5, low: 5, close: 5, volume: 0 }));
const api = await openPricesApi({
  AAPL: sessions(900),
  "^GSPC": sessions(30),
  NEW: sessions(1),
  FLAT: flat,
  GAPS: nan,
});
afterAll(() => api[Symbol.asyncDispose]());

const read = async (path: string) => (await (await api.get(`/api/indicators/${path}`)).json()) as Answer;

describe("GET /api/indicators/{symbol}", () => {
  test("says of which symbol, day and bars it speaks", async () => {
    const answer = await read("aapl");
    expect(answer).toMatchObject({
      symbol: "AAPL",
      as_of: "2024-03-08",
      bars: 262,
      data_source: "csv",
      currency: "USD",
    });
    expect(answer.close).toBe(sessions(900).at(-1)!.close);
    expect(await read("AAPL?period=2y&interval=1wk")).toMatchObject({
      as_of: "2024-03-04",
      interval: "1wk",
      bars: 105,
    });
  });

  test("knows every indicator after a year, and none that is still warming up", async () => {
    const year = await read("AAPL");
    expect(JSON.stringify(year)).not.toContain("null");
    const month = await read("%5EGSPC");
    expect(month.indicators).toMatchObject({ ema_12: expect.any(Number), ema_50: null, ema_200: null });
    expect(month.indicators.macd).toEqual({ line: null, signal: null, histogram: null });
    expect(month.extra).toMatchObject({
      fibonacci_50: null,
      trend_lines_20: { support: { slope: expect.any(Number) } },
    });
    const day = await read("NEW");
    expect(day.indicators).toMatchObject({ rsi_14: null, adx_14: null, obv: 1_000 });
    expect(day.extra).toMatchObject({ sma_20: null, trend_lines_20: null, candle_patterns: { doji: 0 } });
  });

  test("flat prices and missing cells give numbers or null, never anything else", async () => {
    for (const symbol of ["FLAT", "GAPS"]) {
      const text = JSON.stringify(await read(symbol));
      expect(text).not.toMatch(/NaN|Infinity/);
      expect(text).toContain('"bars":2');
    }
    expect((await read("FLAT")).extra.bollinger_shape_20).toEqual({ bandwidth: 0, percent_b: null });
  });

  test("the trend lines are given where they are at the newest bar", async () => {
    const { extra } = await read("AAPL");
    const lines = extra.trend_lines_20 as Record<"support" | "resistance", { slope: number; price: number }>;
    const tail = sessions(900).slice(-20);
    const fitted = (pick: (bar: Bar) => number): number => {
      const mean = tail.reduce((sum, bar) => sum + pick(bar), 0) / 20;
      const slope = tail.reduce((sum, bar, index) => sum + (index - 9.5) * (pick(bar) - mean), 0) / 665;
      return mean + slope * 9.5;
    };
    expect(lines.support.price).toBeCloseTo(
      fitted(({ low }) => low),
      9,
    );
    expect(lines.resistance.price).toBeCloseTo(
      fitted(({ high }) => high),
      9,
    );
  });

  test("asks again in vain while nothing has changed; nothing stored is 404, nonsense 422", async () => {
    const { headers } = await api.get("/api/indicators/AAPL");
    const again = await api.get("/api/indicators/AAPL", { "If-None-Match": headers.get("etag")! });
    expect(again.status).toBe(304);
    const statusOf = async (path: string) => (await api.get(`/api/indicators/${path}`)).status;
    expect(await statusOf("NOPE")).toBe(404);
    for (const path of ["a%20b", "%3C", "AAPL?period=1mo", "AAPL?interval=5m", "A".repeat(99)])
      expect([path, await statusOf(path)]).toEqual([path, 422]);
  });
});

describe.skipIf(!hasShared)("on real prices", () => {
  /** Our name, and the column of the recorded frame. */
  const COLUMNS: Record<string, string> = {
    "indicators.ema_12": "EMA_12",
    "indicators.ema_26": "EMA_26",
    "indicators.ema_50": "EMA_50",
    "indicators.ema_200": "EMA_200",
    "indicators.rsi_14": "RSI_14",
    "indicators.macd.line": "MACD_12_26_9",
    "indicators.macd.signal": "MACDs_12_26_9",
    "indicators.macd.histogram": "MACDh_12_26_9",
    "indicators.adx_14": "ADX_14",
    "indicators.obv": "OBV",
    "indicators.atr_14": "ATR_14",
    "indicators.bollinger_20.lower": "BBL_20_2.0",
    "indicators.bollinger_20.middle": "BBM_20_2.0",
    "indicators.bollinger_20.upper": "BBU_20_2.0",
    "extra.sma_20": "SMA_20",
    "extra.bollinger_shape_20.bandwidth": "BBB_20_2.0",
    "extra.bollinger_shape_20.percent_b": "BBP_20_2.0",
    "extra.donchian_20.lower": "DCL_20_20",
    "extra.donchian_20.middle": "DCM_20_20",
    "extra.donchian_20.upper": "DCU_20_20",
    "extra.keltner_20.lower": "KCLe_20_2.0",
    "extra.keltner_20.middle": "KCBe_20_2.0",
    "extra.keltner_20.upper": "KCUe_20_2.0",
    "extra.stochastic_14.k": "STOCHk_14_3_3",
    "extra.stochastic_14.d": "STOCHd_14_3_3",
    "extra.roc_10": "ROC_10",
    "extra.cci_20": "CCI_20_0.015",
    "extra.adxr_14": "ADXR_14_2",
    "extra.directional_movement_14.plus": "DMP_14",
    "extra.directional_movement_14.minus": "DMN_14",
    "extra.aroon_25.up": "AROONU_25",
    "extra.aroon_25.down": "AROOND_25",
    "extra.aroon_25.oscillator": "AROONOSC_25",
    "extra.cmf_20": "CMF_20",
    "extra.vwap_daily": "VWAP_D",
    "extra.candle_patterns.doji": "CDL_DOJI_10_0.1",
    "extra.candle_patterns.engulfing": "CDL_ENGULFING",
    "extra.candle_patterns.hammer": "CDL_HAMMER",
    "extra.candle_patterns.morning_star": "CDL_MORNINGSTAR",
    "extra.fibonacci_50.0": "fib_0",
    "extra.fibonacci_50.23|6": "fib_236",
    "extra.fibonacci_50.61|8": "fib_618",
    "extra.fibonacci_50.100": "fib_100",
    "extra.trend_lines_20.support.price": "trendline_support",
    "extra.trend_lines_20.resistance.price": "trendline_resistance",
  };

  const recordedRows = async (file: string): Promise<Record<string, string>[]> => {
    const [header, ...lines] = (await Bun.file(sharedPath(file)).text()).trim().split("\n");
    const names = header!.split(",");
    return lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index]!, cell])));
  };

  const storedUpTo = async (date: string): Promise<Bar[]> =>
    (await recordedRows("data/prices/sp500/AAPL.csv"))
      .filter((row) => row.date! <= date)
      .map((row) => {
        const [open, high, low, close, volume] = ["open", "high", "low", "close", "volume"].map((name) =>
          Number(row[name]),
        );
        return {
          date: row.date!,
          open: open!,
          high: high!,
          low: low!,
          close: close!,
          adjClose: close!,
          volume: volume!,
        };
      });

  test.each([
    ["AAPL_2022-01-21_1y_1d", "period=1y"],
    ["AAPL_2022-01-21_2y_1wk", "period=2y&interval=1wk"],
  ])("P08: on demand come the values recorded in %s", async (name, query) => {
    const rows = await recordedRows(`golden/portfolio/series/${name}.csv`);
    const expected = rows.at(-1)!;
    await using real = await openPricesApi({ AAPL: await storedUpTo("2022-01-21") });
    const answer = (await (await real.get(`/api/indicators/AAPL?${query}`)).json()) as Answer;
    expect([answer.as_of, answer.bars]).toEqual([expected.date!, rows.length]);
    for (const [path, column] of Object.entries(COLUMNS)) {
      const found = path
        .split(".")
        .reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key.replace("|", ".")], answer);
      const recorded = expected[column];
      if (recorded === undefined) continue;
      if (recorded === "") expect([path, found]).toEqual([path, null]);
      else
        expect([
          path,
          Math.abs((found as number) - Number(recorded)) <= 1e-8 * Math.max(1, Math.abs(Number(recorded))),
        ]).toEqual([path, true]);
    }
  });
});
