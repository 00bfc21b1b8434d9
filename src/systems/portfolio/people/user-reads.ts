import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/index.ts";
import { type PeopleSource, portfolios, users } from "../../../db/schema/portfolio.ts";
import { type DirectoryRules, resolveHoldings } from "./holdings.ts";
import { displayName } from "./person-fields.ts";
import { loadAssets, loadConfigs } from "./user-rows.ts";
import { type PortfolioView, renderConfig, type UserDetail, type UserSummary } from "./user-views.ts";

/** Place after which the next page starts; neither part ever changes. */
export interface UserPosition {
  created_at: string;
  user_id: string;
}

export interface UserQuery {
  limit: number;
  active?: boolean;
  source?: PeopleSource;
  after?: UserPosition;
}

const summary = {
  userId: users.userId,
  email: users.email,
  firstName: users.firstName,
  lastName: users.lastName,
  timezone: users.timezone,
  active: users.active,
  source: users.source,
  createdAt: users.createdAt,
  updatedAt: users.updatedAt,
  portfolioCount: sql<number>`(select count(*) from portfolios p where p.user_id = users.user_id)`,
  assetCount: sql<number>`(select count(*) from portfolios p join assets a on a.portfolio_id = p.portfolio_id
    where p.user_id = users.user_id)`,
};

/** Users of every source, by creation and id. Asks no scope: `createUserRecords` does. */
export async function listUsers({ read }: Database, query: UserQuery): Promise<UserSummary[]> {
  const { limit, active, source, after } = query;
  const wanted: (SQL | undefined)[] = [
    active === undefined ? undefined : eq(users.active, active),
    source === undefined ? undefined : eq(users.source, source),
    after && sql`(${users.createdAt}, ${users.userId}) > (${after.created_at}, ${after.user_id})`,
  ];
  const rows = await read
    .select(summary)
    .from(users)
    .where(and(...wanted))
    .orderBy(asc(users.createdAt), asc(users.userId))
    .limit(limit);
  return rows.map(renderSummary);
}

/** Asks no scope: `createUserRecords` does. */
export async function loadUser(db: Database, userId: string, rules: DirectoryRules): Promise<UserDetail | undefined> {
  const [row] = await db.read.select(summary).from(users).where(eq(users.userId, userId)).limit(1);
  if (!row) return undefined;
  const own = await db.read
    .select({
      portfolio_id: portfolios.portfolioId,
      portfolio_name: portfolios.portfolioName,
      description: portfolios.description,
    })
    .from(portfolios)
    .where(eq(portfolios.userId, userId))
    .orderBy(asc(portfolios.position), asc(portfolios.portfolioId));
  const assets = (await loadAssets(db, [userId])).get(userId) ?? [];
  const config = (await loadConfigs(db, [userId])).get(userId) ?? null;
  const views = new Map(
    own.map((portfolio): [string, PortfolioView] => [portfolio.portfolio_id, { ...portfolio, assets: [] }]),
  );
  for (const { portfolioId, symbol, quantity, acquisitionPrice } of assets)
    views.get(portfolioId)?.assets.push({ asset_symbol: symbol, quantity, acquisition_price: acquisitionPrice });
  return {
    ...renderSummary(row),
    portfolios: [...views.values()],
    symbols: resolveHoldings({ assets, config }, rules).symbols,
    config: config && renderConfig(config),
  };
}

type SummaryRow = typeof users.$inferSelect & { portfolioCount: number; assetCount: number };

function renderSummary(row: SummaryRow): UserSummary {
  return {
    user_id: row.userId,
    display_name: displayName(row),
    email: row.email,
    first_name: row.firstName,
    last_name: row.lastName,
    timezone: row.timezone,
    active: row.active,
    source: row.source,
    portfolio_count: row.portfolioCount,
    asset_count: row.assetCount,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  };
}
