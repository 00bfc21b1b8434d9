import { z } from "zod";

/** What a project says of people and what they hold, as far as it is needed. */
export interface SourceUser {
  userId: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  timezone: string | null;
  active: boolean;
  /** Null where the source does not say. */
  createdAt: string | null;
}

export interface SourcePortfolio {
  portfolioId: string;
  userId: string;
  name: string;
}

export interface SourceAsset {
  assetId: string;
  portfolioId: string;
  symbol: string;
  quantity: number | null;
  acquisitionPrice: number | null;
}

export interface SourceConfig {
  userId: string;
  tickers: string[] | null;
  scanSp500: boolean;
  scanCrypto: boolean;
  maxCandidates: number;
}

/** A table as it is read: its columns, and what one of its rows has to be. */
export interface SourceTable<Row, Name extends string = string> {
  name: Name;
  /** Unique, and the order of the pages. */
  id: string;
  required: readonly string[];
  /** Left out where the table does not have them. */
  optional: readonly string[];
  row: z.ZodType<Row>;
}

const LONGEST_ID = 128;
const LONGEST_NAME = 200;
/** RFC 5321: 256 characters with the angle brackets. */
const LONGEST_EMAIL = 254;
const LONGEST_SYMBOL = 64;
const MOST_TICKERS = 5_000;
/** As in files of positions: beyond, the product of two of them would be no number of money. */
const LARGEST_FIGURE = 1e15;

const line = (longest: number) =>
  z
    .string("is no text")
    .max(longest, `is longer than ${longest} characters`)
    .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), "holds control characters");
const optionalLine = (longest: number) =>
  line(longest)
    .nullish()
    .transform((text) => text?.trim() || null);
const id = line(LONGEST_ID).min(1, "is empty");
/** Folders in Storage and policies know users by uuid alone. Postgres writes them in lower case, other types may not. */
const userId = z
  .string("is no text")
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "is no uuid")
  .toLowerCase();
const symbol = line(LONGEST_SYMBOL).refine((text) => text.trim() !== "", "is blank");
const figure = z
  .number("is no number")
  .min(-LARGEST_FIGURE, "is too small")
  .max(LARGEST_FIGURE, "is too large")
  .nullish()
  .transform((number) => number ?? null);
const yes = z
  .boolean("is neither true nor false")
  .nullish()
  .transform((said) => said ?? true);
const moment = z
  .string("is no text")
  .transform((text, context) => {
    // A column without a zone is taken for UTC.
    const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(text) || !text.includes("T") ? text : `${text}Z`;
    const at = new Date(zoned);
    const year = at.getUTCFullYear();
    if (year >= 1900 && year <= 9999) return at.toISOString();
    context.addIssue({ code: "custom", message: "is no time" });
    return z.NEVER;
  })
  .nullish()
  .transform((at) => at ?? null);

const PERSON = ["email", "first_name", "last_name", "timezone", "active", "created_at"];
const person = {
  email: optionalLine(LONGEST_EMAIL),
  first_name: optionalLine(LONGEST_NAME),
  last_name: optionalLine(LONGEST_NAME),
  timezone: optionalLine(LONGEST_NAME),
  active: yes,
  created_at: moment,
};
const toUser = (uuid: string, row: z.output<z.ZodObject<typeof person>>): SourceUser => ({
  userId: uuid,
  email: row.email,
  firstName: row.first_name,
  lastName: row.last_name,
  timezone: row.timezone,
  active: row.active,
  createdAt: row.created_at,
});

/** The two shapes of people (portfolio 2, 17.4). */
export const USERS: SourceTable<SourceUser, "users"> = {
  name: "users",
  id: "user_id",
  required: ["user_id"],
  optional: PERSON,
  row: z.object({ user_id: userId, ...person }).transform(({ user_id, ...row }) => toUser(user_id, row)),
};
export const PROFILES: SourceTable<SourceUser, "profiles"> = {
  name: "profiles",
  id: "id",
  required: ["id"],
  optional: PERSON,
  row: z.object({ id: userId, ...person }).transform(({ id: uuid, ...row }) => toUser(uuid, row)),
};

export const PORTFOLIOS: SourceTable<SourcePortfolio> = {
  name: "portfolios",
  id: "portfolio_id",
  required: ["portfolio_id", "user_id"],
  optional: ["portfolio_name"],
  row: z.object({ portfolio_id: id, user_id: userId, portfolio_name: optionalLine(LONGEST_NAME) }).transform((row) => ({
    portfolioId: row.portfolio_id,
    userId: row.user_id,
    // A portfolio has to be called something in reports, and this is all that is known of it.
    name: row.portfolio_name ?? row.portfolio_id,
  })),
};

export const ASSETS: SourceTable<SourceAsset> = {
  name: "assets",
  id: "asset_id",
  required: ["asset_id", "portfolio_id", "asset_symbol"],
  optional: ["quantity", "acquisition_price"],
  row: z
    .object({ asset_id: id, portfolio_id: id, asset_symbol: symbol, quantity: figure, acquisition_price: figure })
    .transform((row) => ({
      assetId: row.asset_id,
      portfolioId: row.portfolio_id,
      symbol: row.asset_symbol,
      quantity: row.quantity,
      acquisitionPrice: row.acquisition_price,
    })),
};

export const CONFIGS: SourceTable<SourceConfig> = {
  name: "portfolio_config",
  id: "user_id",
  required: ["user_id", "portfolio_tickers"],
  optional: ["scan_sp500", "scan_crypto", "max_candidates"],
  row: z
    .object({
      user_id: userId,
      portfolio_tickers: z.array(line(LONGEST_SYMBOL), "is no list").max(MOST_TICKERS, "is too long").nullish(),
      scan_sp500: yes,
      scan_crypto: yes,
      max_candidates: z.int("is no whole number").min(0, "is below 0").max(100, "is above 100").nullish(),
    })
    .transform((row) => ({
      userId: row.user_id,
      tickers: row.portfolio_tickers ?? null,
      scanSp500: row.scan_sp500,
      scanCrypto: row.scan_crypto,
      maxCandidates: row.max_candidates ?? 10,
    })),
};
