import { ADX, ATR, BollingerBands, EMA, MACD, OBV, RSI } from "technicalindicators";
import { type Bars, lastBars, sliceBars } from "../../src/market/bars.ts";
import {
  computeAdx,
  computeAtr,
  computeBollinger,
  computeEma,
  computeMacd,
  computeObv,
  computeRsi,
} from "../../src/market/indicators/index.ts";
import { analyzeAsset } from "../../src/systems/portfolio/analysis/analyze-asset.ts";
import { atMost, type Budget, type Figure, type Row } from "../figure.ts";
import { compareMs } from "../timing.ts";
import { loadSeries, openWorld } from "../world.ts";

const BARS = 253;
const MICROSECONDS = 1_000;
const EMA_PERIODS = [12, 26, 50, 200];

/** Ten times faster: the time is at most a tenth. */
const AT_MOST_A_TENTH: Budget = { of: "ratio", is: "at most", limit: 0.1 };

/** Whole series of every indicator that a portfolio's signals read, and the analysis of the asset. */
export const indicatorsRow: Row = {
  name: "indicators",
  about: "indicators and signals of one portfolio asset",
  async measure() {
    using world = openWorld();
    const [series] = await loadSeries(world);
    const bars = lastBars(series!, BARS);
    const columns = toColumns(bars);
    const expectedDate = bars.date[bars.length - 1]!;
    const input = { symbol: world.tickers[0]!, bars, expectedDate, period: "1y", interval: "1d" } as const;
    const ours = () => computeAll(bars);
    const theirs = () => computeWithLibrary(columns);
    const often = { rounds: 25, calls: 100, warmUp: 10 };
    const indicators = await compareMs(ours, theirs, often);
    const analysis = await compareMs(() => analyzeAsset(input), theirs, often);
    const anew = await compareMs(ours, () => computeAnew(bars), { rounds: 9, calls: 20, warmUp: 2 });
    const library = "technicalindicators, the same indicators";
    return [
      {
        ...figureOf(`indicators of one asset, ${BARS} bars, whole series`, indicators, library),
        budget: AT_MOST_A_TENTH,
      },
      figureOf("the same", anew, "every value from the start at every bar"),
      {
        ...figureOf("indicators, signals and metrics of one asset", analysis, library),
        budget: atMost(150),
        note: "Analysis reads the bands of the last two bars only; the library has no signals.",
      },
    ];
  },
};

function figureOf(
  what: string,
  { oursMs, bestMs, theirsMs }: { oursMs: number; bestMs: number; theirsMs: number },
  beside: string,
): Figure {
  return {
    what,
    value: oursMs * MICROSECONDS,
    best: bestMs * MICROSECONDS,
    unit: "µs",
    beside: { what: beside, value: theirsMs * MICROSECONDS },
  };
}

function computeAll({ high, low, close, volume }: Bars): unknown[] {
  return [
    ...EMA_PERIODS.map((period) => computeEma(close, period)),
    computeRsi(close),
    computeMacd(close),
    computeAdx(high, low, close),
    computeObv(close, volume),
    computeAtr(high, low, close),
    computeBollinger(close),
  ];
}

/** What a loop does that asks for the indicators of the bars so far at every bar. */
function computeAnew(bars: Bars): unknown[] {
  return Array.from({ length: bars.length }, (_, index) => computeAll(sliceBars(bars, 0, index + 1)));
}

interface Columns {
  high: number[];
  low: number[];
  close: number[];
  volume: number[];
}

/** The library reads plain arrays; turning bars into them is not measured. */
const toColumns = ({ high, low, close, volume }: Bars): Columns => ({
  high: [...high],
  low: [...low],
  close: [...close],
  volume: [...volume],
});

function computeWithLibrary({ high, low, close, volume }: Columns): unknown[] {
  return [
    ...EMA_PERIODS.map((period) => EMA.calculate({ period, values: close })),
    RSI.calculate({ period: 14, values: close }),
    MACD.calculate({
      values: close,
      fastPeriod: 12,
      slowPeriod: 26,
      signalPeriod: 9,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
    }),
    ADX.calculate({ high, low, close, period: 14 }),
    OBV.calculate({ close, volume }),
    ATR.calculate({ high, low, close, period: 14 }),
    BollingerBands.calculate({ period: 20, stdDev: 2, values: close }),
  ];
}
