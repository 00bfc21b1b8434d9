import { and, asc, desc, eq, gt, lt, sql } from "drizzle-orm";
import { placeholders, type Reader, statement, type Writer } from "../../../db/index.ts";
import { jobRuns } from "../../../db/schema/jobs.ts";
import { portfolioResults, type ResultState } from "../../../db/schema/portfolio.ts";

export interface UserResult {
  userId: string;
  state: ResultState;
  symbols: number;
  failedSymbols: number;
  filesChanged: number;
  /** Why it failed, in words for the operator. */
  problem: string | null;
}

/** Results of one run; a user's second one takes the place of the first. */
export async function insertResults(
  tx: Writer,
  results: readonly UserResult[],
  { runId, createdAt }: { runId: number; createdAt: string },
): Promise<void> {
  if (results.length === 0) return;
  await tx.run(
    statement(
      `insert or replace into portfolio_results
       (run_id, user_id, state, symbols, failed_symbols, files_changed, problem, created_at)
       values ${placeholders(results.length, 8)}`,
      results.flatMap(({ userId, state, symbols, failedSymbols, filesChanged, problem }) => [
        runId,
        userId,
        state,
        symbols,
        failedSymbols,
        filesChanged,
        problem,
        createdAt,
      ]),
    ),
  );
}

export type StoredResult = UserResult & { runId: number; createdAt: string };

/** Results of a run by user id, after `after`; only those of a state when it is given. */
export function loadResultsOfRun(
  read: Reader,
  { runId, after, state }: { runId: number; after?: string; state?: ResultState },
  limit: number,
): Promise<StoredResult[]> {
  return read
    .select()
    .from(portfolioResults)
    .where(
      and(
        eq(portfolioResults.runId, runId),
        // A row of users without an id has the empty one, and comes first.
        after === undefined ? undefined : gt(portfolioResults.userId, after),
        state === undefined ? undefined : eq(portfolioResults.state, state),
      ),
    )
    .orderBy(asc(portfolioResults.userId))
    .limit(limit);
}

/** A user's results, newest run first, before run `before`. */
export function loadResultsOfUser(
  read: Reader,
  { userId, before }: { userId: string; before?: number },
  limit: number,
): Promise<StoredResult[]> {
  return read
    .select()
    .from(portfolioResults)
    .where(
      and(eq(portfolioResults.userId, userId), before === undefined ? undefined : lt(portfolioResults.runId, before)),
    )
    .orderBy(desc(portfolioResults.runId))
    .limit(limit);
}

export type CycleRun = Pick<
  typeof jobRuns.$inferSelect,
  "id" | "uid" | "trigger" | "attempt" | "slotAt" | "startTime" | "endTime" | "status" | "outcome" | "logData"
>;

/** Runs of the cycle, newest first, before run `before`; only ended ones when `ended`. */
export function loadCycles(
  read: Reader,
  { job, before, ended = false }: { job: string; before?: number; ended?: boolean },
  limit: number,
): Promise<CycleRun[]> {
  const { id, uid, trigger, attempt, slotAt, startTime, endTime, status, outcome, logData } = jobRuns;
  return read
    .select({ id, uid, trigger, attempt, slotAt, startTime, endTime, status, outcome, logData })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.jobName, job),
        before === undefined ? undefined : lt(jobRuns.id, before),
        ended ? sql`${jobRuns.status} <> 'running'` : undefined,
      ),
    )
    .orderBy(desc(jobRuns.id))
    .limit(limit);
}
