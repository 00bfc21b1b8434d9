import { inArray } from "drizzle-orm";
import type { Database, Reader } from "../../../db/index.ts";
import { users as usersTable } from "../../../db/schema/portfolio.ts";
import { yieldToEventLoop } from "../../../kit/clock.ts";
import { errorCode, toError, VigiaError } from "../../../kit/errors.ts";
import { forEachConcurrent } from "../../../kit/for-each-concurrent.ts";
import type { Logger } from "../../../kit/log.ts";
import { isFailed } from "../analysis/asset-analysis.ts";
import type { ReportAsset } from "../files/user-report.ts";
import { isUserId } from "../people/person-fields.ts";
import type { UserPortfolio } from "../people/user-portfolio.ts";
import { highAlerts, insertAlerts } from "../store/alerts.ts";
import { hasSameTexts, loadSets, packSet, replaceSet, type StoredSet } from "../store/file-sets.ts";
import { insertResults, type UserResult } from "../store/results.ts";
import type { SetRenderer } from "./render-sets.ts";

/** What the cycle knows of its symbols. */
export interface AnalysedAssets {
  /** The asset's entry; a symbol that no analysis was made of is a failed one. */
  get(symbol: string): ReportAsset;
  /** Whether its prices are missing only because the source did not answer. */
  isTemporary(symbol: string): boolean;
}

export interface UserServiceDeps {
  db: Database;
  log: Logger;
  assets: AnalysedAssets;
  renderer: SetRenderer;
  runId: number;
  /** Moment of the cycle, ISO. */
  analysedAt: string;
  /** Moment of writing, ISO. */
  writtenAt: string;
  /** Users at a time. */
  workers: number;
  /** The cycle speaks of the past: a date without any prices is no report either. */
  isLookBack: boolean;
  signal: AbortSignal;
}

/** Serves a page of users; one user's fault is their result and nobody else's. Rejects only when the cycle is aborted. */
export async function serveUsers(
  users: readonly UserPortfolio[],
  deps: UserServiceDeps,
  onDone: (result: UserResult) => void,
): Promise<void> {
  const sets = await loadSets(
    deps.db,
    users.map(({ userId }) => userId),
  );
  const unwritten: UserResult[] = [];
  await forEachConcurrent(users, deps.workers, async (user) => {
    deps.signal.throwIfAborted();
    const served = await serveUser(user, sets.get(user.userId), deps);
    if (served) {
      if (!served.isWritten) unwritten.push(served.result);
      onDone(served.result);
    }
    await yieldToEventLoop();
  });
  const { runId, writtenAt: createdAt } = deps;
  if (unwritten.length > 0)
    await deps.db.write(async (tx) => insertResults(tx, await ofPresentUsers(tx, unwritten), { runId, createdAt }));
}

/** Without the results of users who were deleted meanwhile. */
async function ofPresentUsers(tx: Pick<Reader, "select">, results: readonly UserResult[]): Promise<UserResult[]> {
  const ids = results.map(({ userId }) => userId);
  const rows = await tx.select({ userId: usersTable.userId }).from(usersTable).where(inArray(usersTable.userId, ids));
  const present = new Set(rows.map(({ userId }) => userId));
  return results.filter(({ userId }) => present.has(userId));
}

/** A result that came without files is stored with those of its page. */
interface Served {
  result: UserResult;
  isWritten: boolean;
}

/** Resolves with nothing for a user who was deleted while the cycle ran. */
async function serveUser(
  user: UserPortfolio,
  stored: StoredSet | undefined,
  deps: UserServiceDeps,
): Promise<Served | undefined> {
  try {
    return await writeSet(user, stored, deps);
  } catch (thrown) {
    deps.signal.throwIfAborted();
    const problem = thrown instanceof VigiaError ? thrown.message : `An unexpected fault (${errorCode(thrown)}).`;
    const result = failedResult(user, problem);
    if ((await ofPresentUsers(deps.db.read, [result])).length === 0) {
      deps.log.debug("portfolio.user_gone", "A user was deleted while the cycle ran.", { user_id: user.userId });
      return undefined;
    }
    deps.log.error("portfolio.user_failed", `The files of a user could not be made: ${problem}`, {
      user_id: user.userId,
      error: toError(thrown),
    });
    return { result, isWritten: false };
  }
}

/** Files, alerts and result of one user in one transaction: whatever happens, there is all of it or nothing. */
async function writeSet(user: UserPortfolio, stored: StoredSet | undefined, deps: UserServiceDeps): Promise<Served> {
  if (!isUserId(user.userId))
    throw new VigiaError("bad_user_id", "A row of users has no usable user_id.", { hint: "Correct it at its source." });
  const assets = user.symbols.map((symbol) => deps.assets.get(symbol));
  if (isWithoutPrices(assets, deps)) {
    const problem = deps.isLookBack
      ? "No symbol of this user has prices of that date; the last files stay."
      : "The price source did not answer for any symbol of this user; the last files stay.";
    return { result: failedResult(user, problem), isWritten: false };
  }
  const { runId, analysedAt, writtenAt: createdAt, renderer, db } = deps;
  const failedSymbols = assets.filter(({ entry }) => isFailed(entry)).length;
  const state = assets.length === 0 ? "empty" : "ok";
  const result = { userId: user.userId, state, symbols: assets.length, failedSymbols, problem: null } as const;
  // Rendered with the moment of the stored set: when that gives the stored bytes, nothing but time has passed.
  if (stored && hasSameTexts(stored, renderer.render(user, assets, stored.analysedAt)))
    return { result: { ...result, filesChanged: 0 }, isWritten: false };
  const texts = renderer.render(user, assets, analysedAt);
  const set = packSet({ userId: user.userId, texts, runId, analysedAt });
  const alerts = highAlerts(assets, { userId: user.userId, runId, createdAt });
  return db.write(async (tx) => {
    const filesChanged = await replaceSet(tx, set, stored);
    await insertAlerts(tx, alerts);
    const written = { ...result, filesChanged };
    await insertResults(tx, [written], { runId, createdAt });
    return { result: written, isWritten: true };
  });
}

/** Nothing could be read of any symbol, and for one of them at least the source was at fault, or the date: that is no report. */
const isWithoutPrices = (assets: readonly ReportAsset[], { assets: analysed, isLookBack }: UserServiceDeps): boolean =>
  assets.length > 0 &&
  assets.every(({ entry }) => isFailed(entry)) &&
  (isLookBack || assets.some(({ symbol }) => analysed.isTemporary(symbol)));

const failedResult = ({ userId, symbols }: UserPortfolio, problem: string): UserResult => ({
  userId,
  state: "failed",
  symbols: symbols.length,
  failedSymbols: symbols.length,
  filesChanged: 0,
  problem,
});
