import type { Database } from "../../../db/index.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import type { PeopleSource } from "../../../db/schema/portfolio.ts";
import { tickersOf } from "./holdings.ts";
import type { Holding, UserConfig } from "./user-portfolio.ts";

/** A row of `users`, as far as a cycle needs it. */
export interface UserRow {
  userId: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  timezone: string | null;
  source: PeopleSource;
  createdAt: string;
}

/**
 * Whom a cycle looks at: active users; invented ones only while prices are invented too, so that the two never mix.
 * Takes the market's source as `:dataSource`.
 */
export const COUNTED_USERS = "users.active and (users.source <> 'sample' or :dataSource = 'sample')";

export interface UserRowsQuery {
  after?: UserRow | undefined;
  /** One user alone, if they count. */
  only?: string;
  limit: number;
  dataSource: DataSource;
}

/**
 * The next counted users after `after`, oldest first. Straight through the driver, as are the two queries below: drizzle's
 * mapping would cost three times the query.
 */
export async function loadUserRows(
  { client }: Database,
  { after, only, limit, dataSource }: UserRowsQuery,
): Promise<UserRow[]> {
  const { rows } = await client.execute({
    sql: `select user_id, email, first_name, last_name, timezone, source, created_at from users
          where ${COUNTED_USERS} ${after ? "and (created_at, user_id) > (:createdAt, :userId)" : ""}
          ${only === undefined ? "" : "and user_id = :only"}
          order by created_at, user_id limit :limit`,
    args: {
      dataSource,
      limit,
      ...(after ? { createdAt: after.createdAt, userId: after.userId } : {}),
      ...(only === undefined ? {} : { only }),
    },
  });
  return rows.map((row) => ({
    userId: row[0] as string,
    email: row[1] as string | null,
    firstName: row[2] as string | null,
    lastName: row[3] as string | null,
    timezone: row[4] as string | null,
    source: row[5] as PeopleSource,
    createdAt: row[6] as string,
  }));
}

/** Assets of all these users by user, each user's in the order of the source. */
export async function loadAssets(
  { client }: Database,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, Holding[]>> {
  const { rows } = await client.execute({
    sql: `select p.user_id, p.portfolio_id, p.portfolio_name, a.asset_symbol, a.quantity, a.acquisition_price
          from portfolios p join assets a on a.portfolio_id = p.portfolio_id
          where p.user_id in (select value from json_each(?))
          order by p.user_id, p.position, p.portfolio_id, a.position, a.asset_id`,
    args: [JSON.stringify(userIds)],
  });
  const byUser = new Map<string, Holding[]>();
  for (const row of rows) {
    const userId = row[0] as string;
    const holding = {
      portfolioId: row[1] as string,
      portfolioName: row[2] as string,
      symbol: row[3] as string,
      quantity: row[4] as number | null,
      acquisitionPrice: row[5] as number | null,
    };
    const holdings = byUser.get(userId);
    if (holdings) holdings.push(holding);
    else byUser.set(userId, [holding]);
  }
  return byUser;
}

export async function loadConfigs(
  { client }: Database,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, UserConfig>> {
  const { rows } = await client.execute({
    sql: `select user_id, portfolio_tickers, scan_sp500, scan_crypto, max_candidates from portfolio_config
          where user_id in (select value from json_each(?))`,
    args: [JSON.stringify(userIds)],
  });
  return new Map(
    rows.map((row) => [
      row[0] as string,
      {
        tickers: tickersOf(JSON.parse((row[1] as string | null) ?? "[]")),
        scanSp500: row[2] === 1,
        scanCrypto: row[3] === 1,
        maxCandidates: row[4] as number,
      },
    ]),
  );
}
