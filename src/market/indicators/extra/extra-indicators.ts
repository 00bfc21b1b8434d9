import type { Bars } from "../../bars.ts";
import { computeSma } from "../sma.ts";
import { computeStochastic } from "../stochastic.ts";
import { computeAroon } from "./aroon.ts";
import { computeBollingerShape } from "./bollinger-shape.ts";
import { computeCandlePatterns } from "./candle-patterns.ts";
import { computeCci } from "./cci.ts";
import { computeCmf } from "./cmf.ts";
import { computeDirectionalMovement } from "./directional-movement.ts";
import { computeDonchian } from "./donchian.ts";
import { computeFibonacciLevels } from "./fibonacci.ts";
import { computeKeltner } from "./keltner.ts";
import { computeRoc } from "./roc.ts";
import { computeTrendLines } from "./trend-lines.ts";
import { computeTypicalPrice } from "./typical-price.ts";

export type ExtraIndicators = ReturnType<typeof computeExtraIndicators>;

/**
 * Indicators that are shown and decide nothing, computed when somebody asks. Series are as long as the bars, NaN while
 * warming up and unrounded; levels and lines are those of the last bar, null where there are too few bars.
 */
export function computeExtraIndicators(bars: Bars) {
  const { high, low, close } = bars;
  return {
    sma20: computeSma(close, 20),
    donchian20: computeDonchian(bars, 20),
    keltner20: computeKeltner(bars, 20, 2),
    bollingerShape20: computeBollingerShape(close, 20, 2),
    stochastic14: computeStochastic(high, low, close),
    roc10: computeRoc(close, 10),
    cci20: computeCci(bars, 20),
    directionalMovement14: computeDirectionalMovement(bars, 14),
    aroon25: computeAroon(bars, 25),
    cmf20: computeCmf(bars, 20),
    dailyVwap: computeTypicalPrice(bars),
    candlePatterns: computeCandlePatterns(bars),
    fibonacci50: computeFibonacciLevels(bars, 50),
    trendLines20: computeTrendLines(bars, 20),
  };
}
