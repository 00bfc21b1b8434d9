import { z } from "@hono/zod-openapi";
import { PEOPLE_SOURCES } from "../../../db/schema/portfolio.ts";
import { isTimezone } from "../../../kit/dates.ts";
import { canonicalUserId, isEmail, isName, isUuid, MAX_NAME_LENGTH } from "../people/person-fields.ts";
import { MAX_ASSETS } from "../people/portfolio-writes.ts";
import { LARGEST_FIGURE } from "../people/position-line.ts";
import { symbolParameter } from "./parameters.ts";

/** Tickers of a configuration; more than any screen lists. */
const MAX_TICKERS = 500;

const instant = z.string().openapi({ example: "2026-03-02T09:00:00.000Z" });
const uuid = z
  .string()
  .refine(isUuid, "is not a uuid")
  .transform(canonicalUserId)
  .openapi({ format: "uuid", example: "5a3b1e00-0001-4000-8000-000000000001" });
const name = z
  .string()
  .refine(isName, `is not a name: 1 to ${MAX_NAME_LENGTH} characters on one line`)
  .transform((text) => text.trim());
/** Id of a user in a path: a uuid, or whatever id the source gave. */
const userId = z.string().min(1).max(64).transform(canonicalUserId);
export const userPath = z.object({ id: userId.openapi({ param: { name: "id", in: "path" } }) });
export const ownUserPath = z.object({
  id: userId.openapi({
    param: { name: "id", in: "path" },
    description: "The user's id, or `me` for the user of the token.",
    example: "me",
  }),
});
export const portfolioPath = userPath.extend({
  portfolio: name.openapi({
    param: { name: "portfolio", in: "path" },
    description: "Its name.",
    example: "Largo plazo",
  }),
});

const configBody = z.strictObject({
  portfolio_tickers: z.array(symbolParameter).max(MAX_TICKERS).optional(),
  scan_sp500: z.boolean().optional(),
  scan_crypto: z.boolean().optional(),
  max_candidates: z.number().int().min(0).max(100).optional(),
});

const personShape = {
  email: z.string().refine(isEmail, "is not an e-mail address").nullable().optional(),
  first_name: name.nullable().optional(),
  last_name: name.nullable().optional(),
  timezone: z
    .string()
    .max(64)
    .refine(isTimezone, "is not an IANA zone like America/Lima")
    .nullable()
    .optional()
    .openapi({ description: "Zone of the reports; null takes the house's." }),
  active: z.boolean().optional(),
  config: configBody.nullable().optional(),
};

export const newUserBody = z.strictObject({ user_id: uuid.optional(), ...personShape }).openapi("NewUser");
export const userChangesBody = z.strictObject(personShape).openapi("UserChanges");

export const portfolioBody = z
  .strictObject({
    description: z.string().max(500).nullable().optional(),
    assets: z
      .array(
        z.strictObject({
          asset_symbol: symbolParameter,
          quantity: z.number().positive().max(LARGEST_FIGURE).nullable().default(null),
          acquisition_price: z.number().min(0).max(LARGEST_FIGURE).nullable().default(null),
        }),
      )
      .max(MAX_ASSETS),
  })
  .openapi("PortfolioAssets");

export const importQuery = z.object({
  user_id: userId.optional().openapi({ description: "Whose positions these are; else the file's column says so." }),
  portfolio: name.optional().openapi({ description: "Portfolio of lines that name none. Default: Principal." }),
  name: z.string().max(200).default("file.csv").openapi({ description: "Named in problems." }),
});

export const listQuery = z.object({
  active: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  source: z.enum(PEOPLE_SOURCES).optional(),
});

export const positionSchema = z.object({ created_at: z.string(), user_id: z.string() });

export const userSummarySchema = z
  .object({
    user_id: z.string(),
    display_name: z.string(),
    email: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    timezone: z.string().nullable(),
    active: z.boolean(),
    source: z.enum(PEOPLE_SOURCES).openapi({ description: "`supabase`: copied in, read only. `sample`: invented." }),
    portfolio_count: z.number().int(),
    asset_count: z.number().int(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi("PortfolioUser");

export const userDetailSchema = userSummarySchema
  .extend({
    portfolios: z.array(
      z.object({
        portfolio_id: z.string(),
        portfolio_name: z.string(),
        description: z.string().nullable(),
        assets: z.array(
          z.object({
            asset_symbol: z.string(),
            quantity: z.number().nullable(),
            acquisition_price: z.number().nullable(),
          }),
        ),
      }),
    ),
    symbols: z.array(z.string()).openapi({ description: "What a cycle analyses, in its order." }),
    config: z
      .object({
        portfolio_tickers: z.array(z.string()),
        scan_sp500: z.boolean(),
        scan_crypto: z.boolean(),
        max_candidates: z.number().int(),
      })
      .nullable(),
  })
  .openapi("PortfolioUserDetail");

export const importReportSchema = z
  .object({
    file: z.string(),
    rows: z.number().int(),
    stored: z.number().int(),
    users: z.number().int(),
    created: z.number().int(),
    problems: z.array(z.string()),
  })
  .openapi("PositionsImportReport");
