import { type Database, statement } from "../../db/index.ts";
import { yieldToEventLoop } from "../../kit/clock.ts";
import type { MirrorParts, MirrorRun } from "../mirror.ts";
import { countOwed } from "../outbox/owed.ts";
import { oweAll } from "../outbox/owing.ts";
import { type RemoteFailure, restFailure } from "../remote/failure.ts";
import type { Supabase } from "../remote/supabase.ts";
import type { RowStream } from "../stream.ts";
import { countLocal } from "./keys.ts";
import { openProject } from "./reconcile.ts";
import { abortedFailure } from "./task.ts";

/** Concordance 5, 7: more than 0.1 % off. */
const TOLERATED_SHARE = 0.001;

/** Both sides of one stream, counted. */
export interface CountCheck {
  stream: string;
  local: number;
  /** Null when it could not be counted: see `error`. */
  remote: number | null;
  /** Keys owed, and rows that were refused: the sides may differ by so many. */
  expectedOff: number;
  /** Whether every row was owed again. */
  owedAgain: boolean;
  error?: { code: string; message: string };
}

export interface CheckReport {
  /** Streams of rows, in the order of counting; those that were not reached are missing. */
  checks: CountCheck[];
  /** Of them, those whose sides differ by more than is expected. */
  mismatches: CountCheck[];
  /** What ended the check before all streams were counted. */
  end?: RemoteFailure;
}

/**
 * Counts every stream of rows on both sides, one request each. Where too many are missing there, all rows are owed again. Error:
 * `mirror_off`.
 */
export async function checkCounts(parts: MirrorParts, run: MirrorRun): Promise<CheckReport> {
  const supabase = await openProject(parts, run);
  const report: CheckReport = { checks: [], mismatches: [] };
  for (const stream of parts.streams) {
    if (stream.kind !== "rows") continue;
    if (run.signal.aborted) return { ...report, end: abortedFailure };
    const counted = await checkStream(parts, supabase, stream);
    if ("end" in counted) return { ...report, end: counted.end };
    report.checks.push(counted.check);
    if (counted.mismatch) report.mismatches.push(counted.check);
    await yieldToEventLoop();
  }
  return report;
}

type Checked = { check: CountCheck; mismatch: boolean } | { end: RemoteFailure };

async function checkStream(parts: MirrorParts, supabase: Supabase, stream: RowStream): Promise<Checked> {
  const { db, clock } = parts;
  const before = await loadLocal(db, stream);
  const answer = await fetchCount(supabase, stream);
  const after = await loadLocal(db, stream);
  const check: CountCheck = {
    stream: stream.name,
    local: after.rows,
    remote: null,
    expectedOff: Math.max(before.expectedOff, after.expectedOff),
    owedAgain: false,
  };
  if ("failure" in answer) {
    const { kind, code, message } = answer.failure;
    // Only this table is at fault when the project speaks of it; a count takes long where the table is large.
    if (kind === "unavailable" || kind === "refused" || kind === "aborted") return { end: answer.failure };
    return { check: { ...check, error: { code, message } }, mismatch: false };
  }
  check.remote = answer.count;
  const off = distance(answer.count, before.rows, after.rows);
  const mismatch = off > check.expectedOff && off > TOLERATED_SHARE * after.rows;
  // Rows that only the other side has do not go away by sending ours: `vigia mirror reconcile` names and deletes them.
  if (mismatch && answer.count < after.rows) {
    await oweAll(db, stream);
    check.owedAgain = true;
  }
  await saveCheck(db, check, clock.now());
  return { check, mismatch };
}

/** How far a count is from what was here while it was made. */
const distance = (count: number, before: number, after: number): number =>
  Math.max(0, Math.min(before, after) - count, count - Math.max(before, after));

async function loadLocal(db: Database, stream: RowStream): Promise<{ rows: number; expectedOff: number }> {
  const rows = await countLocal(db.read, stream);
  const owed = await countOwed(db.read, stream.name, Number.MAX_SAFE_INTEGER);
  const [refused] = (await db.read.all(
    statement(
      `select count(distinct key) as rows from dead_letters where queue = 'mirror' and subject = ? and state <> 'resolved'`,
      [stream.name],
    ),
  )) as [{ rows: number }];
  return { rows, expectedOff: owed + refused.rows };
}

async function saveCheck(db: Database, { stream, local, remote }: CountCheck, now: Date): Promise<void> {
  await db.write((tx) =>
    tx.run(
      statement(
        `insert into mirror_streams (stream, checked_at, local_count, remote_count) values (?, ?, ?, ?)
           on conflict (stream) do update set checked_at = excluded.checked_at, local_count = excluded.local_count,
             remote_count = excluded.remote_count`,
        [stream, now.toISOString(), local, remote],
      ),
    ),
  );
}

/** A GET: a HEAD of a table that is not there looks like an empty success (T 3.6). */
async function fetchCount(
  { client, door }: Supabase,
  { name, key }: RowStream,
): Promise<{ count: number } | { failure: RemoteFailure }> {
  const { data, error, status, count } = await client.from(name).select(key.join(","), { count: "exact" }).limit(1);
  if (error && status >= 200 && status < 300) return notCounted(name);
  if (error) return { failure: restFailure(status, error, door.failure) };
  if (!Array.isArray(data) || !Number.isSafeInteger(count) || count! < data.length) return notCounted(name);
  return { count: count! };
}

const notCounted = (name: string): { failure: RemoteFailure } => ({
  failure: { kind: "blocked", code: "no_count", message: `The table ${name} was answered without a count.` },
});
