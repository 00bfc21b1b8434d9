import { z } from "@hono/zod-openapi";
import { ANALYSIS_PERIODS, SIGNAL_PRIORITIES } from "../../../db/schema/portfolio.ts";
import type { LongTermTrend, SignalType, TrendStrength, Verdict } from "../analysis/asset-analysis.ts";

const VERDICTS = ["COMPRAR", "MANTENER", "VENDER"] as const satisfies readonly Verdict[];
const TRENDS = ["ALCISTA", "BAJISTA", "INDEFINIDO"] as const satisfies readonly LongTermTrend[];
const STRENGTHS = [
  "TENDENCIA_FUERTE",
  "TENDENCIA_MODERADA",
  "TENDENCIA_DÉBIL",
  "LATERAL",
  "INDEFINIDO",
] as const satisfies readonly TrendStrength[];
const SIGNAL_TYPES = [
  "DIVERGENCIA_BAJISTA",
  "SOBRECOMPRA",
  "DIVERGENCIA_ALCISTA",
  "SOBREVENTA",
  "RUPTURA_ALCISTA_CONFIRMADA",
  "RUPTURA_BAJISTA_CONFIRMADA",
  "MACD_CRUCE_ALCISTA",
  "MACD_CRUCE_BAJISTA",
  "MERCADO_LATERAL",
  "ALERTA_CONTRA_TENDENCIA",
  "SIN_SEÑALES",
] as const satisfies readonly SignalType[];

export const verdictSchema = z.enum(VERDICTS);
export const signalTypeSchema = z.enum(SIGNAL_TYPES);
export const prioritySchema = z.enum(SIGNAL_PRIORITIES);
/** Of an asset as a whole: only single signals are MEDIUM. */
export const assetPrioritySchema = z.enum(["LOW", "HIGH"]);

const signalsSchema = z.object({
  ticker: z.string(),
  timestamp: z
    .string()
    .openapi({ description: "Expected last trading date, without a zone.", example: "2024-03-08 00:00:00" }),
  price_current: z.number().openapi({ description: "Close of the analysed bar, in the quote currency." }),
  filters: z.object({
    long_term_trend: z.enum(TRENDS),
    market_regime: z.enum(STRENGTHS),
    adx_value: z.number().optional(),
  }),
  alerts: z
    .array(
      z.object({
        type: signalTypeSchema,
        description: z.string().openapi({ description: "A sentence in Spanish for end users." }),
        priority: prioritySchema,
      }),
    )
    .openapi({ description: "At least one." }),
  signal: z.union([z.literal(1), z.literal(0), z.literal(-1)]),
  priority: assetPrioritySchema,
  rsi_value: z.number().optional(),
  macd_histogram: z.number().optional(),
  recommendation: verdictSchema,
});

const latestMetricsSchema = z
  .object({
    price: z.number(),
    volume: z.number(),
    ema_12: z.number().optional(),
    ema_26: z.number().optional(),
    ema_50: z.number().optional(),
    ema_200: z.number().optional(),
    rsi: z.number().optional(),
    macd: z.number().optional(),
    macd_histogram: z.number().optional(),
    adx: z.number().optional(),
    obv: z.number().optional(),
    atr: z.number().optional(),
    bollinger_lower: z.number().optional(),
    bollinger_upper: z.number().optional(),
  })
  .openapi({ description: "Indicators at the analysed bar; a key is absent while its indicator warms up." });

const detectorMetricsSchema = z.object({
  atr_percent: z.number().optional(),
  volume_sma_20: z.number().optional(),
  close_prev: z.number().optional(),
  stoch_k: z.number().optional(),
});

/** One asset as the cycle analysed it: keys and their order are those of the users' files. */
export const assetSchema = z
  .object({
    signals: signalsSchema,
    chart_file: z
      .string()
      .nullable()
      .openapi({ description: "Address of its chart; null without `VIGIA_PUBLIC_URL`." }),
    latest_metrics: latestMetricsSchema,
    detector_metrics: detectorMetricsSchema,
    data_as_of: z.string().openapi({ description: "Date of the analysed bar; a weekly bar carries its Monday." }),
    bars: z.number().int(),
    partial_bar: z.boolean().openapi({ description: "The analysed bar was still forming." }),
    period_used: z.enum(ANALYSIS_PERIODS).openapi({ description: "Shorter than asked when the listing is younger." }),
    stale: z.boolean().openapi({ description: "The bar is more than two days older than the expected one." }),
  })
  .openapi("PortfolioAsset");
