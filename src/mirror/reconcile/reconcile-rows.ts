import { yieldToEventLoop } from "../../kit/clock.ts";
import { owe } from "../outbox/owed.ts";
import { oweAll } from "../outbox/owing.ts";
import { loadRows, type RemoteRow } from "../rows.ts";
import type { RowStream } from "../stream.ts";
import { canonicalRow } from "./canonical-row.ts";
import { type Deletions, planDeletions } from "./deletions.ts";
import { createPageReader } from "./fetch-page.ts";
import { countLocal, keyOfRemote, loadOwedAmong, localKeyPages, sameSpelling } from "./keys.ts";
import { loadRefusedAmong, type RefusedAmong } from "./refusals.ts";
import { countExtra, emptyReport, endedBy, type StreamReconciled } from "./report.ts";
import { type KeyHash, SeenKeys, seededKeyHash } from "./seen-keys.ts";
import { abortedFailure, loadStreamState, type ReconcileTask } from "./task.ts";

/** Rows compared without giving way to others: their documents may be large. */
const ROWS_A_TURN = 100;

interface RowsTask extends ReconcileTask {
  stream: RowStream;
  /** Of keys. Default: 53 bits with a seed of this run. */
  hash?: KeyHash;
}

interface Comparison extends RowsTask {
  report: StreamReconciled;
  columns: readonly string[];
  without: readonly string[];
  refusedAmong: RefusedAmong;
  seen: SeenKeys;
  deletions: Deletions;
}

/**
 * Compares every row of a stream with the other side, page by page, and owes again what differs or is missing there. Nothing
 * is sent from here: what is owed, deletions included, goes the way of every change, so that a row that is written meanwhile
 * cannot be overwritten or deleted by what was true a moment ago.
 */
export async function reconcileRows(task: RowsTask): Promise<StreamReconciled> {
  const { parts, stream, supabase, signal } = task;
  const report = emptyReport(stream);
  const state = await loadStreamState(parts.db, stream);
  if (state.blockedReason !== null) return { ...report, error: { code: "blocked", message: state.blockedReason } };
  const without = state.droppedColumns;
  const columns = Object.keys(stream.columns).filter((name) => !without.includes(name));
  const local = await countLocal(parts.db.read, stream);
  const comparison: Comparison = {
    ...task,
    report,
    columns,
    without,
    refusedAmong: await loadRefusedAmong(parts.db.read, stream, without),
    seen: new SeenKeys(task.hash ?? seededKeyHash(parts.clock.now().getTime())),
    deletions: planDeletions({ ...task, localKeys: local }),
  };
  const pages = createPageReader(supabase, stream, columns);
  for (;;) {
    const page = signal.aborted ? { failure: abortedFailure } : await pages.next();
    if ("failure" in page) return endedBy(report, page.failure);
    if (page.rows.length === 0) break;
    for (let start = 0; start < page.rows.length; start += ROWS_A_TURN) {
      await compareRows(comparison, page.rows.slice(start, start + ROWS_A_TURN));
      await yieldToEventLoop();
    }
  }
  return await finish(comparison);
}

async function finish(comparison: Comparison): Promise<StreamReconciled> {
  const { report, deletions } = comparison;
  if (!(await findMissing(comparison))) return endedBy(report, abortedFailure);
  report.complete = true;
  const refusal = await deletions.finish();
  report.deleted = deletions.owed;
  return refusal ? { ...report, error: refusal } : report;
}

async function compareRows(comparison: Comparison, rows: readonly RemoteRow[]): Promise<void> {
  const { parts, stream, report, columns, without, seen, deletions, options } = comparison;
  const remote = new Map(rows.map((row) => [keyOfRemote(stream, row), row]));
  const keys = [...remote.keys()];
  const local = await loadRows(parts.db.read, stream, keys, without);
  // Asked after the rows were read: a change in between is seen here, and delivered anyway.
  const owed = await loadOwedAmong(parts.db.read, stream, keys);
  const differing: string[] = [];
  for (const [spelled, row] of local) {
    const key = sameSpelling(spelled);
    const other = remote.get(key);
    // A key that compares equal and is spelled otherwise (1 and 1.0) would look missing there and extra here.
    if (!other) continue;
    remote.delete(key);
    seen.add(key);
    if (owed.has(key)) report.skippedBecauseOwed++;
    else if (equalRows(stream, columns, row, other)) report.equal++;
    else differing.push(spelled);
  }
  report.differing += differing.length;
  report.compared = report.equal + report.differing;
  const extra = [...remote.keys()].filter((key) => !owed.has(key));
  report.skippedBecauseOwed += remote.size - extra.length;
  countExtra(report, extra);
  await deletions.add(extra);
  await oweAgain(comparison, differing);
  options.progress.advance(rows.length - remote.size, stream.name);
}

const equalRows = (stream: RowStream, columns: readonly string[], left: RemoteRow, right: RemoteRow): boolean =>
  canonicalRow(stream, left, columns) === canonicalRow(stream, right, columns);

/** Owes what is here and was on no page. False: the signal ended it. */
async function findMissing(comparison: Comparison): Promise<boolean> {
  const { parts, stream, report, seen, options, signal } = comparison;
  for await (const keys of localKeyPages(parts.db.read, stream)) {
    if (signal.aborted) return false;
    const unseen = keys.filter((key) => !seen.has(sameSpelling(key)));
    const owed = await loadOwedAmong(parts.db.read, stream, unseen);
    const missing = unseen.filter((key) => !owed.has(sameSpelling(key)));
    report.skippedBecauseOwed += owed.size;
    report.missing += missing.length;
    await oweAgain(comparison, missing);
    options.progress.advance(unseen.length, stream.name);
    await yieldToEventLoop();
  }
  if (seen.collided && !options.dryRun) {
    // Which of them is missing cannot be said, so all of them are sent.
    await oweAll(parts.db, stream);
    report.owed = await countLocal(parts.db.read, stream);
  }
  return true;
}

async function oweAgain({ parts, stream, report, refusedAmong, options }: Comparison, keys: readonly string[]) {
  if (keys.length === 0) return;
  const refused = await refusedAmong(keys);
  const again = keys.filter((key) => !refused.has(sameSpelling(key)));
  report.refused += refused.size;
  if (options.dryRun || again.length === 0) return;
  await parts.db.write((tx) => owe(tx, stream.name, again));
  report.owed += again.length;
}
