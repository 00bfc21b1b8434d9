import { placeholders, statement, type Writer } from "../../db/index.ts";
import type { PagePlan } from "./plan-page.ts";

type Argument = Parameters<typeof statement>[1][number];

/** SQLite takes 32,766 variables a statement; the widest of these rows has nine. */
const ROWS_A_STATEMENT = 1_000;

/** Writes what differs; what moved before what went, because a portfolio that goes takes its assets along. */
export async function writePage(tx: Writer, plan: PagePlan, at: string): Promise<void> {
  await insertRows(
    tx,
    "users (user_id, email, first_name, last_name, timezone, active, source, created_at, updated_at)",
    plan.users
      .filter(({ isNew }) => isNew)
      .map((user) => [...personOf(user), user.active ? 1 : 0, "supabase", user.createdAt ?? at, at]),
    "on conflict (user_id) do nothing",
  );
  for (const user of plan.users.filter(({ isNew }) => !isNew))
    await tx.run(
      statement(
        `update users set email = ?2, first_name = ?3, last_name = ?4, timezone = ?5, active = ?6,
           created_at = coalesce(?7, created_at), updated_at = ?8 where user_id = ?1 and source = 'supabase'`,
        [...personOf(user), user.active ? 1 : 0, user.createdAt, at],
      ),
    );
  await insertRows(
    tx,
    "portfolios (portfolio_id, user_id, portfolio_name, position)",
    plan.portfolios.map(({ portfolioId, userId, name, position }) => [portfolioId, userId, name, position]),
    `on conflict (portfolio_id) do update set user_id = excluded.user_id,
       portfolio_name = excluded.portfolio_name, position = excluded.position`,
  );
  await insertRows(
    tx,
    "assets (asset_id, portfolio_id, asset_symbol, quantity, acquisition_price, position)",
    plan.assets.map((asset) => [
      asset.assetId,
      asset.portfolioId,
      asset.symbol,
      asset.quantity,
      asset.acquisitionPrice,
      asset.position,
    ]),
    `on conflict (asset_id) do update set portfolio_id = excluded.portfolio_id, asset_symbol = excluded.asset_symbol,
       quantity = excluded.quantity, acquisition_price = excluded.acquisition_price, position = excluded.position`,
  );
  await insertRows(
    tx,
    "portfolio_config (user_id, portfolio_tickers, scan_sp500, scan_crypto, max_candidates)",
    plan.configs.map(({ userId, tickers, scanSp500, scanCrypto, maxCandidates }) => [
      userId,
      tickers && JSON.stringify(tickers),
      scanSp500 ? 1 : 0,
      scanCrypto ? 1 : 0,
      maxCandidates,
    ]),
    `on conflict (user_id) do update set portfolio_tickers = excluded.portfolio_tickers,
       scan_sp500 = excluded.scan_sp500, scan_crypto = excluded.scan_crypto, max_candidates = excluded.max_candidates`,
  );
  await deleteRows(tx, "assets", "asset_id", plan.goneAssets);
  await deleteRows(tx, "portfolios", "portfolio_id", plan.gonePortfolios);
  await deleteRows(tx, "portfolio_config", "user_id", plan.goneConfigs);
  await tx.run(
    statement("update users set updated_at = ? where user_id in (select value from json_each(?))", [
      at,
      JSON.stringify([...plan.touched]),
    ]),
  );
}

const personOf = (user: PagePlan["users"][number]): Argument[] => [
  user.userId,
  user.email,
  user.firstName,
  user.lastName,
  user.timezone,
];

async function insertRows(tx: Writer, into: string, rows: readonly Argument[][], onConflict: string): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    const some = rows.slice(start, start + ROWS_A_STATEMENT);
    const values = placeholders(some.length, some[0]!.length);
    await tx.run(statement(`insert into ${into} values ${values} ${onConflict}`, some.flat()));
  }
}

async function deleteRows(tx: Writer, table: string, column: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.run(
    statement(`delete from ${table} where ${column} in (select value from json_each(?))`, [JSON.stringify(ids)]),
  );
}

/** Copied users who are gone at the source stop counting; what they hold stays, in case they return. */
export async function deactivateUsers(tx: Writer, userIds: readonly string[], at: string): Promise<void> {
  await tx.run(
    statement(
      `update users set active = 0, updated_at = ? where source = 'supabase' and active
         and user_id in (select value from json_each(?))`,
      [at, JSON.stringify(userIds)],
    ),
  );
}
