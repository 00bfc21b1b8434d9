import { z } from "@hono/zod-openapi";

const value = z.number().nullable();
const inPercent = (description: string) => value.openapi({ description });
const channel = z.object({ lower: value, middle: value, upper: value });
/** 0 to 100. */
const index = value.openapi({ description: "0 to 100." });
const pattern = z
  .number()
  .int()
  .openapi({ description: "100: bullish, -100: bearish, ±80: just so, 0: not at this bar." });
const trendLine = z.object({
  slope: z.number().openapi({ description: "Price a bar." }),
  price: z.number().openapi({ description: "Price of the line at the newest bar." }),
});

/** Those that signals and radars are made of. */
export const indicatorsSchema = z.object({
  ema_12: value,
  ema_26: value,
  ema_50: value,
  ema_200: value,
  rsi_14: index,
  macd: z.object({ line: value, signal: value, histogram: value }),
  adx_14: index,
  obv: value,
  atr_14: value,
  bollinger_20: channel,
});

/** Those that are shown and decide nothing. */
export const extraSchema = z.object({
  sma_20: value,
  bollinger_shape_20: z.object({
    bandwidth: inPercent("Distance of the bands in percent of the middle."),
    percent_b: value.openapi({ description: "Where the close lies: 0 at the lower band, 1 at the upper one." }),
  }),
  donchian_20: channel,
  keltner_20: channel,
  stochastic_14: z.object({ k: index, d: index }),
  roc_10: inPercent("Change over ten bars, in percent."),
  cci_20: value,
  adxr_14: index,
  directional_movement_14: z
    .object({ plus: value, minus: value })
    .openapi({ description: "Wilder's totals, in units of the price." }),
  aroon_25: z.object({ up: index, down: index, oscillator: value.openapi({ description: "-100 to 100." }) }),
  cmf_20: value.openapi({ description: "-1 to 1." }),
  vwap_daily: value.openapi({ description: "Anchored per day: on whole bars (high + low + close) / 3." }),
  candle_patterns: z.object({ doji: pattern, engulfing: pattern, hammer: pattern, morning_star: pattern }),
  fibonacci_50: z
    .record(z.string(), z.number())
    .nullable()
    .openapi({
      description: "Prices between the lowest low and the highest high of fifty bars, by percent.",
      example: { "0": 160, "23.6": 165.9, "38.2": 169.6, "50": 172.5, "61.8": 175.5, "78.6": 179.7, "100": 185 },
    }),
  trend_lines_20: z.object({ support: trendLine, resistance: trendLine }).nullable(),
});
