import { type Reader, statement } from "../../db/index.ts";
import type { PeopleSource } from "../../db/schema/portfolio.ts";

export interface LocalUser {
  userId: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  timezone: string | null;
  active: boolean;
  createdAt: string;
  source: PeopleSource;
}

/** With the source of the user to whom it belongs. */
export interface LocalPortfolio {
  portfolioId: string;
  userId: string;
  name: string;
  position: number;
  source: PeopleSource;
}

export interface LocalAsset {
  assetId: string;
  portfolioId: string;
  symbol: string;
  quantity: number | null;
  acquisitionPrice: number | null;
  position: number;
  source: PeopleSource;
}

export interface LocalConfig {
  userId: string;
  /** JSON as stored; null when none. */
  tickers: string | null;
  scanSp500: boolean;
  scanCrypto: boolean;
  maxCandidates: number;
}

/** What is here of some users, and of everything that the source gives them. */
export interface LocalPage {
  users: Map<string, LocalUser>;
  portfolios: Map<string, LocalPortfolio>;
  assets: Map<string, LocalAsset>;
  configs: Map<string, LocalConfig>;
}

interface PageIds {
  userIds: readonly string[];
  portfolioIds: readonly string[];
  assetIds: readonly string[];
}

export async function loadLocalPage(read: Reader, { userIds, portfolioIds, assetIds }: PageIds): Promise<LocalPage> {
  const users = (await read.all(
    statement(
      `select user_id as "userId", email, first_name as "firstName", last_name as "lastName", timezone, active,
          created_at as "createdAt", source
         from users where user_id in (select value from json_each(?))`,
      [JSON.stringify(userIds)],
    ),
  )) as (Omit<LocalUser, "active"> & { active: number })[];
  const portfolios = (await read.all(
    statement(
      `select p.portfolio_id as "portfolioId", p.user_id as "userId", p.portfolio_name as name, p.position, u.source
         from portfolios p join users u on u.user_id = p.user_id
        where p.portfolio_id in (
          select portfolio_id from portfolios where user_id in (select value from json_each(?1))
          union select value from json_each(?2))`,
      [JSON.stringify(userIds), JSON.stringify(portfolioIds)],
    ),
  )) as unknown as LocalPortfolio[];
  const assets = (await read.all(
    statement(
      `select a.asset_id as "assetId", a.portfolio_id as "portfolioId", a.asset_symbol as symbol, a.quantity,
          a.acquisition_price as "acquisitionPrice", a.position, u.source
         from assets a join portfolios p on p.portfolio_id = a.portfolio_id join users u on u.user_id = p.user_id
        where a.asset_id in (
          select asset_id from assets where portfolio_id in (select value from json_each(?1))
          union select value from json_each(?2))`,
      [JSON.stringify(portfolios.map(({ portfolioId }) => portfolioId)), JSON.stringify(assetIds)],
    ),
  )) as unknown as LocalAsset[];
  const configs = (await read.all(
    statement(
      `select user_id as "userId", portfolio_tickers as tickers, scan_sp500 as "scanSp500",
          scan_crypto as "scanCrypto", max_candidates as "maxCandidates"
         from portfolio_config where user_id in (select value from json_each(?))`,
      [JSON.stringify(userIds)],
    ),
  )) as unknown as (Omit<LocalConfig, "scanSp500" | "scanCrypto"> & { scanSp500: number; scanCrypto: number })[];
  return {
    users: byId(
      users.map((user) => ({ ...user, active: user.active === 1 })),
      ({ userId }) => userId,
    ),
    portfolios: byId(portfolios, ({ portfolioId }) => portfolioId),
    assets: byId(assets, ({ assetId }) => assetId),
    configs: byId(
      configs.map((config) => ({
        ...config,
        scanSp500: config.scanSp500 === 1,
        scanCrypto: config.scanCrypto === 1,
      })),
      ({ userId }) => userId,
    ),
  };
}

const byId = <Row>(rows: readonly Row[], idOf: (row: Row) => string): Map<string, Row> =>
  new Map(rows.map((row) => [idOf(row), row]));

/** Ids of copied users who are active. */
export async function loadActiveCopies(read: Reader): Promise<string[]> {
  const rows = (await read.all(
    statement("select user_id from users where source = 'supabase' and active", []),
  )) as unknown as { user_id: string }[];
  return rows.map(({ user_id }) => user_id);
}
