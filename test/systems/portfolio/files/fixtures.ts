import { addDays } from "../../../../src/kit/dates.ts";
import { seededRandom } from "../../../../src/kit/random.ts";
import type { AssetAnalysis, AssetEntry } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import type { MarketContext } from "../../../../src/systems/portfolio/context/market-context.ts";
import type {
  MarketReport,
  ReportAsset,
  ReportCandidate,
  UserReport,
} from "../../../../src/systems/portfolio/files/user-report.ts";
import type { Holding } from "../../../../src/systems/portfolio/people/user-portfolio.ts";
import type { MarketRegime } from "../../../../src/systems/portfolio/radar/radar-scan.ts";

export const ANALYSED_AT = new Date("2022-01-07T21:30:00.000Z");
export const TRADING_DATE = "2022-01-07";

export function analysis(symbol: string, changes: Partial<AssetAnalysis> & { price?: number } = {}): AssetAnalysis {
  const { price = 342.32, ...others } = changes;
  return {
    signals: {
      ticker: symbol,
      timestamp: `${TRADING_DATE} 00:00:00`,
      price_current: price,
      filters: { long_term_trend: "ALCISTA", market_regime: "LATERAL", adx_value: 19.921657918157575 },
      alerts: [{ type: "MERCADO_LATERAL", description: "Sin tendencia definida (ADX 19.92).", priority: "LOW" }],
      signal: 0,
      priority: "LOW",
      rsi_value: 47.336393712291546,
      macd_histogram: 1.0829999733146356,
      recommendation: "MANTENER",
    },
    chart_file: null,
    latest_metrics: {
      price,
      volume: 84164700,
      ema_12: price * 1.01,
      ema_26: price * 1.02,
      ema_50: price * 0.99,
      ema_200: price * 0.9,
      rsi: 47.336393712291546,
      macd: 5.027662519606054,
      macd_histogram: 1.0829999733146356,
      adx: 19.921657918157575,
      obv: 624297600,
      atr: price / 20,
      bollinger_lower: price * 0.9,
      bollinger_upper: price * 1.1,
    },
    detector_metrics: { atr_percent: 5, volume_sma_20: 8e7, close_prev: price * 0.98, stoch_k: 40.5 },
    data_as_of: TRADING_DATE,
    bars: 253,
    partial_bar: false,
    period_used: "1y",
    stale: false,
    ...others,
  };
}

export const asset = (
  symbol: string,
  entry: AssetEntry = analysis(symbol),
  more: Partial<ReportAsset> = {},
): ReportAsset => ({
  symbol,
  entry,
  currency: "USD",
  ...more,
});

export const holding = (
  symbol: string,
  quantity: number | null,
  acquisitionPrice: number | null,
  portfolioName = "Ahorro",
): Holding => ({
  portfolioId: portfolioName,
  portfolioName,
  symbol,
  quantity,
  acquisitionPrice,
});

/** Closes of `count` consecutive days up to the trading date: a seeded walk. */
export function walk(seed: number, count = 253, start = 100): NonNullable<ReportAsset["closes"]> {
  const random = seededRandom(seed);
  const values = new Float64Array(count);
  let price = start;
  for (let index = 0; index < count; index++) {
    price *= 1 + (random() - 0.49) * 0.05;
    values[index] = price;
  }
  return { dates: Array.from(values, (_, index) => addDays(TRADING_DATE, index - count + 1)), values };
}

export const regime = (changes: Partial<MarketRegime> = {}): MarketRegime => ({
  regime: "ALCISTA",
  signal: "COMPRAR",
  confidence: 85,
  benchmark: "^GSPC",
  price: 4677.03,
  ema_50: 4660.1,
  EMA_100: 4421.77,
  macd_hist: -3.2,
  adx: 24.1,
  rsi: 51.2,
  reasons: ["El precio está sobre la EMA 200 (4.677,03 > 4.421,77)."],
  timestamp: ANALYSED_AT.toISOString(),
  ...changes,
});

const reading = (value: number | null, fallback = false) => ({
  value,
  source: "fuente",
  timestamp: value === null ? null : "2022-01-06T23:00:00.000Z",
  fallback,
});

export const CONTEXT: MarketContext = {
  fear_greed: {
    stocks: { ...reading(33), classification: "Fear" },
    crypto: { ...reading(19, true), classification: "Extreme Fear" },
    overall: "fear",
  },
  macro: {
    fed_funds: reading(0.08),
    inflation_yoy: reading(7.04),
    unemployment: reading(null),
    yield_curve_10y2y: reading(0.87),
    regime: "unknown",
    risk_level: "medium",
  },
  bias: {
    recommended_strategy: "growth",
    sector_preference: ["Technology", "Industrials"],
    risk_adjustment: 0,
    reasoning: ["La economía está en expansión."],
  },
};

export const candidate = (
  symbol: string,
  market: ReportCandidate["market"] = "sp500",
  more: Partial<ReportCandidate> = {},
): ReportCandidate => ({
  symbol,
  market,
  radar: "Mercado Lateral",
  score: 58.125,
  rank: 1,
  regime: "LATERAL",
  // A weekly bar carries its Monday.
  entry: analysis(symbol, { period_used: "2y", bars: 105, data_as_of: "2022-01-03" }),
  currency: "USD",
  ...more,
});

export const marketReport = (changes: Partial<MarketReport> = {}): MarketReport => ({
  analysedAt: ANALYSED_AT,
  tradingDate: TRADING_DATE,
  dataSource: "csv",
  candidates: [candidate("ESS"), candidate("ETN", "sp500", { rank: 2, score: 55.5 }), candidate("QNT-USD", "crypto30")],
  regimes: {
    sp500: regime(),
    crypto30: regime({ regime: "LATERAL", benchmark: "BTC-USD", confidence: 40, price: 41557.9 }),
  },
  radarsUsed: { sp500: "Radar 5 (Mercado Lateral)", crypto30: "NONE" },
  radarProfile: "v1",
  context: CONTEXT,
  scanned: { sp500: { scanned: 248, candidates: 2, skipped: 3 }, crypto30: { scanned: 30, candidates: 1, skipped: 0 } },
  ...changes,
});

export const userReport = (changes: Partial<UserReport> = {}): UserReport => ({
  user: { userId: "u-1", displayName: "Quien mira", timezone: "America/New_York" },
  analysedAt: ANALYSED_AT,
  tradingDate: TRADING_DATE,
  dataSource: "csv",
  assets: [],
  holdings: [],
  market: marketReport(),
  ...changes,
});
