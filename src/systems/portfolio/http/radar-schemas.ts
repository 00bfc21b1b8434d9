import { z } from "@hono/zod-openapi";
import { DATA_SOURCES, MARKETS } from "../../../db/schema/market.ts";
import type { RadarProfile, Regime } from "../radar/radar-scan.ts";

export const RADAR_PROFILES = ["v1", "v2"] as const satisfies readonly RadarProfile[];
const REGIMES = ["ALCISTA", "BAJISTA", "LATERAL", "TRANSICION", "UNKNOWN"] as const satisfies readonly Regime[];

export const regimeSchema = z
  .object({
    regime: z.enum(REGIMES).openapi({ description: "`UNKNOWN`: too little history, and `error` says so." }),
    signal: z.enum(["COMPRAR", "VENDER", "MANTENER"]),
    confidence: z.number().openapi({ description: "0 to 100: agreeing facts, not a probability." }),
    benchmark: z.string(),
    price: z.number().optional(),
    ema_50: z.number().optional(),
    EMA_100: z.number().optional().openapi({ description: "The average of 200 sessions, under its old name." }),
    ema_200: z.number().optional().openapi({ description: "The same under its right name; profile v2 only." }),
    macd_hist: z.number().optional(),
    adx: z.number().optional(),
    rsi: z.number().optional(),
    reasons: z.array(z.string()).openapi({ description: "Sentences in Spanish for end users." }),
    timestamp: z.string(),
    error: z.string().optional(),
  })
  .openapi("MarketRegime");

const metricsSchema = z.object({
  ticker: z.string(),
  precio: z.number().openapi({ description: "Close." }),
  precio_prev: z.number(),
  ema_20: z.number(),
  ema_20_prev: z.number(),
  ema_50: z.number(),
  EMA_100: z.number().openapi({ description: "The long average; its window depends on how many bars there are." }),
  rsi: z.number(),
  macd_hist: z.number(),
  macd_hist_prev: z.number(),
  adx: z.number(),
  volume: z.number(),
  volume_sma_20: z.number(),
  ema_crosses: z
    .number()
    .optional()
    .openapi({ description: "Radar 5 only: how often the price crossed its short average." }),
});

const candidateSchema = z
  .object({
    rank: z.number().int().openapi({ description: "1 is the best." }),
    symbol: z.string(),
    radar: z.string().openapi({ description: "Which of the five radars found it." }),
    score: z.number(),
    metrics: metricsSchema.openapi({
      description: "Figures of the last bar, and of the one before (`_prev`), behind the score.",
    }),
  })
  .openapi("RadarCandidate");

export const scanSchema = z
  .object({
    market: z.enum(MARKETS),
    as_of: z.string().openapi({ description: "Date of the benchmark's last complete bar." }),
    profile: z.enum(RADAR_PROFILES),
    data_source: z.enum(DATA_SOURCES).openapi({ description: "`sample`: generated, not real prices." }),
    regime: regimeSchema,
    radars_used: z.string().openapi({ description: "Names of the radars of this regime, or `NONE`." }),
    scanned: z.number().int(),
    skipped: z.array(z.string()).openapi({ description: "Members without enough bars." }),
    universe: z.object({
      source: z.string().openapi({ description: "Where the list of members comes from." }),
      as_of: z.string().nullable().openapi({ description: "The day of which that list speaks." }),
    }),
    scanned_at: z.string(),
    candidates: z.array(candidateSchema),
  })
  .openapi("RadarScan");
