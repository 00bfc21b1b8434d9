import { type Reader, statement, type Writer } from "../../db/index.ts";
import { mirrorStreams } from "../../db/schema/mirror.ts";
import { hours, seconds } from "../../kit/duration.ts";
import { type BatchSize, storedRows } from "./batch-size.ts";

export type StreamState = typeof mirrorStreams.$inferSelect;

/**
 * How long a stream is left alone after a delivery whose end nobody knows: its connection was reset, its time ran out, the
 * process died. The request may still be waiting on the other side, and must not overtake what is sent next. Gateways give up
 * after 60 s, PostgREST's pool after 10 s, statements after 8 s.
 */
export const UNCLEAR_HOLD_MS = seconds(60);
/** Stands in `probe_at` while a stream is being delivered: later than anything that a finished delivery leaves there. */
const UNDER_WAY_MS = hours(24);
/** The latest time that a finished delivery leaves with a blocked stream. */
export const LONGEST_PAUSE_MS = hours(2);

/** What is remembered of every stream, by name. */
export async function loadStreamStates(read: Reader): Promise<ReadonlyMap<string, StreamState>> {
  const rows = await read.select().from(mirrorStreams);
  return new Map(rows.map((row) => [row.stream, row]));
}

/** Whether the process that delivered it last has died while doing so: no finished delivery leaves such a time. */
export const wasCutOff = (
  { probeAt, blockedReason }: Pick<StreamState, "probeAt" | "blockedReason">,
  now: Date,
): boolean =>
  probeAt !== null &&
  Date.parse(probeAt) - now.getTime() > (blockedReason === null ? UNCLEAR_HOLD_MS : LONGEST_PAUSE_MS);

/** Whether the end of its last delivery may be unknown still. The last minute of a block looks the same, and costs as little. */
export function mayStillArrive({ probeAt }: Pick<StreamState, "probeAt">, now: Date): boolean {
  const leftMs = probeAt === null ? 0 : Date.parse(probeAt) - now.getTime();
  return leftMs > 0 && leftMs <= UNCLEAR_HOLD_MS;
}

/** Not to be tried before this time; it never lies where a delivery under way puts it. */
export async function saveProbeAt(tx: Writer, stream: string, at: Date | null): Promise<void> {
  await tx.run(
    statement("update mirror_streams set probe_at = ? where stream = ?", [at?.toISOString() ?? null, stream]),
  );
}

export const saveUnderWay = (tx: Writer, stream: string, now: Date): Promise<void> =>
  saveProbeAt(tx, stream, new Date(now.getTime() + UNDER_WAY_MS));

/** A part was accepted: what the stream has delivered, and that nothing blocks it any more. */
export async function saveAccepted(
  tx: Writer,
  stream: string,
  { rows, now, size, most }: { rows: number; now: Date; size: BatchSize; most: number },
): Promise<void> {
  await tx.run(
    statement(
      `update mirror_streams set rows_delivered = rows_delivered + ?, last_delivered_at = ?, last_error = null,
         batch_rows = ?, batches_accepted = ? where stream = ?`,
      [rows, now.toISOString(), storedRows(size, most), size.accepted, stream],
    ),
  );
}

export async function saveSize(tx: Writer, stream: string, { rows, accepted }: BatchSize): Promise<void> {
  await tx.run(
    statement("update mirror_streams set batch_rows = ?, batches_accepted = ? where stream = ?", [
      rows,
      accepted,
      stream,
    ]),
  );
}

export async function saveDroppedColumns(tx: Writer, stream: string, columns: readonly string[]): Promise<void> {
  await tx.run(
    statement("update mirror_streams set dropped_columns = ? where stream = ?", [JSON.stringify(columns), stream]),
  );
}

export async function saveLastError(tx: Writer, stream: string, message: string): Promise<void> {
  await tx.run(statement("update mirror_streams set last_error = ? where stream = ?", [message, stream]));
}

/** Counts a delivery that the table itself made fail. Returns how many there were in a row. */
export async function saveFailure(tx: Writer, stream: string, message: string): Promise<number> {
  const [row] = (await tx.all(
    statement("update mirror_streams set failures = failures + 1, last_error = ? where stream = ? returning failures", [
      message,
      stream,
    ]),
  )) as { failures: number }[];
  return row?.failures ?? 0;
}

/** All that was owed at `cutAt` is delivered: what is owed now came later. */
export async function saveDeliveredThrough(tx: Writer, stream: string, cutAt: Date): Promise<void> {
  await tx.run(
    statement(
      `update mirror_streams set failures = 0, owed_since = case when owed_since < ?1 then ?1 else owed_since end
        where stream = ?2`,
      [cutAt.toISOString(), stream],
    ),
  );
}
