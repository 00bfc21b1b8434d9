import { and, asc, eq, notInArray, sql } from "drizzle-orm";
import { placeholders, statement, type Writer } from "../../../db/index.ts";
import { assets, portfolios } from "../../../db/schema/portfolio.ts";
import type { Ids } from "../../../kit/ids.ts";
import { HttpProblem } from "../../../server/problem.ts";

/** Assets of one user over all portfolios. */
export const MAX_ASSETS = 5_000;

/** One position as it was bought; two of the same symbol stay two. */
export interface Lot {
  symbol: string;
  quantity: number | null;
  acquisitionPrice: number | null;
}

export interface NewPortfolio {
  userId: string;
  name: string;
  /** Undefined leaves what is stored. */
  description?: string | null | undefined;
  lots: readonly Lot[];
}

/**
 * The user's portfolio of that name holds exactly `lots`, in their order; it is made when there is none. Another one of
 * the same name, as a source may have it, stays as it is. Resolves with whether it is new.
 */
export async function savePortfolio(
  tx: Writer,
  ids: Ids,
  { userId, name, description, lots }: NewPortfolio,
): Promise<boolean> {
  const known = await findPortfolio(tx, userId, name);
  const portfolioId = known ?? ids.uuid();
  if (known === undefined) {
    const position = sql<number>`(select coalesce(max(position) + 1, 0) from portfolios where user_id = ${userId})`;
    await tx
      .insert(portfolios)
      .values({ portfolioId, userId, portfolioName: name, description: description ?? null, position });
  } else {
    if (description !== undefined)
      await tx.update(portfolios).set({ description }).where(eq(portfolios.portfolioId, known));
    await tx.delete(assets).where(eq(assets.portfolioId, known));
  }
  for (let start = 0; start < lots.length; start += ROWS_A_STATEMENT)
    await tx.run(insertAssets({ portfolioId, start, lots: lots.slice(start, start + ROWS_A_STATEMENT), ids }));
  return known === undefined;
}

/** Id of the user's first portfolio of that name. */
export async function findPortfolio(tx: Writer, userId: string, name: string): Promise<string | undefined> {
  const [row] = await tx
    .select({ portfolioId: portfolios.portfolioId })
    .from(portfolios)
    .where(and(eq(portfolios.userId, userId), eq(portfolios.portfolioName, name)))
    .orderBy(asc(portfolios.position), asc(portfolios.portfolioId))
    .limit(1);
  return row?.portfolioId;
}

/** How many assets the user may hold in portfolios of these names, given what the other portfolios hold. */
export async function roomFor(tx: Writer, userId: string, names: readonly string[]): Promise<number> {
  const [held] = await tx
    .select({ count: sql<number>`count(*)` })
    .from(assets)
    .innerJoin(portfolios, eq(portfolios.portfolioId, assets.portfolioId))
    .where(and(eq(portfolios.userId, userId), notInArray(portfolios.portfolioName, [...names])));
  return Math.max(0, MAX_ASSETS - (held?.count ?? 0));
}

/** Error: 404 `unknown_portfolio`. */
export async function deletePortfolio(tx: Writer, userId: string, name: string): Promise<void> {
  const portfolioId = await findPortfolio(tx, userId, name);
  if (portfolioId === undefined)
    throw new HttpProblem(404, "unknown_portfolio", `User ${userId} has no portfolio ${name}.`);
  await tx.delete(portfolios).where(eq(portfolios.portfolioId, portfolioId));
}

/** SQLite takes 32,766 variables a statement; an asset has six. */
const ROWS_A_STATEMENT = 1_000;

interface NewAssets {
  portfolioId: string;
  lots: readonly Lot[];
  /** Position of the first. */
  start: number;
  ids: Ids;
}

const insertAssets = ({ portfolioId, lots, start, ids }: NewAssets) =>
  statement(
    `insert into assets (asset_id, portfolio_id, asset_symbol, quantity, acquisition_price, position)
     values ${placeholders(lots.length, 6)}`,
    lots.flatMap(({ symbol, quantity, acquisitionPrice }, index) => [
      ids.uuid(),
      portfolioId,
      symbol,
      quantity,
      acquisitionPrice,
      start + index,
    ]),
  );
