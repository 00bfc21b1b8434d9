import { describe, expect, test } from "bun:test";
import type { SignalType } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import type { Readings } from "../../../../src/systems/portfolio/analysis/readings.ts";
import { computeSignals } from "../../../../src/systems/portfolio/analysis/signals.ts";

/** Nothing happens: a mild uptrend. */
const CALM: Readings = {
  ...{ close: 100, closePrevious: 99, closeMean: 99, volume: 10, volumeMean: 10 },
  ...{ ema12: 99, ema26: 98, ema50: 97, ema200: 90, rsi: 55, rsiMean: 54 },
  ...{ macd: 1, histogram: 0.5, histogramPrevious: 0.4, adx: 30, obv: 1_000, obvMean: 900, atr: 2 },
  ...{ lowerBand: 90, lowerBandPrevious: 90, upperBand: 110, upperBandPrevious: 110, stochasticK: 50 },
};
const DOWNTREND = { ema50: 80 } as const;
const DIVERGING_DOWN = { rsi: 72, rsiMean: 74 } as const;
const DIVERGING_UP = { rsi: 28, rsiMean: 25, closeMean: 101 } as const;
const BREAKING_UP = { close: 111, closePrevious: 110 } as const;
const BREAKING_DOWN = { close: 89, closePrevious: 90, obv: 800 } as const;
const CROSSING_UP = { histogramPrevious: 0 } as const;
const CROSSING_DOWN = { histogram: -0.1, histogramPrevious: 0 } as const;
const SIDEWAYS = { adx: 20 } as const;

const judge = (changes: Partial<Readings>) => computeSignals("YPF", { ...CALM, ...changes }, "2024-03-08");

describe("P09: the rules, one by one and against each other", () => {
  const cases: [string, Partial<Readings>, SignalType[], -1 | 0 | 1, "LOW" | "HIGH"][] = [
    ["nothing happens", {}, ["SIN_SEÑALES"], 0, "LOW"],
    ["RSI above 70", { rsi: 70.01, rsiMean: 60 }, ["SOBRECOMPRA"], 0, "LOW"],
    ["RSI of 70 is not above", { rsi: 70, rsiMean: 74 }, ["SIN_SEÑALES"], 0, "LOW"],
    ["RSI falls while the price is high", { ...DIVERGING_DOWN, ...DOWNTREND }, ["DIVERGENCIA_BAJISTA"], -1, "HIGH"],
    ["both fall", { ...DIVERGING_DOWN, closeMean: 101 }, ["SOBRECOMPRA"], 0, "LOW"],
    ["RSI below 30", { rsi: 29.99, rsiMean: 40 }, ["SOBREVENTA"], 0, "LOW"],
    ["RSI of 30 is not below", { rsi: 30, rsiMean: 25 }, ["SIN_SEÑALES"], 0, "LOW"],
    ["RSI rises while the price is low", DIVERGING_UP, ["DIVERGENCIA_ALCISTA"], 1, "HIGH"],
    ["both rise", { ...DIVERGING_UP, closeMean: 99 }, ["SOBREVENTA"], 0, "LOW"],
    ["the close leaves the upper band", BREAKING_UP, ["RUPTURA_ALCISTA_CONFIRMADA"], 1, "HIGH"],
    ["it had left it before", { close: 111, closePrevious: 110.1 }, ["SIN_SEÑALES"], 0, "LOW"],
    ["without volume behind it", { ...BREAKING_UP, obv: 900 }, ["SIN_SEÑALES"], 0, "LOW"],
    [
      "the first band is that of this bar",
      { ...BREAKING_UP, upperBandPrevious: Number.NaN },
      ["SIN_SEÑALES"],
      0,
      "LOW",
    ],
    ["the close leaves the lower band", { ...BREAKING_DOWN, ...DOWNTREND }, ["RUPTURA_BAJISTA_CONFIRMADA"], -1, "HIGH"],
    ["the histogram turns positive", CROSSING_UP, ["MACD_CRUCE_ALCISTA"], 1, "LOW"],
    ["the histogram turns negative", { ...CROSSING_DOWN, ...DOWNTREND }, ["MACD_CRUCE_BAJISTA"], -1, "LOW"],
    ["its first value crosses nothing", { histogramPrevious: Number.NaN }, ["SIN_SEÑALES"], 0, "LOW"],
    ["no trend", SIDEWAYS, ["MERCADO_LATERAL"], 0, "LOW"],
    ["no trend mutes a cross", { ...SIDEWAYS, ...CROSSING_UP }, ["MACD_CRUCE_ALCISTA", "MERCADO_LATERAL"], 0, "LOW"],
    ["but no breakout", { ...SIDEWAYS, ...BREAKING_UP }, ["RUPTURA_ALCISTA_CONFIRMADA", "MERCADO_LATERAL"], 1, "HIGH"],
    [
      "buying in a downtrend",
      { ...CROSSING_UP, ...DOWNTREND },
      ["MACD_CRUCE_ALCISTA", "ALERTA_CONTRA_TENDENCIA"],
      1,
      "LOW",
    ],
    ["selling in an uptrend", CROSSING_DOWN, ["MACD_CRUCE_BAJISTA", "ALERTA_CONTRA_TENDENCIA"], -1, "LOW"],
    [
      "equal averages are a downtrend",
      { ...CROSSING_UP, ema50: 90 },
      ["MACD_CRUCE_ALCISTA", "ALERTA_CONTRA_TENDENCIA"],
      1,
      "LOW",
    ],
    [
      "no long average, no trend to go against",
      { ...CROSSING_DOWN, ema200: Number.NaN },
      ["MACD_CRUCE_BAJISTA"],
      -1,
      "LOW",
    ],
    [
      "the first rule that speaks decides",
      { ...DIVERGING_DOWN, ...BREAKING_UP, ...CROSSING_UP },
      ["DIVERGENCIA_BAJISTA", "RUPTURA_ALCISTA_CONFIRMADA", "MACD_CRUCE_ALCISTA", "ALERTA_CONTRA_TENDENCIA"],
      ...([-1, "HIGH"] as const),
    ],
    [
      "a breakout decides before a cross",
      { ...BREAKING_UP, ...CROSSING_DOWN },
      ["RUPTURA_ALCISTA_CONFIRMADA", "MACD_CRUCE_BAJISTA"],
      ...([1, "HIGH"] as const),
    ],
  ];
  test.each(cases)("%s", (_, changes, types, signal, priority) => {
    const signals = judge(changes);
    expect(signals.alerts.map(({ type }) => type)).toEqual(types);
    expect([signals.signal, signals.priority]).toEqual([signal, priority]);
    expect(signals.recommendation).toBe(signal === 1 ? "COMPRAR" : signal === -1 ? "VENDER" : "MANTENER");
  });
});

