import type { Database } from "../../../db/index.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import { isTimezone } from "../../../kit/dates.ts";
import { loadDistinctSymbols } from "./distinct-symbols.ts";
import { type DirectoryRules, resolveHoldings } from "./holdings.ts";
import { displayName } from "./person-fields.ts";
import type { UserPortfolio } from "./user-portfolio.ts";
import { COUNTED_USERS, loadAssets, loadConfigs, loadUserRows, type UserRow } from "./user-rows.ts";

export interface PeopleStoreOptions extends DirectoryRules {
  db: Database;
  /** Where prices come from. Users of the sample count only beside sample prices. */
  dataSource: DataSource;
  /** IANA zone of users who have none, or one that this machine does not know. */
  defaultTimezone: string;
}

/** The users whom a cycle analyses: active ones, under the directory that the settings name. */
export interface PeopleStore {
  countActive(): Promise<number>;
  /** Every symbol that some user of `pages` has, each once, sorted. */
  distinctSymbols(): Promise<string[]>;
  /**
   * The users page by page, by creation and id; one query a table and page, and no more than a page in memory. A row
   * without an id comes like any other: `isUserId` says so, and only that user fails.
   */
  pages(pageSize: number): AsyncIterable<UserPortfolio[]>;
  /** One counted user; undefined for an unknown, inactive or uncounted one. */
  one(userId: string): Promise<UserPortfolio | undefined>;
}

export function createPeopleStore({ db, dataSource, defaultTimezone, ...rules }: PeopleStoreOptions): PeopleStore {
  const zoneOf = createZoneCheck(defaultTimezone);

  async function* pages(pageSize: number): AsyncGenerator<UserPortfolio[]> {
    let after: UserRow | undefined;
    do {
      const rows = await loadUserRows(db, { after, limit: pageSize, dataSource });
      if (rows.length > 0) yield await withHoldings(rows);
      after = rows.length < pageSize ? undefined : rows.at(-1);
    } while (after);
  }

  async function withHoldings(rows: readonly UserRow[]): Promise<UserPortfolio[]> {
    const userIds = rows.map(({ userId }) => userId);
    const assets = rules.directory === "profiles" ? undefined : await loadAssets(db, userIds);
    const configs = rules.directory === "users" ? undefined : await loadConfigs(db, userIds);
    return rows.map((row) => ({
      userId: row.userId,
      displayName: displayName(row),
      timezone: zoneOf(row.timezone),
      ...resolveHoldings({ assets: assets?.get(row.userId) ?? [], config: configs?.get(row.userId) ?? null }, rules),
    }));
  }

  return {
    async countActive() {
      const { rows } = await db.client.execute({
        sql: `select count(*) from users where ${COUNTED_USERS}`,
        args: { dataSource },
      });
      return Number(rows[0]?.[0] ?? 0);
    },
    distinctSymbols: () => loadDistinctSymbols(db, dataSource, rules),
    pages,
    async one(userId) {
      const [user] = await withHoldings(await loadUserRows(db, { only: userId, limit: 1, dataSource }));
      return user;
    },
  };
}

/** More zones than the IANA list has; a source may still send anything. */
const MAX_ZONES = 1_000;

/** The zone, or the default for none or an unknown one. Asking the platform costs a formatter each time. */
function createZoneCheck(defaultTimezone: string): (timezone: string | null) => string {
  const known = new Map<string, boolean>();
  return (timezone) => {
    if (!timezone) return defaultTimezone;
    const isKnown = known.get(timezone) ?? isTimezone(timezone);
    if (known.size < MAX_ZONES) known.set(timezone, isKnown);
    return isKnown ? timezone : defaultTimezone;
  };
}
