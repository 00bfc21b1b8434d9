import { z } from "@hono/zod-openapi";
import { DATA_SOURCES } from "../../../db/schema/market.ts";
import { FILE_NAMES } from "../../../db/schema/portfolio.ts";
import { assetSchema } from "./asset-schema.ts";
import { regimeSchema } from "./radar-schemas.ts";

export const fileSchema = z
  .object({
    name: z.enum(FILE_NAMES),
    sha256: z.string().openapi({ description: "Of the file's bytes, and with quotes its `ETag`." }),
    bytes: z.number().int(),
    revision: z.number().int().openapi({ description: "The same for all files of the user: they change together." }),
    analysed_at: z.string(),
  })
  .openapi("PortfolioFile");

const amount = z.number().nullable();

export const positionSchema = z
  .object({
    symbol: z.string(),
    portfolios: z.array(z.string()).openapi({ description: "Names of the portfolios that hold it." }),
    quantity: amount,
    acquisition_price: amount.openapi({ description: "Mean price paid; null while one of the lots has none." }),
    price: amount.openapi({ description: "Close of the analysed bar." }),
    currency: z.string().nullable(),
    value: amount,
    cost: amount,
    gain: amount,
    gain_percent: amount,
    weight_percent: amount.openapi({ description: "Share of all positions in the same currency." }),
    lots_without_quantity: z.number().int().openapi({ description: "The figures leave them out." }),
  })
  .openapi("PortfolioPosition");

export const positionTotalSchema = z
  .object({
    currency: z.string().nullable(),
    positions: z.number().int(),
    value: z.number(),
    cost: amount.openapi({ description: "Over the positions whose cost is known, like the gain." }),
    gain: amount,
    gain_percent: amount,
    positions_without_cost: z.number().int(),
  })
  .openapi("PortfolioPositionTotal");

const envelope = {
  metadata: z.object({ system: z.string(), author: z.string(), timestamp: z.string() }),
  schema_version: z.string(),
  data_source: z.enum(DATA_SOURCES).openapi({ description: "`sample`: generated, not real prices." }),
};
const open = (description: string) => z.record(z.string(), z.unknown()).openapi({ description });
const failedSchema = z.object({ error: z.string().openapi({ description: "A sentence in Spanish for end users." }) });
const currency = z.string().nullable();

/** `portfolio_analisis.json` (portfolio.md 11, 17.5). */
export const portfolioFileSchema = z
  .object({
    portfolio: z.object({
      analysis_timestamp: z.string(),
      portfolio_composition: z.array(z.string()),
      assets: z.record(z.string(), z.union([assetSchema.extend({ currency }), failedSchema])),
      summary: open("Counts of signals, alerts, opportunities and advice in Spanish."),
      positions: z.array(positionSchema),
      position_totals: z.array(positionTotalSchema).openapi({ description: "One a currency." }),
      checks: open("Concentration, currency, drawdown and correlation, each with its state and sentences in Spanish."),
      changes: open("What is different from the analysis before."),
      data_quality: open("How far the figures can be trusted."),
    }),
    ...envelope,
  })
  .openapi("PortfolioAnalysisFile");

const candidateKeys = {
  radar: z.string(),
  score: z.number(),
  rank: z.number().int(),
  market: z.string(),
  regime: z.string(),
};

/** `mercado_analisis.json` (portfolio.md 11, 17.5). */
export const marketFileSchema = z
  .object({
    market: z.object({
      analysis_timestamp: z.string(),
      market_indicators: z.array(z.string()).openapi({ description: "Symbols of the candidates, in order." }),
      assets: z.record(
        z.string(),
        z.union([assetSchema.extend({ currency, ...candidateKeys }), failedSchema.extend(candidateKeys)]),
      ),
      regimes: z.record(z.string(), regimeSchema),
      context: open("Fear and greed, macro figures and bias, each with source, time and whether it is a fallback."),
      radars: open("For each market: radars used, members scanned, candidates, members skipped."),
      radar_profile: z.string(),
      data_quality: open("How far the figures can be trusted."),
    }),
    ...envelope,
  })
  .openapi("MarketAnalysisFile");