test.each([
  [40.01, "TENDENCIA_FUERTE"],
  [40, "TENDENCIA_MODERADA"],
  [25, "TENDENCIA_DÉBIL"],
  [20, "LATERAL"],
  [0, "LATERAL"],
  [Number.NaN, "INDEFINIDO"],
] as const)("an ADX of %p is %s", (adx, regime) => {
  const { filters } = judge({ adx });
  expect(filters.market_regime).toBe(regime);
  expect(filters).toEqual({
    ...{ long_term_trend: "ALCISTA", market_regime: regime },
    ...(Number.isNaN(adx) ? {} : { adx_value: adx }),
  });
});

test("keys come in the order of the files, and those without a number are absent", () => {
  const order = ["ticker", "timestamp", "price_current", "filters", "alerts", "signal", "priority"];
  expect(Object.keys(judge({}))).toEqual([...order, "rsi_value", "macd_histogram", "recommendation"]);
  expect(Object.keys(judge({ rsi: Number.NaN, histogram: Number.NaN }))).toEqual([...order, "recommendation"]);
  expect(judge({}).timestamp).toBe("2024-03-08 00:00:00");
});

test("a difference in the last digits is rounding, not an event", () => {
  const noise = 1e-14;
  expect(judge({ ...DIVERGING_DOWN, close: 99 + 99 * noise }).alerts[0]!.type).toBe("SOBRECOMPRA");
  expect(judge({ ...DIVERGING_DOWN, rsiMean: 72 * (1 + noise) }).alerts[0]!.type).toBe("SOBRECOMPRA");
  expect(judge({ ...BREAKING_UP, obvMean: 1_000 * (1 - noise) }).signal).toBe(0);
  expect(judge({ histogram: 100 * noise, histogramPrevious: -100 * noise }).signal).toBe(0);
});

describe("descriptions", () => {
  const described = (changes: Partial<Readings>) => judge(changes).alerts[0]!.description;

  test("name the figure with two decimals", () => {
    expect(described({ rsi: 72.414, rsiMean: 60 })).toContain("(72.41 > 70)");
    expect(described({ ...DIVERGING_DOWN, rsi: 72.006 })).toContain("(72.01 > 70)");
    expect(described({ rsi: 12.3456 })).toContain("(12.35 < 30)");
    expect(described({ ...DIVERGING_UP, rsi: 28.5 })).toContain("(28.50 < 30)");
    expect(described({ adx: 19.918 })).toContain("(19.92)");
  });

  test("an RSI of exactly 0 only says that nothing rose", () => {
    expect(described({ rsi: 0, rsiMean: 0 })).toContain("ninguna");
  });

  test("an alert against the trend says which side it warns of", () => {
    const warning = (changes: Partial<Readings>) => judge(changes).alerts.at(-1)!.description;
    expect(warning({ ...CROSSING_UP, ...DOWNTREND })).toContain("compra");
    expect(warning(CROSSING_DOWN)).toContain("venta");
  });
});
