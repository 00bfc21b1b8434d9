import type { Database } from "../../../../src/db/index.ts";
import { assets, portfolioConfig, portfolios, users } from "../../../../src/db/schema/portfolio.ts";
import {
  createPeopleStore,
  type PeopleStore,
  type PeopleStoreOptions,
} from "../../../../src/systems/portfolio/people/people-store.ts";
import type { UserPortfolio } from "../../../../src/systems/portfolio/people/user-portfolio.ts";

type UserRow = typeof users.$inferInsert;
type ConfigRow = typeof portfolioConfig.$inferInsert;

export const AT = "2026-03-02T09:00:00.000Z";

/** A uuid of this number. */
export const uuid = (number: number): string => `${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`;

export interface GivenUser extends Omit<Partial<UserRow>, "userId"> {
  userId: string;
  /** Symbols by portfolio, in the order of the source. */
  holds?: Record<string, readonly string[]>;
  config?: Omit<ConfigRow, "userId">;
}

let made = 0;

/** Stores a user as a source would have left them. */
export async function giveUser(db: Database, { holds = {}, config, ...row }: GivenUser): Promise<void> {
  await db.write(async (tx) => {
    await tx.insert(users).values({ createdAt: AT, updatedAt: AT, ...row });
    for (const [position, [portfolioName, symbols]] of Object.entries(holds).entries()) {
      const portfolioId = `p${++made}`;
      await tx.insert(portfolios).values({ portfolioId, userId: row.userId, portfolioName, position });
      for (const [place, assetSymbol] of symbols.entries())
        await tx.insert(assets).values({
          assetId: `a${++made}`,
          portfolioId,
          assetSymbol,
          quantity: place + 1,
          acquisitionPrice: 10.5,
          position: place,
        });
    }
    if (config) await tx.insert(portfolioConfig).values({ userId: row.userId, ...config });
  });
}

export const peopleOf = (db: Database, changes: Partial<PeopleStoreOptions> = {}): PeopleStore =>
  createPeopleStore({
    db,
    directory: "auto",
    defaultPortfolio: false,
    dataSource: "csv",
    defaultTimezone: "America/Argentina/Buenos_Aires",
    ...changes,
  });

export async function everybody(store: PeopleStore, pageSize = 10): Promise<UserPortfolio[]> {
  return (await Array.fromAsync(store.pages(pageSize))).flat();
}

export const symbolsOf = (people: readonly UserPortfolio[]): Record<string, string[]> =>
  Object.fromEntries(people.map(({ userId, symbols }) => [userId, symbols]));
