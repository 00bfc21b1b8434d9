import { z } from "@hono/zod-openapi";
import { MARKETS } from "../../../db/schema/market.ts";
import { isIsoDate } from "../../../kit/dates.ts";
import { isSymbol } from "../../../market/symbol.ts";
import { canonicalSymbol } from "../people/person-fields.ts";

export const dateParameter = z
  .string()
  .refine(isIsoDate, "is not a date that exists, as YYYY-MM-DD")
  .openapi({ format: "date", example: "2024-03-08" });

export const symbolParameter = z
  .string()
  .transform(canonicalSymbol)
  .refine(isSymbol, "is not a symbol like AAPL, BRK-B, BTC-USD or ^GSPC")
  .openapi({ example: "BTC-USD" });

export const marketParameter = z.enum(MARKETS).openapi({ example: "sp500" });

/** A query with `from` and `to` beside `others`; both days count. */
export const dateRangeQuery = <Others extends z.ZodRawShape>(others: Others) =>
  z
    .object({ ...others, from: dateParameter.optional(), to: dateParameter.optional() })
    .refine(isInOrder, { path: ["from"], message: "is later than to" });

function isInOrder(query: object): boolean {
  const { from, to } = query as { from?: string; to?: string };
  return from === undefined || to === undefined || from <= to;
}

/** The filters that were sent. */
export function definedOnly<Filters extends object>(filters: Filters) {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Filters]?: Exclude<Filters[Name], undefined>;
  };
}
