import { z } from "@hono/zod-openapi";
import { MARKETS } from "../../../db/schema/portfolio.ts";
import { isIsoDate } from "../../../kit/dates.ts";
import { isSymbol } from "../../../market/symbol.ts";

export const dateParameter = z
  .string()
  .refine(isIsoDate, "is not a date that exists, as YYYY-MM-DD")
  .openapi({ example: "2024-03-08" });

export const symbolParameter = z
  .string()
  .max(24)
  .transform((text) => text.toUpperCase())
  .refine(isSymbol, "is not a symbol like AAPL, BRK-B, BTC-USD or ^GSPC")
  .openapi({ example: "BTC-USD" });

export const marketParameter = z.enum(MARKETS).openapi({ example: "sp500" });

/** A user's id, or `me` for the user of the token. */
export const userParameter = z
  .string()
  .min(1)
  .max(64)
  .openapi({ example: "me", description: "The user's id, or `me` for the user of the token." });

/** Two dates that make sense together. */
export const dateRangeQuery = { from: dateParameter.optional(), to: dateParameter.optional() };
