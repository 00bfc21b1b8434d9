import type { Database, Reader } from "../../db/index.ts";
import { type Clock, yieldToEventLoop } from "../../kit/clock.ts";
import type { Settings } from "../../settings.ts";
import type { MirrorRun } from "../mirror.ts";
import { openSupabase } from "../remote/supabase.ts";
import { type Directory, fetchDirectory } from "./fetch-directory.ts";
import { loadActiveCopies, loadLocalPage } from "./local-copy.ts";
import { isEmptyPlan, type PagePlan, planPage } from "./plan-page.ts";
import { concludeReport, type DirectoryReport, emptyReport } from "./report.ts";
import { deactivateUsers, writePage } from "./write-page.ts";

interface DirectoryParts {
  settings: Settings;
  db: Database;
  clock: Clock;
}

interface DirectoryOptions {
  /** Only says what it would do. */
  dryRun?: boolean;
  /** Deactivates those who are gone even where the list has become suspiciously short. */
  acceptMissing?: boolean;
}

/** Users compared and written in one transaction. */
const PAGE_USERS = 50;

/**
 * Copies people and what they hold from Supabase. Everything is read before anything is written: a list that was not read to
 * its end changes nothing here, and only what differs is written. Whoever is gone at the source is deactivated, unless too
 * many are at once. Users who are kept here, and the sample's, are left alone. Rejects only when the run is aborted or the
 * local store fails.
 */
export async function syncDirectory(
  { settings, db, clock }: DirectoryParts,
  { http, log, signal }: MirrorRun,
  { dryRun = false, acceptMissing = false }: DirectoryOptions = {},
): Promise<DirectoryReport> {
  const report = emptyReport(dryRun);
  const supabase = await openSupabase(settings, http, signal);
  if (!supabase) return { ...report, outcome: "failed", message: "Supabase is not configured." };
  const directory = await fetchDirectory(supabase, settings.portfolioDirectory, report);
  signal.throwIfAborted();
  if (directory) {
    const copies = await loadActiveCopies(db.read);
    for (const userIds of pagesOf([...directory.users.keys()])) {
      await copyPage(db, directory, userIds, { report, at: clock.now().toISOString() });
      signal.throwIfAborted();
      await yieldToEventLoop();
    }
    const gone = copies.filter((userId) => !directory.listed.has(userId));
    report.suspicious = acceptMissing ? null : suspicion(copies.length, gone.length);
    if (report.suspicious === null)
      for (const userIds of pagesOf(gone)) {
        report.users.deactivated += userIds.length;
        if (!dryRun) await db.write((tx) => deactivateUsers(tx, userIds, clock.now().toISOString()));
      }
  }
  const ended = concludeReport(report);
  if (ended.message) log.warn("directory.incomplete", ended.message, { outcome: ended.outcome });
  return ended;
}

async function copyPage(
  db: Database,
  directory: Directory,
  userIds: readonly string[],
  { report, at }: { report: DirectoryReport; at: string },
): Promise<void> {
  const ids = idsOf(directory, userIds);
  const plan = async (read: Reader, counted: DirectoryReport): Promise<PagePlan> =>
    planPage(directory, userIds, await loadLocalPage(read, ids), counted);
  const counted = structuredClone(report);
  if (isEmptyPlan(await plan(db.read, counted)) || report.dry_run) {
    Object.assign(report, counted);
    return;
  }
  // Somebody may have written in between: what counts is what the transaction sees.
  await db.write(async (tx) => {
    const seen = structuredClone(report);
    await writePage(tx, await plan(tx, seen), at);
    Object.assign(counted, seen);
  });
  Object.assign(report, counted);
}

function idsOf({ holdings }: Directory, userIds: readonly string[]) {
  const portfolioIds = userIds.flatMap((userId) =>
    (holdings?.portfoliosOf.get(userId) ?? []).map(({ portfolioId }) => portfolioId),
  );
  const assetIds = portfolioIds.flatMap((portfolioId) =>
    (holdings?.assetsOf.get(portfolioId) ?? []).map(({ assetId }) => assetId),
  );
  return { userIds, portfolioIds, assetIds };
}

/** A wrong project, a wrong schema or an emptied table look like everybody leaving at once. */
function suspicion(copies: number, gone: number): string | null {
  if (gone * 2 <= copies) return null;
  return (
    `${gone} of ${copies} active copied users are no longer listed, so nobody was deactivated. ` +
    "Check SUPABASE_URL, PORTFOLIO_DIRECTORY and the table; if they have really left, run `vigia mirror directory --accept-missing`."
  );
}

function* pagesOf(ids: readonly string[]): Generator<string[]> {
  for (let start = 0; start < ids.length; start += PAGE_USERS) yield ids.slice(start, start + PAGE_USERS);
}
