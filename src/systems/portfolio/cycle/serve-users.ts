import type { Database } from "../../../db/index.ts";
import { yieldToEventLoop } from "../../../kit/clock.ts";
import { errorCode, VigiaError } from "../../../kit/errors.ts";
import { forEachConcurrent } from "../../../kit/for-each-concurrent.ts";
import type { Logger } from "../../../kit/log.ts";
import { isFailed } from "../analysis/asset-analysis.ts";
import type { ReportAsset } from "../files/user-report.ts";
import { isUserId } from "../people/person-fields.ts";
import type { UserPortfolio } from "../people/user-portfolio.ts";
import { highAlerts, insertAlerts } from "../store/alerts.ts";
import { hasSameTexts, loadSets, replaceSet, type StoredSet } from "../store/file-sets.ts";
import { insertResult, type UserResult } from "../store/results.ts";
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
  await forEachConcurrent(users, deps.workers, async (user) => {
    deps.signal.throwIfAborted();
    onDone(await serveUser(user, sets.get(user.userId), deps));
    await yieldToEventLoop();
  });
}

async function serveUser(
  user: UserPortfolio,
  stored: StoredSet | undefined,
  deps: UserServiceDeps,
): Promise<UserResult> {
  try {
    return await writeSet(user, stored, deps);
  } catch (thrown) {
    deps.signal.throwIfAborted();
    const problem = thrown instanceof VigiaError ? thrown.message : `An unexpected fault (${errorCode(thrown)}).`;
    deps.log.error("portfolio.user_failed", `The files of a user could not be made: ${problem}`, {
      user_id: user.userId,
      error: thrown instanceof Error ? thrown : new Error(String(thrown)),
    });
    return recordFailure(user, problem, deps);
  }
}

/** Files, alerts and result of one user in one transaction: whatever happens, there is all of it or nothing. */
async function writeSet(
  user: UserPortfolio,
  stored: StoredSet | undefined,
  deps: UserServiceDeps,
): Promise<UserResult> {
  if (!isUserId(user.userId))
    throw new VigiaError("bad_user_id", "A row of users has no usable user_id.", { hint: "Correct it at its source." });
  const assets = user.symbols.map((symbol) => deps.assets.get(symbol));
  if (isSourceDown(assets, deps.assets)) {
    const problem = "The price source did not answer for any symbol of this user; the last files stay.";
    return recordFailure(user, problem, deps);
  }
  const { runId, analysedAt, writtenAt: createdAt, renderer, db } = deps;
  const failedSymbols = assets.filter(({ entry }) => isFailed(entry)).length;
  const result = { userId: user.userId, symbols: assets.length, failedSymbols, problem: null };
  // Rendered with the moment of the stored set: when that gives the stored bytes, nothing but time has passed.
  if (stored && hasSameTexts(stored, renderer.render(user, assets, stored.analysedAt))) {
    const unchanged: UserResult = { ...result, state: assets.length === 0 ? "empty" : "ok", filesChanged: 0 };
    await db.write((tx) => insertResult(tx, unchanged, { runId, createdAt }));
    return unchanged;
  }
  const texts = renderer.render(user, assets, analysedAt);
  const alerts = highAlerts(assets, { userId: user.userId, runId, createdAt });
  return db.write(async (tx) => {
    const filesChanged = await replaceSet(tx, { userId: user.userId, texts, runId, analysedAt }, stored);
    await insertAlerts(tx, alerts);
    const written: UserResult = { ...result, state: assets.length === 0 ? "empty" : "ok", filesChanged };
    await insertResult(tx, written, { runId, createdAt });
    return written;
  });
}

/** Nothing could be read of any symbol, and for one of them at least the source was at fault: that is no report. */
const isSourceDown = (assets: readonly ReportAsset[], analysed: AnalysedAssets): boolean =>
  assets.length > 0 &&
  assets.every(({ entry }) => isFailed(entry)) &&
  assets.some(({ symbol }) => analysed.isTemporary(symbol));

async function recordFailure(user: UserPortfolio, problem: string, deps: UserServiceDeps): Promise<UserResult> {
  const { runId, writtenAt: createdAt, db } = deps;
  const failed: UserResult = {
    userId: user.userId,
    state: "failed",
    symbols: user.symbols.length,
    failedSymbols: user.symbols.length,
    filesChanged: 0,
    problem,
  };
  await db
    .write((tx) => insertResult(tx, failed, { runId, createdAt }))
    .catch((thrown) => {
      deps.log.error("portfolio.result_lost", "The result of a user could not be stored.", {
        error: errorCode(thrown),
      });
    });
  return failed;
}
