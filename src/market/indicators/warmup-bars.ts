/** Index of the first bar at which an indicator has a value: how many bars it needs beforehand. */
export const warmupBars = {
  sma: (period: number) => period - 1,
  ema: (period: number) => period - 1,
  rsi: (period = 14) => period,
  /** Line, signal and histogram alike. */
  macd: ({ slow, signal } = { slow: 26, signal: 9 }) => slow + signal - 2,
  adx: (period = 14) => 2 * period - 1,
  obv: () => 0,
  atr: (period = 14) => period,
  bollinger: (period = 20) => period - 1,
  /** Both lines, of the fixed 14, 3, 3. */
  stochastic: () => 17,
} as const;
