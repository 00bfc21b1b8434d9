import type { z } from "@hono/zod-openapi";
import type { Bars } from "../../../market/bars.ts";
import { computeExtraIndicators } from "../../../market/indicators/extra/index.ts";
import {
  computeAdx,
  computeAtr,
  computeBollinger,
  computeEma,
  computeMacd,
  computeObv,
  computeRsi,
} from "../../../market/indicators/index.ts";
import type { extraSchema, indicatorsSchema } from "./indicator-schemas.ts";

/** The indicators of signals and radars (portfolio.md 4.1) at the last bar; null where they are not known there. */
export function renderIndicators({ high, low, close, volume }: Bars): z.output<typeof indicatorsSchema> {
  return {
    ema_12: last(computeEma(close, 12)),
    ema_26: last(computeEma(close, 26)),
    ema_50: last(computeEma(close, 50)),
    ema_200: last(computeEma(close, 200)),
    rsi_14: last(computeRsi(close)),
    macd: lastOfEach(computeMacd(close)),
    adx_14: last(computeAdx(high, low, close)),
    obv: last(computeObv(close, volume)),
    atr_14: last(computeAtr(high, low, close)),
    bollinger_20: lastOfEach(computeBollinger(close)),
  };
}

/** The indicators that nothing decides by (portfolio.md 4.2) at the last bar. */
export function renderExtraIndicators(bars: Bars): z.output<typeof extraSchema> {
  const extra = computeExtraIndicators(bars);
  const { plus, minus, adxr } = extra.directionalMovement14;
  const { doji, engulfing, hammer, morningStar } = extra.candlePatterns;
  const { bandwidth, percent } = extra.bollingerShape20;
  const lines = extra.trendLines20;
  const lineAtLast = ({ slope, intercept }: NonNullable<typeof lines>["support"]) => ({
    slope,
    price: intercept + slope * (bars.length - 1),
  });
  return {
    sma_20: last(extra.sma20),
    bollinger_shape_20: { bandwidth: last(bandwidth), percent_b: last(percent) },
    donchian_20: lastOfEach(extra.donchian20),
    keltner_20: lastOfEach(extra.keltner20),
    stochastic_14: lastOfEach(extra.stochastic14),
    roc_10: last(extra.roc10),
    cci_20: last(extra.cci20),
    adxr_14: last(adxr),
    directional_movement_14: lastOfEach({ plus, minus }),
    aroon_25: lastOfEach(extra.aroon25),
    cmf_20: last(extra.cmf20),
    vwap_daily: last(extra.dailyVwap),
    candle_patterns: {
      doji: doji.at(-1) ?? 0,
      engulfing: engulfing.at(-1) ?? 0,
      hammer: hammer.at(-1) ?? 0,
      morning_star: morningStar.at(-1) ?? 0,
    },
    fibonacci_50: extra.fibonacci50,
    trend_lines_20: lines && { support: lineAtLast(lines.support), resistance: lineAtLast(lines.resistance) },
  };
}

/** JSON has no NaN: what is not known is null. */
const last = (values: Float64Array): number | null => {
  const value = values.at(-1);
  return value !== undefined && Number.isFinite(value) ? value : null;
};

function lastOfEach<Name extends string>(series: Record<Name, Float64Array>): Record<Name, number | null> {
  const entries = Object.entries<Float64Array>(series).map(([name, values]) => [name, last(values)]);
  return Object.fromEntries(entries) as Record<Name, number | null>;
}
