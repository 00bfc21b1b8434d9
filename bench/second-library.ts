import { BollingerBands, MACD, RSI, SMA } from "technicalindicators";

/** The indicators that a score reads, from the library that others use for them: whole series, as it offers them. */
export function computeWithSecondLibrary(values: number[]): number {
  const rsi = RSI.calculate({ period: 14, values });
  const macd = MACD.calculate({
    values,
    fastPeriod: 12,
    slowPeriod: 26,
    signalPeriod: 9,
    SimpleMAOscillator: false,
    SimpleMASignal: false,
  });
  const averages = [20, 50, 200].map((period) => SMA.calculate({ period, values }).at(-1) ?? 0);
  const bands = BollingerBands.calculate({ period: 20, stdDev: 2, values });
  return (rsi.at(-1) ?? 0) + (macd.at(-1)?.MACD ?? 0) + averages.reduce((sum, value) => sum + value, 0) + bands.length;
}
