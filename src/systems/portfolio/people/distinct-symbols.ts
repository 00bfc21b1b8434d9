import type { Database } from "../../../db/index.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import { DEFAULT_SYMBOLS, type DirectoryRules } from "./holdings.ts";
import { canonicalSymbol } from "./person-fields.ts";
import { COUNTED_USERS } from "./user-rows.ts";

/** What `String.prototype.trim` takes away, as SQLite's `trim` wants it: a symbol of nothing else is no symbol. */
const BLANKS =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

const ASSETS = `portfolios p join assets a on a.portfolio_id = p.portfolio_id
  where p.user_id = users.user_id and trim(a.asset_symbol, :blanks) <> ''`;

/** Values of a stored list; anything but a list of texts says nothing. */
const TICKERS = `portfolio_config c,
  json_each(case when json_type(c.portfolio_tickers) = 'array' then c.portfolio_tickers else '[]' end) t
  where c.user_id = users.user_id and t.type = 'text' and trim(t.value, :blanks) <> ''`;

const ASSET_SYMBOLS = `select distinct a.asset_symbol from users, ${ASSETS} and ${COUNTED_USERS}`;
const TICKER_SYMBOLS = `select distinct t.value from users, ${TICKERS} and ${COUNTED_USERS}`;
const HAS_ASSETS = `exists (select 1 from ${ASSETS})`;
const HAS_TICKERS = `exists (select 1 from ${TICKERS})`;

const QUERIES = {
  users: { symbols: [ASSET_SYMBOLS], hasSymbols: HAS_ASSETS },
  profiles: { symbols: [TICKER_SYMBOLS], hasSymbols: HAS_TICKERS },
  auto: {
    symbols: [ASSET_SYMBOLS, `${TICKER_SYMBOLS} and not ${HAS_ASSETS}`],
    hasSymbols: `(${HAS_ASSETS} or ${HAS_TICKERS})`,
  },
} as const;

/** Every symbol of every counted user as `resolveHoldings` would find it, without reading their holdings one by one. */
export async function loadDistinctSymbols(
  { client }: Database,
  dataSource: DataSource,
  { directory, defaultPortfolio }: DirectoryRules,
): Promise<string[]> {
  const args = { dataSource, blanks: BLANKS };
  const symbols = new Set<string>();
  const { symbols: queries, hasSymbols } = QUERIES[directory];
  for (const sql of queries) {
    const { rows } = await client.execute({ sql, args });
    for (const row of rows) symbols.add(canonicalSymbol(row[0] as string));
  }
  if (defaultPortfolio) {
    const sql = `select 1 from users where ${COUNTED_USERS} and not ${hasSymbols} limit 1`;
    const { rows } = await client.execute({ sql, args });
    if (rows.length > 0) for (const symbol of DEFAULT_SYMBOLS) symbols.add(symbol);
  }
  return [...symbols].sort();
}
