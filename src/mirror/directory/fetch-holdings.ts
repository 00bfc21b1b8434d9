import type { Supabase } from "../remote/supabase.ts";
import { fetchTable, isRead } from "./fetch-table.ts";
import { addProblem, type DirectoryReport } from "./report.ts";
import { ASSETS, PORTFOLIOS, type SourceAsset, type SourcePortfolio, type SourceUser } from "./source-rows.ts";

/** As many as one user may hold here. */
const MAX_ASSETS_A_USER = 5_000;

export interface SourceHoldings {
  /** In the order of the source. */
  portfoliosOf: Map<string, SourcePortfolio[]>;
  assetsOf: Map<string, SourceAsset[]>;
  /** User of each portfolio. */
  ownerOf: Map<string, string>;
  /** Ids of rows with a bad value: what is here of them stays. */
  keptPortfolios: Set<string>;
  keptAssets: Set<string>;
}

/** Portfolios and assets of these users; undefined unless both tables were read to their end. */
export async function fetchHoldings(
  supabase: Supabase,
  users: ReadonlyMap<string, SourceUser>,
  report: DirectoryReport,
  mayBeAbsent: boolean,
): Promise<SourceHoldings | undefined> {
  const portfoliosOf = new Map<string, SourcePortfolio[]>();
  const assetsOf = new Map<string, SourceAsset[]>();
  const ownerOf = new Map<string, string>();
  const kept = { portfolios: new Set<string>(), assets: new Set<string>() };
  const held = new Map<string, number>();
  const skip =
    (table: "portfolios" | "assets") =>
    ({ id, problem }: { id: string | undefined; problem: string }) => {
      if (id !== undefined) kept[table].add(id);
      report[table].skipped++;
      addProblem(report, table, id, problem);
    };
  const portfoliosEnd = await fetchTable(supabase, PORTFOLIOS, {
    take(portfolio) {
      if (!users.has(portfolio.userId)) return void report.orphans++;
      ownerOf.set(portfolio.portfolioId, portfolio.userId);
      append(portfoliosOf, portfolio.userId, portfolio);
    },
    skip: skip("portfolios"),
  });
  if (!isRead(report, PORTFOLIOS, portfoliosEnd, mayBeAbsent)) return undefined;
  const symbols = new Map<string, string>();
  const assetsEnd = await fetchTable(supabase, ASSETS, {
    take(asset) {
      const owner = ownerOf.get(asset.portfolioId);
      if (owner === undefined) return void report.orphans++;
      const count = (held.get(owner) ?? 0) + 1;
      held.set(owner, count);
      if (count > MAX_ASSETS_A_USER) {
        report.assets.skipped++;
        return addProblem(report, "assets", asset.assetId, `its user has more than ${MAX_ASSETS_A_USER}`);
      }
      // A quarter of a million rows name a few hundred symbols.
      const symbol = symbols.get(asset.symbol) ?? asset.symbol;
      symbols.set(symbol, symbol);
      append(assetsOf, asset.portfolioId, { ...asset, symbol });
    },
    skip: skip("assets"),
  });
  if (!isRead(report, ASSETS, assetsEnd, mayBeAbsent)) return undefined;
  return { portfoliosOf, assetsOf, ownerOf, keptPortfolios: kept.portfolios, keptAssets: kept.assets };
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
