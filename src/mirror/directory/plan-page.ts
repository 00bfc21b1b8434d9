import type { Directory } from "./fetch-directory.ts";
import type { LocalAsset, LocalConfig, LocalPage, LocalPortfolio, LocalUser } from "./local-copy.ts";
import { addProblem, type DirectoryReport, type RowCounts } from "./report.ts";
import type { SourceConfig, SourceUser } from "./source-rows.ts";

/** Rows to write for some users: all that differ, nothing else. */
export interface PagePlan {
  users: (SourceUser & { isNew: boolean })[];
  /** Users of whom only what they hold differs. */
  touched: Set<string>;
  portfolios: Omit<LocalPortfolio, "source">[];
  assets: Omit<LocalAsset, "source">[];
  configs: SourceConfig[];
  gonePortfolios: string[];
  goneAssets: string[];
  goneConfigs: string[];
}

export const isEmptyPlan = (plan: PagePlan): boolean =>
  [plan.users, plan.portfolios, plan.assets, plan.configs].every((rows) => rows.length === 0) &&
  [plan.gonePortfolios, plan.goneAssets, plan.goneConfigs].every((ids) => ids.length === 0);

/** Compares what the source says of these users with what is here, and counts what it finds. Pure but for the report. */
export function planPage(
  directory: Directory,
  userIds: readonly string[],
  local: LocalPage,
  report: DirectoryReport,
): PagePlan {
  const plan: PagePlan = {
    users: [],
    touched: new Set(),
    portfolios: [],
    assets: [],
    configs: [],
    gonePortfolios: [],
    goneAssets: [],
    goneConfigs: [],
  };
  const parts: PlanParts = { directory, local, report, plan };
  const copied = new Set(userIds.filter((userId) => planUser(parts, directory.users.get(userId)!)));
  const remaining = directory.holdings ? planPortfolios(parts, copied) : undefined;
  if (remaining) planAssets(parts, remaining);
  if (directory.configs) for (const userId of copied) planConfig(parts, userId);
  return plan;
}

interface PlanParts {
  directory: Directory;
  local: LocalPage;
  report: DirectoryReport;
  plan: PagePlan;
}

/** Whether this user's rows may be copied. */
function planUser({ directory, local, report, plan }: PlanParts, user: SourceUser): boolean {
  const counts = report.users;
  const known = local.users.get(user.userId);
  if (known && known.source !== "supabase") {
    counts.conflicts++;
    addProblem(report, "users", user.userId, `a ${known.source} user has this id and stays`);
    return false;
  }
  if (!known && !directory.complete) {
    counts.postponed++;
    return false;
  }
  if (!known) {
    counts.added++;
    plan.users.push({ ...user, isNew: true });
    return true;
  }
  const differs = PERSON.some((field) => known[field] !== user[field]) || isOlder(known, user);
  if (differs) counts.changed++;
  if (known.active && !user.active) counts.deactivated++;
  if (!known.active && user.active) counts.reactivated++;
  if (differs || known.active !== user.active) plan.users.push({ ...user, isNew: false });
  else counts.unchanged++;
  return true;
}

const PERSON = ["email", "firstName", "lastName", "timezone"] as const;

const isOlder = (known: LocalUser, { createdAt }: SourceUser): boolean =>
  createdAt !== null && createdAt !== known.createdAt;

/** Portfolios that these users have afterwards, and whether what they hold is to be compared. */
function planPortfolios({ directory, local, report, plan }: PlanParts, copied: ReadonlySet<string>) {
  const holdings = directory.holdings!;
  const remaining = new Map<string, "compare" | "keep">();
  for (const userId of copied) {
    for (const [position, { portfolioId, name }] of (holdings.portfoliosOf.get(userId) ?? []).entries()) {
      const known = local.portfolios.get(portfolioId);
      if (known && known.source !== "supabase") {
        conflict(report, "portfolios", portfolioId, known.source);
        continue;
      }
      remaining.set(portfolioId, "compare");
      const same = known?.userId === userId && known.name === name && known.position === position;
      if (count(report.portfolios, known, same)) continue;
      plan.portfolios.push({ portfolioId, userId, name, position });
      plan.touched.add(userId);
    }
  }
  for (const { portfolioId, userId } of local.portfolios.values()) {
    if (!copied.has(userId) || remaining.has(portfolioId)) continue;
    // A row with a bad value is not gone. One that moved to a user of a later page is written there.
    if (holdings.keptPortfolios.has(portfolioId)) {
      remaining.set(portfolioId, "keep");
      continue;
    }
    plan.gonePortfolios.push(portfolioId);
    plan.touched.add(userId);
    report.portfolios.removed++;
  }
  return remaining;
}

function planAssets(
  { directory, local, report, plan }: PlanParts,
  remaining: ReadonlyMap<string, "compare" | "keep">,
): void {
  const holdings = directory.holdings!;
  const touch = (portfolioId: string) => {
    const owner = holdings.ownerOf.get(portfolioId) ?? local.portfolios.get(portfolioId)?.userId;
    if (owner !== undefined) plan.touched.add(owner);
  };
  const here = new Set<string>();
  for (const [portfolioId, wanted] of remaining) {
    if (wanted === "keep") continue;
    for (const [position, asset] of (holdings.assetsOf.get(portfolioId) ?? []).entries()) {
      const known = local.assets.get(asset.assetId);
      if (known && known.source !== "supabase") {
        conflict(report, "assets", asset.assetId, known.source);
        continue;
      }
      here.add(asset.assetId);
      const same = known?.position === position && ASSET.every((field) => known[field] === asset[field]);
      if (count(report.assets, known, same)) continue;
      plan.assets.push({ ...asset, position });
      touch(portfolioId);
    }
  }
  for (const { assetId, portfolioId } of local.assets.values()) {
    const compared = remaining.get(portfolioId) === "compare";
    if (!compared || here.has(assetId) || holdings.keptAssets.has(assetId)) continue;
    plan.goneAssets.push(assetId);
    touch(portfolioId);
    report.assets.removed++;
  }
}

const ASSET = ["portfolioId", "symbol", "quantity", "acquisitionPrice"] as const;

function planConfig({ directory, local, report, plan }: PlanParts, userId: string): void {
  const wanted = directory.configs!.configOf.get(userId);
  const known = local.configs.get(userId);
  if (wanted) {
    if (count(report.configs, known, known !== undefined && isSameConfig(known, wanted))) return;
    plan.configs.push(wanted);
  } else if (known && !directory.configs!.kept.has(userId)) {
    plan.goneConfigs.push(userId);
    report.configs.removed++;
  } else return;
  plan.touched.add(userId);
}

const isSameConfig = (known: LocalConfig, wanted: SourceConfig): boolean =>
  known.tickers === (wanted.tickers && JSON.stringify(wanted.tickers)) &&
  known.scanSp500 === wanted.scanSp500 &&
  known.scanCrypto === wanted.scanCrypto &&
  known.maxCandidates === wanted.maxCandidates;

/** Counts a row of the source; whether it is here as it is. */
function count(counts: RowCounts, known: unknown, same: boolean): boolean {
  if (same) counts.unchanged++;
  else if (known === undefined) counts.added++;
  else counts.changed++;
  return same;
}

function conflict(report: DirectoryReport, table: "portfolios" | "assets", id: string, source: string): void {
  report[table].conflicts++;
  addProblem(report, table, id, `a ${source} user has this id and keeps it`);
}
