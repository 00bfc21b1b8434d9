import { ADX, EMA, MACD, RSI, SMA } from "technicalindicators";
import { type Bars, lastBars } from "../../src/market/bars.ts";
import { computeAdx, computeEma, computeMacd, computeRsi, computeSma } from "../../src/market/indicators/index.ts";
import { computeTacticalMetrics } from "../../src/systems/portfolio/radar/tactical-metrics.ts";
import { atMost, type Row } from "../figure.ts";
import { compareMs } from "../timing.ts";
import { loadSeries, openWorld } from "../world.ts";

const BARS = 128;
const BUDGET_MS = 0.06;
const MICROSECONDS = 1_000;
const REPETITIONS = { rounds: 25, calls: 500, warmUp: 5 };

/** What the market radar computes of each of its 530 symbols. */
export const radarRow: Row = {
  name: "radar",
  about: "radar metrics of one symbol",
  async measure() {
    using world = openWorld();
    const [series] = await loadSeries(world);
    const bars = lastBars(series!, BARS);
    const lists = toLists(bars);
    const ours = () => computeTacticalMetrics("X", bars);
    const library = await compareMs(ours, () => computeWithLibrary(lists), REPETITIONS);
    const series128 = await compareMs(ours, () => computeWithSeries(bars), REPETITIONS);
    const what = `radar metrics of one symbol, ${bars.length} bars`;
    return [
      {
        what,
        value: library.oursMs * MICROSECONDS,
        best: library.bestMs * MICROSECONDS,
        unit: "µs",
        budget: atMost(BUDGET_MS * MICROSECONDS),
        beside: { what: "technicalindicators, indicators only", value: library.theirsMs * MICROSECONDS },
      },
      {
        what: `${what}, again`,
        value: series128.oursMs * MICROSECONDS,
        best: series128.bestMs * MICROSECONDS,
        unit: "µs",
        beside: { what: "our indicators as whole series", value: series128.theirsMs * MICROSECONDS },
      },
    ];
  },
};

interface Lists {
  high: number[];
  low: number[];
  close: number[];
  volume: number[];
}

/** The library takes plain arrays; making them is not held against it. */
const toLists = ({ high, low, close, volume }: Bars): Lists => ({
  high: Array.from(high),
  low: Array.from(low),
  close: Array.from(close),
  volume: Array.from(volume),
});

/** The same set, as whole series, as the library offers them. */
function computeWithLibrary({ high, low, close, volume }: Lists): number {
  const averages = [20, 50, 100].map((period) => EMA.calculate({ period, values: close }).at(-1) ?? 0);
  const periods = { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9, SimpleMAOscillator: false, SimpleMASignal: false };
  const histogram = MACD.calculate({ values: close, ...periods }).at(-1)?.histogram ?? 0;
  const rsi = RSI.calculate({ period: 14, values: close }).at(-1) ?? 0;
  const adx = ADX.calculate({ period: 14, high, low, close }).at(-1)?.adx ?? 0;
  const meanVolume = SMA.calculate({ period: 20, values: volume }).at(-1) ?? 0;
  return averages.reduce((sum, value) => sum + value, histogram + rsi + adx + meanVolume);
}

/** The same set from the functions that the asset analysis uses. */
function computeWithSeries({ high, low, close, volume }: Bars): number {
  const averages = [20, 50, 100].map((period) => computeEma(close, period).at(-1)!);
  const ends = [computeMacd(close).histogram, computeRsi(close), computeAdx(high, low, close), computeSma(volume, 20)];
  return [...averages, ...ends.map((values) => values.at(-1)!)].reduce((sum, value) => sum + value, 0);
}
