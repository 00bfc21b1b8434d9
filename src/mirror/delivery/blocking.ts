import { type Database, statement, type Writer } from "../../db/index.ts";
import { minutes } from "../../kit/duration.ts";
import { MISSING_PARENT } from "../dead-letters/schedule.ts";
import type { RemoteFailure } from "../remote/failure.ts";
import type { MirrorStream } from "../stream.ts";
import type { BadItem } from "./bisect.ts";
import { LONGEST_PAUSE_MS, saveFailure, UNCLEAR_HOLD_MS } from "./stream-state.ts";
import { clean, type Turn, type TurnEnd } from "./turn.ts";

/** How long a blocked stream is left alone before a small batch is tried. */
const PROBE_AFTER_MS = minutes(60);
/** A table that fails by itself so many times in a row waits for a person; fewer times, it may have been the moment. */
const MOST_FAILURES = 3;
const NO_SUCH_TABLE = new Set(["PGRST205", "42P01"]);

/** Why nothing of a stream is sent until a person has acted, or a probe has passed. */
interface Block {
  code: string;
  reason: string;
  probeAfterMs: number;
}

/** The block for an answer that says that the table, or the bucket, is not as it has to be. */
export function blockOfAnswer(stream: MirrorStream, { code, message, column }: RemoteFailure): Block {
  const { name } = stream;
  const ours = stream.kind === "rows" && stream.unknownColumns === "block";
  const missing = column
    ? `the table ${name} has no column ${column}`
    : NO_SUCH_TABLE.has(code)
      ? `there is no table ${name}`
      : undefined;
  if (missing === undefined) return { code, reason: message, probeAfterMs: PROBE_AFTER_MS };
  const reason = ours ? `migrations pending: ${missing}. Run \`vigia db migrate\`.` : `${missing}.`;
  return { code, reason, probeAfterMs: PROBE_AFTER_MS };
}

/** The block for a batch of `rows` in which too many were refused. */
export function blockOfBatch(bad: readonly BadItem<unknown>[], rows: number): Block {
  const byCode = Map.groupBy(bad, ({ failure }) => failure.code);
  const [code, most] = [...byCode].sort(([, left], [, right]) => right.length - left.length)[0]!;
  const isWaiting = byCode.size === 1 && code === MISSING_PARENT;
  return {
    code,
    reason: `at least ${bad.length} of ${rows} rows were refused, most with ${code}: ${most[0]!.failure.message}`,
    probeAfterMs: isWaiting ? 0 : PROBE_AFTER_MS,
  };
}

/** Ends the delivery of a stream whose table fails by itself: a trigger, an index, a lock that others hold. */
export async function breakStream(turn: Turn, { code, message: said }: RemoteFailure): Promise<TurnEnd> {
  const { parts, report, run, stream } = turn;
  const message = clean(turn, said);
  const failures = await parts.db.write((tx) => saveFailure(tx, stream.name, message));
  if (failures >= MOST_FAILURES)
    return blockStream(turn, {
      code,
      reason: `its table failed ${failures} times in a row: ${message}`,
      probeAfterMs: PROBE_AFTER_MS,
    });
  report.broken.push({ stream: stream.name, code, message });
  run.log.warn("mirror.broken", `${stream.name}: its table failed: ${message}`, { stream: stream.name, code });
  return { ended: "broken" };
}

/** Stops a stream: its rows stay owed, the others go on. */
export async function blockStream(turn: Turn, { code, reason, probeAfterMs }: Block): Promise<TurnEnd> {
  const { parts, report, run } = turn;
  const { name } = turn.stream;
  const message = clean(turn, reason);
  await parts.db.write((tx) => saveBlock(tx, name, { code, reason: message, probeAfterMs }, parts.clock.now()));
  report.blocked.push({ stream: name, code, message });
  run.log.error("mirror.blocked", `${name} is blocked: ${message}`, { stream: name, code });
  return { ended: "blocked" };
}

async function saveBlock(tx: Writer, stream: string, block: Block, now: Date): Promise<void> {
  await tx.run(
    statement(
      `update mirror_streams set blocked_reason = ?2, blocked_code = ?3, blocked_at = coalesce(blocked_at, ?4),
         probe_at = ?5, last_error = ?2 where stream = ?1`,
      [stream, block.reason, block.code, now.toISOString(), new Date(now.getTime() + block.probeAfterMs).toISOString()],
    ),
  );
}

export async function saveUnblocked(tx: Writer, stream: string): Promise<void> {
  await tx.run(
    statement(
      "update mirror_streams set blocked_reason = null, blocked_code = null, blocked_at = null, last_error = null where stream = ?",
      [stream],
    ),
  );
}

/**
 * Lets the next drain send a blocked stream (default: all of them) as if nothing had been, but for a delivery that may still
 * arrive: that is waited for. Returns those that were blocked.
 */
export async function unblockStreams(db: Database, now: Date, stream?: string): Promise<string[]> {
  const after = (ms: number) => new Date(now.getTime() + ms).toISOString();
  return db.write(async (tx) => {
    const rows = (await tx.all(
      statement(
        `update mirror_streams set blocked_reason = null, blocked_code = null, blocked_at = null, failures = 0, last_error = null,
           probe_at = case when probe_at <= ?2 or probe_at > ?3 then probe_at end
          where blocked_reason is not null and (?1 is null or stream = ?1) returning stream`,
        [stream ?? null, after(UNCLEAR_HOLD_MS), after(LONGEST_PAUSE_MS)],
      ),
    )) as { stream: string }[];
    return rows.map((row) => row.stream);
  });
}
